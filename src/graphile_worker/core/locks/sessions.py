"""Sessions of the database as evidence of workers: which listen for jobs, and whether this role can see all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from graphile_worker.core.sql import statement

if TYPE_CHECKING:
    from graphile_worker.core.queue import Transaction

LISTENERS_MAX = 100


@dataclass(frozen=True, slots=True)
class Listener:
    """A session whose last statement listens for jobs. `client_addr` is None for a local socket, `since` is RFC 3339."""

    application_name: str | None
    client_addr: str | None
    since: str


@dataclass(frozen=True, slots=True)
class SessionEvidence:
    """What the last statements of the other sessions of this database show.

    `listening` and `fetching`: a session listens for jobs, or fetched jobs recently. `visible` is `partly` where this role may
    not read the statements of some sessions, and `no` where it may read none. The sessions behind a pooler are those of
    the pooler: workers behind it do not listen.
    """

    listening: bool
    fetching: bool
    visible: Literal["yes", "partly", "no"]
    listeners: list[Listener] = field(default_factory=list)


async def session_evidence(tx: Transaction, *, listeners: int = 0) -> SessionEvidence:
    """The evidence now, with this many listeners at most, the oldest first. The admin's own sessions are none of them."""
    row = await tx.fetchrow(statement("liveness.sessions"))
    assert row is not None  # an aggregate always returns a row
    rows = await tx.fetch(statement("liveness.listeners"), most=listeners) if listeners and row["listening"] else []
    visible: Literal["yes", "partly", "no"] = "yes"
    if row["hidden"]:
        visible = "partly" if row["readable"] else "no"
    return SessionEvidence(row["listening"], row["fetching"], visible, [Listener(**one) for one in rows])
