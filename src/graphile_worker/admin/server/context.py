"""The state of one queue that the endpoints share: its configuration, the CSRF token, and the shared reads."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from graphile_worker.admin.api.names.counted import CountedNames, KnownNames
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
from graphile_worker.admin.server.live.timed_out import TimedOutReads
from graphile_worker.admin.server.security.authorization import user_of
from graphile_worker.admin.server.security.csrf import Csrf

if TYPE_CHECKING:
    from graphile_worker.admin.server.databases import DatabaseDirectory

KNOWN_SECONDS = 0.5  # that a suggestion waits for the counts of its names
WORKERS_SECONDS = 2.0  # that it waits for the names of workers, which only a scan finds
UNKNOWN_SECONDS = 60.0  # after a scan that took longer, none is started for suggestions
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
    names: KnownNames = field(default_factory=KnownNames)
    timed_out: TimedOutReads = field(default_factory=TimedOutReads)
    admission: Admission = field(default_factory=Admission)  # shared by all queues of the server

    @cached_property
    def for_viewers(self) -> Context:
        """This context for users who only read: with the configured redaction, and its own shared reads."""
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
        started = time.monotonic()
        found = await sample(self.config.utils.queue, kind, self.redaction)
        self.names.add(found, time.monotonic() - started)
        if kind == "tasks":
            self.backlogs.add_sample(found)
        return found

    async def known_names(self, kind: Kind) -> CountedNames:
        """The names of a table with their counts, from the newest sample that any request has read.

        Without one of the last seconds a scan is started, which must be short. Where it is not, none is started for suggestions
        within a minute. Raises QueryTimeout.
        """
        if (names := self.names.get(kind)) is not None:
            return names
        limit = WORKERS_SECONDS if kind == "workers" else KNOWN_SECONDS
        key = ("names", kind)
        found = await self.timed_out.read(key, lambda: self.sample(kind), limit=limit, rest=UNKNOWN_SECONDS)
        return CountedNames.of(found.value)

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
