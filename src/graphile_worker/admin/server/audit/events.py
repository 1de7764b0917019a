"""Audit events: one for each write, each refused write and each window of failed logins. docs/audit.md has the members."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

AuditKind = Literal["write", "refused", "failed_logins"]
"""What an event reports: a write, a refused write, or a window of failed logins."""
AuditOutcome = Literal["done", "refused", "failed", "unknown"]
"""The result of a write: see AuditEvent."""

LINE_BYTES_MAX = 8192  # of a line without its newline
TEXT_MAX = 200  # characters of one text
CUT_MAX = 40  # characters of one text in a line that is too long
MEMBERS_MAX = 40  # of an object
ITEMS_MAX = 20  # of a list; `…_count` says how many there are
# json.dumps does not escape DEL. Half of a surrogate pair is not a character.
_DELETE = re.compile("\x7f")
_HALF = re.compile("[\ud800-\udfff]")
_log = logging.getLogger("graphile_worker.audit")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """The changes of one request, or why it changed nothing. A member that does not apply is None.

    `time` is RFC 3339 in UTC. `source` is the client's address (AdminServerConfig.trusted_proxies). `auth` is `basic`,
    `bearer`, `header`, `users`, `host` or `none`. `role` is a role of the users file, or in mode `host` the rights.
    `db` is the name of the queue where the server has several. `status` is the HTTP status, None where the request was
    cancelled before its response. `outcome`: `done`; `refused` (nothing was changed); `failed` (the database reported an
    error); `unknown` (the write may be committed). `code` is the code of the error. `about` has members of the action:
    `ids`, `filter`, `outcomes` and others, but no payload, error text or search text.
    """

    kind: AuditKind
    time: str
    auth: str
    outcome: AuditOutcome | None = None
    user: str | None = None
    role: str | None = None
    source: str | None = None
    db: str | None = None
    database: str | None = None
    schema: str | None = None
    action: str | None = None
    path: str | None = None
    status: int | None = None
    code: str | None = None
    request_id: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def line(self) -> str:
        """The event as one line of JSON in ASCII, at most LINE_BYTES_MAX, without a newline.

        Control characters and characters outside of ASCII are escaped. With `cut`, members that did not fit are missing.
        """
        members: dict[str, Any] = {"audit": self.kind}
        members |= {name: getattr(self, name) for name in self.__slots__ if name not in ("kind", "about")}
        head = {name: value for name, value in members.items() if value is not None}
        line = _json(_short(head, TEXT_MAX) | _short(self.about, TEXT_MAX))
        if len(line) > LINE_BYTES_MAX:  # the longest members of `about` are left out
            kept = sorted(self.about, key=lambda name: len(_json(_short({name: self.about[name]}, CUT_MAX))))
            for count in range(len(kept), -1, -1):
                about = {name: self.about[name] for name in kept[:count]}
                line = _json(_short(head, CUT_MAX) | _short(about, CUT_MAX) | {"cut": True})
                if len(line) <= LINE_BYTES_MAX:
                    break
        return line


AuditSink: TypeAlias = Callable[[AuditEvent], None]
"""A function that stores an audit event, for example an AuditFile or one of your own."""


def to_log(event: AuditEvent) -> None:
    """Logs the line at INFO with the logger `graphile_worker.audit`."""
    _log.info("%s", event.line())


def now() -> str:
    """The current time in the form of an event."""
    return rfc3339(time.time())


def rfc3339(seconds: float) -> str:
    """Seconds since 1970 as `2026-11-30T12:00:00.000Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def first_items(name: str, items: list[Any]) -> dict[str, Any]:
    """The first items with a name, and the number of all items."""
    return {name: items[:ITEMS_MAX], f"{name}_count": len(items)}


def _short(value: Any, most: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= most else value[:most] + "…"
    if isinstance(value, Mapping):
        return {_short(str(name), most): _short(one, most) for name, one in list(value.items())[:MEMBERS_MAX]}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_short(one, most) for one in list(value)[:ITEMS_MAX]]
    return value


def _json(members: Mapping[str, Any]) -> str:
    text = json.dumps(_valid_text(members), separators=(",", ":"), default=str)
    return _DELETE.sub("\\\\u007f", text)


def _valid_text(value: Any) -> Any:
    """The value without halves of surrogate pairs, which some JSON parsers reject."""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_valid_text(name): _valid_text(one) for name, one in value.items()}
    return [_valid_text(one) for one in value] if isinstance(value, list) else value
