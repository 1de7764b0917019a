"""What every route needs: the configuration, the CSRF token, and the reads that are shared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api.redaction.redact import NOTHING, Redaction
from graphile_worker.admin.api.tables import overview
from graphile_worker.admin.api.tables.activity import History
from graphile_worker.admin.api.tables.readiness import ready
from graphile_worker.admin.api.tables.samples import Kind, Sample, sample
from graphile_worker.admin.server.audit.audit_notes import note
from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.limits.admission import Admission
from graphile_worker.admin.server.live.shared_reads import Answer, SharedReads
from graphile_worker.admin.server.security.authorization import user_of
from graphile_worker.admin.server.security.csrf import Csrf

READY_FRESHNESS = 2.0  # seconds, whatever the configuration: anybody may ask whether we are ready


@dataclass(frozen=True)
class Context:
    """One admin's state."""

    config: AdminServerConfig
    csrf: Csrf
    shared: SharedReads = field(default_factory=SharedReads)
    redaction: Redaction = NOTHING  # what this request's user must not see
    name: str | None = None  # of this queue, where the server has several
    history: History = field(default_factory=History)
    admission: Admission = field(default_factory=Admission)  # of the whole server

    @cached_property
    def for_viewers(self) -> Context:
        """The same queue as viewers see it, with shared reads of their own."""
        hidden = self.config.redaction
        return replace(self, redaction=hidden, shared=self.shared.apart(hidden)) if hidden else self

    async def sample(self, kind: Kind) -> Answer[Sample]:
        """One scan of the jobs, shared by all who ask for this table or for anything in it."""
        utils = self.config.utils
        shared = self.shared if kind in ("tasks", "errors") else self.shared.common
        return await shared.get(
            ("sample", kind),
            lambda: sample(utils.queue, kind, self.redaction),
            self.config.freshness,
        )

    async def overview(self, *, queues: bool = False) -> Answer[dict[str, str]]:
        """What is counted, with the list of `queues` or without, shared by all who look; each look makes the history grow."""
        key = "overview with queues" if queues else "overview"
        return await self.shared.common.get(key, lambda: self._look(queues), self.config.freshness)

    async def _look(self, queues: bool) -> dict[str, str]:
        parts, moment = await overview.snapshot(self.config.utils.queue, queues)
        self.history.add(moment)
        return parts

    async def ready(self) -> bool:
        """Whether the database can be reached and the schema read; asked of it once in two seconds at most."""
        utils = self.config.utils
        answer = await self.shared.common.get("ready", lambda: ready(utils.queue), READY_FRESHNESS, rest=1)
        return answer.value

    def wrote(self, request: Request, **facts: Any) -> None:
        """After a write: forget shared reads, and note what was done for its audit event."""
        self.shared.forget()
        note(request.scope, **facts)


def contexts(config: AdminServerConfig, csrf: Csrf) -> dict[str, Context]:
    """A context for every queue of a server, the first first. They share the CSRF token and the admission; those of
    one pool share its connections."""
    configs, admission = config.each(), Admission()
    of_pool = {one.utils.database.pool: one.utils.database for one in configs.values()}
    for one in configs.values():
        one.utils.database.share(of_pool[one.utils.database.pool])
    several = len(configs) > 1
    return {
        name: Context(one, csrf, name=name if several else None, admission=admission) for name, one in configs.items()
    }


def context_of(request: Request) -> Context:
    """The context of the queue that this request is about."""
    known: dict[str, Context] = request.app.state.contexts
    context = known[request.scope["state"].get("db") or next(iter(known))]
    return context.for_viewers if views_only(request, context.config) else context


def views_only(request: Request, config: AdminServerConfig) -> bool:
    """Whether the user of this request may do no action; everybody where the server is read-only."""
    user = user_of(request.scope)
    return config.read_only or (user is not None and user.views_only)


def json_response(body: bytes | str, status: int = 200) -> Response:
    """An answer that is JSON text already."""
    return Response(body, status, media_type="application/json")


def aged(answer: Answer[str]) -> Response:
    """A shared JSON object, with its age now."""
    return json_response(f'{{"age_ms":{answer.age_ms},{answer.value[1:]}')
