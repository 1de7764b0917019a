"""What every route needs: the configuration, the CSRF token, and the reads that are shared."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api import overview
from graphile_worker.admin.api.activity import History
from graphile_worker.admin.api.ready import ready
from graphile_worker.admin.api.samples import Kind, Sample, sample
from graphile_worker.admin.api.wire import encode
from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.csrf import Csrf
from graphile_worker.admin.server.rights import user_of
from graphile_worker.admin.server.shared import Answer, SharedReads

READY_FRESHNESS = 2.0  # seconds, whatever the configuration: anybody may ask whether we are ready
audit_log = logging.getLogger("graphile_worker.audit")


@dataclass(frozen=True)
class Context:
    """One admin's state."""

    config: AdminServerConfig
    csrf: Csrf
    shared: SharedReads = field(default_factory=SharedReads)
    name: str | None = None  # of this queue, where the server has several
    history: History = field(default_factory=History)

    async def sample(self, kind: Kind) -> Answer[Sample]:
        """One scan of the jobs, shared by all who ask for this table or for anything in it."""
        utils = self.config.utils
        return await self.shared.get(
            ("sample", kind), lambda: sample(utils.database, utils.schema, kind), self.config.freshness
        )

    async def overview(self) -> Answer[dict[str, str]]:
        """Everything that is counted, shared by all who look; each time it is counted the history grows."""
        return await self.shared.get("overview", self._look, self.config.freshness)

    async def _look(self) -> dict[str, str]:
        parts, moment = await overview.look(self.config.utils.database, self.config.utils.schema)
        self.history.add(moment)
        return parts

    async def ready(self) -> bool:
        """Whether the database can be reached and the schema read; asked of it once in two seconds at most."""
        utils = self.config.utils
        answer = await self.shared.get("ready", lambda: ready(utils.database, utils.schema), READY_FRESHNESS, rest=1)
        return answer.value

    def wrote(self, request: Request, action: str, **facts: Any) -> None:
        """After a write: forget shared reads and leave one audit event."""
        self.shared.forget()
        client = request.client.host if request.client else "-"
        user = user_of(request.scope)
        name = user.name if user is not None else self.config.auth.username
        event = {"action": action, "user": name, "client": client, **({"db": self.name} if self.name else {}), **facts}
        audit_log.info("%s", encode(event | {"request_id": request.state.request_id}).decode())


def contexts(config: AdminServerConfig, csrf: Csrf) -> dict[str, Context]:
    """A context for every queue of a server, the first first; nothing is shared between them but the CSRF token."""
    configs = config.each()
    return {name: Context(one, csrf, name=name if len(configs) > 1 else None) for name, one in configs.items()}


def context_of(request: Request) -> Context:
    """The context of the queue that this request is about."""
    known: dict[str, Context] = request.app.state.contexts
    return known[request.scope["state"].get("db") or next(iter(known))]


def json_response(body: bytes | str, status: int = 200) -> Response:
    """An answer that is JSON text already."""
    return Response(body, status, media_type="application/json")


def aged(answer: Answer[str]) -> Response:
    """A shared JSON object, with its age now."""
    return json_response(f'{{"age_ms":{answer.age_ms},{answer.value[1:]}')
