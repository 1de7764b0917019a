"""The state of one queue that the endpoints share: its configuration, the CSRF token, and the shared reads."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from graphile_worker.admin.api.redaction.redact import NO_REDACTION, Redaction
from graphile_worker.admin.api.responses.overview import OverviewParts
from graphile_worker.admin.api.tables import overview
from graphile_worker.admin.api.tables.activity import History
from graphile_worker.admin.api.tables.backlogs import TaskBacklogs
from graphile_worker.admin.api.tables.rate import current_rate
from graphile_worker.admin.api.tables.readiness import ready
from graphile_worker.admin.api.tables.samples import Kind, Sample, sample
from graphile_worker.admin.server.audit.audit_notes import note
from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.http.paths import DATABASE
from graphile_worker.admin.server.limits.admission import Admission
from graphile_worker.admin.server.live.shared_reads import Answer, SharedReads
from graphile_worker.admin.server.security.authorization import user_of
from graphile_worker.admin.server.security.csrf import Csrf
from graphile_worker.core.exceptions import GraphileWorkerError

if TYPE_CHECKING:
    from graphile_worker.admin.server.databases import DatabaseDirectory

KNOWN_SECONDS = 0.5  # that a suggestion waits for the counts of its names
UNKNOWN_SECONDS = 60.0  # after counts that took longer, none are read for suggestions
READY_FRESHNESS = 2.0  # seconds, whatever the configuration: /readyz needs no credentials


@dataclass(frozen=True)
class Context:
    """The state of one queue."""

    config: AdminServerConfig
    csrf: Csrf
    shared: SharedReads = field(default_factory=SharedReads)
    redaction: Redaction = NO_REDACTION  # values that are hidden from the user of the request
    name: str | None = None  # the value of `db` that selects this queue; None where the server has only one
    history: History = field(default_factory=History)
    backlogs: TaskBacklogs = field(default_factory=TaskBacklogs)
    uncounted: dict[Kind, float] = field(
        default_factory=dict
    )  # until when (monotonic) no counts are read for suggestions
    admission: Admission = field(default_factory=Admission)  # shared by all queues of the server

    @cached_property
    def for_viewers(self) -> Context:
        """The same queue with the configured redaction and with separate shared reads."""
        hidden = self.config.redaction
        return replace(self, redaction=hidden, shared=self.shared.for_redaction(hidden)) if hidden else self

    async def sample(self, kind: Kind) -> Answer[Sample]:
        """One scan of the jobs, shared by all requests for this table. Each scan for tasks adds to their backlogs."""
        shared = self.shared if kind in ("tasks", "errors") else self.shared.common
        return await shared.get(
            ("sample", kind),
            lambda: self._read_sample(kind),
            self.config.freshness,
        )

    async def _read_sample(self, kind: Kind) -> Sample:
        found = await sample(self.config.utils.queue, kind, self.redaction)
        if kind == "tasks":
            self.backlogs.add_sample(found)
        return found

    async def known_sample(self, kind: Kind) -> Sample | None:
        """The sample of a table if it is shared at this moment or read within KNOWN_SECONDS; None of a larger table."""
        if time.monotonic() < self.uncounted.get(kind, 0.0):
            return None
        try:
            async with asyncio.timeout(KNOWN_SECONDS):
                return (await self.sample(kind)).value
        except (TimeoutError, GraphileWorkerError):
            self.uncounted[kind] = time.monotonic() + UNKNOWN_SECONDS
            return None

    async def overview(self, *, queues: bool = False) -> Answer[OverviewParts]:
        """The counts, with or without the list of `queues`, shared by all requests. Each read adds to the history."""
        key = "overview with queues" if queues else "overview"
        return await self.shared.common.get(key, lambda: self._read_overview(queues), self.config.freshness)

    async def _read_overview(self, queues: bool) -> OverviewParts:
        parts, moment = await overview.snapshot(self.config.utils.queue, queues)
        self.history.add(moment)
        if (rate := current_rate(self.history)) is not None:
            parts["rate"] = rate
        return parts

    async def ready(self) -> bool:
        """Whether the database is reachable and the schema readable; queried at most once in READY_FRESHNESS."""
        utils = self.config.utils
        answer = await self.shared.common.get("ready", lambda: ready(utils.queue), READY_FRESHNESS, rest=1)
        return answer.value

    def wrote(self, request: Request, **facts: Any) -> None:
        """After a write: discards the shared reads and adds facts to the audit event."""
        self.shared.forget()
        note(request.scope, **facts)


def context_of(request: Request) -> Context:
    """The context of the queue that this request selects, redacted where the user only views."""
    databases: DatabaseDirectory = request.app.state.databases
    context = databases.find(request.scope["state"].get(DATABASE))
    return context.for_viewers if views_only(request, context.config) else context


def views_only(request: Request, config: AdminServerConfig) -> bool:
    """Whether the user of this request has no permission for any action; true for every user of a read-only server."""
    user = user_of(request.scope)
    return config.read_only or (user is not None and user.views_only)
