"""Emits one audit event for each write, refused ones included, and one for each window of failed logins."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphile_worker.admin.server.audit.audit_notes import ABOUT, ACTION, AUTHENTICATED, CODE
from graphile_worker.admin.server.audit.events import AuditEvent, AuditKind, AuditOutcome, AuditSink, now
from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.databases import DatabaseDirectory
from graphile_worker.admin.server.http.paths import DATABASE, SAFE_METHODS, route_path
from graphile_worker.admin.server.limits.sources import network_of, source_of
from graphile_worker.admin.server.security.authorization import user_of
from graphile_worker.admin.server.security.permissions import PermissionTable
from graphile_worker.admin.server.users.roles import ROLES
from graphile_worker.core.secrets.redaction import redacting_logger

log = redacting_logger("graphile_worker.admin")
_OPEN_CODES = ("csrf", "cross_site")  # errors that another site can cause in a user's browser
_UNKNOWN_CODES = ("outcome_unknown", "internal_error", "shutting_down")


class Audit:
    """Makes the events of one server and passes them to the sink of its configuration."""

    def __init__(self, config: AdminServerConfig, databases: DatabaseDirectory) -> None:
        self.sink: AuditSink | None = config.audit
        self.auth = "users" if config.auth.users_path is not None else config.auth.mode
        self.username = config.auth.username
        self.databases = databases
        self.refusals = Refusals(self._more_refusals)
        self.closing: list[Callable[[], None]] = [self.refusals.close]
        self._failing = False

    def close(self) -> None:
        """Ends the windows and emits their events."""
        for close in self.closing:
            close()

    def failed_logins(self, **about: Any) -> None:
        """Emits the event of a window with failed logins."""
        self.emit(AuditEvent(kind="failed_logins", time=now(), auth=self.auth, about=about))

    def request(self, scope: Scope, status: int | None, action: str | None) -> None:
        """Emits the event of a request."""
        state = scope["state"]
        code = state.get(CODE) if status is None or status >= 400 else None
        outcome = _outcome(status, code)
        kind: AuditKind = "refused" if outcome == "refused" else "write"
        source = source_of(scope)
        if kind == "refused" and not self._accountable(state, code) and not self.refusals.admit(network_of(source)):
            return
        self.emit(
            AuditEvent(
                kind=kind, time=now(), auth=self.auth, outcome=outcome, source=source,
                action=state.get(ACTION) or action, path=route_path(scope), status=status, code=code,
                request_id=state["request_id"], about=state.get(ABOUT, {}),
                **self._user_members(scope), **self._queue_members(scope),
            )
        )  # fmt: skip

    def emit(self, event: AuditEvent) -> None:
        """Passes an event to the sink. A sink that fails is logged once and does not fail the request."""
        if self.sink is None:
            return
        try:
            self.sink(event)
        except Exception as error:
            if not self._failing:
                log.error("audit events are lost: %s: %s", type(error).__name__, error)
            self._failing = True
        else:
            self._failing = False

    def _accountable(self, state: Mapping[str, Any], code: str | None) -> bool:
        """Whether an authenticated user caused the refusal, which then always has an event."""
        return bool(state.get(AUTHENTICATED)) and code not in _OPEN_CODES

    def _user_members(self, scope: Scope) -> dict[str, str | None]:
        user = user_of(scope)
        if user is None:
            return {"user": self.username if scope["state"].get(AUTHENTICATED) else None}
        rights = set(user.rights)
        role = next((name for name, given in ROLES.items() if set(given) == rights), ",".join(sorted(rights)))
        return {"user": user.name, "role": role}

    def _queue_members(self, scope: Scope) -> dict[str, str | None]:
        name = scope["state"].get(DATABASE)
        if self.databases.several and name is None and ACTION not in scope["state"]:
            return {}  # refused before its queue was selected
        utils = self.databases.find(name).config.utils
        members = {"schema": utils.schema.name, "database": utils.queue.database_name}
        return members | {"db": name or self.databases.default} if self.databases.several else members

    def _more_refusals(self, count: int) -> None:
        about = {"more": count, "seconds": Refusals.SECONDS}
        self.emit(AuditEvent(kind="refused", time=now(), auth=self.auth, outcome="refused", about=about))


def _outcome(status: int | None, code: str | None) -> AuditOutcome:
    if status is None or code in _UNKNOWN_CODES:
        return "unknown"
    if status < 400:
        return "done"
    return "refused" if status < 500 else "failed"


class Refusals:
    """Limits the events of unauthenticated refusals; the others are counted in one event for each window."""

    SECONDS = 60
    EACH_MAX = 10  # events of one source in a window
    ALL_MAX = 200  # of all sources

    def __init__(self, more: Callable[[int], None]) -> None:
        self._more = more
        self._lines: Counter[str] = Counter()
        self._left_out = 0
        self._end: float | None = None  # of the window, by time.monotonic
        self._timer: asyncio.TimerHandle | None = None

    def admit(self, source: str) -> bool:
        """Whether a refusal has an event. Checks the time as well, because a timer ends with its event loop."""
        now = time.monotonic()
        if self._end is not None and now >= self._end:
            self.close()
        if self._end is None:
            self._end = now + self.SECONDS
            self._timer = asyncio.get_running_loop().call_later(self.SECONDS, self.close)
        if self._lines[source] >= self.EACH_MAX or self._lines.total() >= self.ALL_MAX:
            self._left_out += 1
            return False
        self._lines[source] += 1
        return True

    def close(self) -> None:
        """Ends the window and reports the number of refusals without an event."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._end = None
        left_out, self._left_out = self._left_out, 0
        self._lines.clear()
        if left_out:
            self._more(left_out)


def close_at_shutdown(send: Send, close: Callable[[], None]) -> Send:
    """`send` of an ASGI lifespan that calls `close` before it confirms the shutdown."""

    async def send_after_close(message: Message) -> None:
        if message["type"].startswith("lifespan.shutdown."):
            close()
        await send(message)

    return send_after_close


class AuditGuard:
    """Reports every request with a method that may write to `audit`, once."""

    def __init__(self, app: ASGIApp, audit: Audit, table: PermissionTable) -> None:
        self.app = app
        self.audit = audit
        self.table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Emits the event before the response starts, or when the request is cancelled or fails.

        The shutdown of the ASGI lifespan ends the windows.
        """
        if scope["type"] == "lifespan":
            await self.app(scope, receive, close_at_shutdown(send, self.audit.close))
            return
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or self.audit.sink is None:
            await self.app(scope, receive, send)
            return
        reported = False

        def report(status: int | None) -> None:
            nonlocal reported
            if not reported:
                reported = True
                self.audit.request(scope, status, self._action(scope))

        async def send_reporting(message: Message) -> None:
            if message["type"] == "http.response.start":
                report(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, send_reporting)
        except BaseException as error:
            scope["state"][CODE] = "cancelled" if isinstance(error, asyncio.CancelledError) else "internal_error"
            report(None)
            raise

    def _action(self, scope: Scope) -> str | None:
        """The action of a route that has only one."""
        needed = self.table.find(scope["method"], route_path(scope))
        return needed.only_action if needed is not None else None
