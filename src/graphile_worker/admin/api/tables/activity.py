"""The activity of a queue in the last hour, from PostgreSQL's statistics of the table of jobs. It is kept in memory.

A rate is computed from two moments with their counters. A moment is recorded with every shared read of the overview, and
without such reads there are no moments.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

import asyncpg

from graphile_worker.admin.api.sql import statement
from graphile_worker.core.database.transactions import AnyConnection
from graphile_worker.core.schema import Schema

KEPT_SECONDS = 3600.0
CLOSEST_SECONDS = 1.9  # minimum interval of recorded moments
POINTS_MAX = 180
GAP_SECONDS = 150.0  # without a moment, after which no rate is computed
STEPS = (2, 5, 10, 20, 30, 60)  # seconds between points: the smallest that gives at most POINTS_MAX
NOTE = (
    "Rows inserted into and deleted from the table of jobs, by PostgreSQL's statistics, rolled back ones too; deletes "
    "include completed jobs, admin completes, removals and cleanup. Kept in memory for at most an hour, while the overview is read."
)


@dataclass(frozen=True, slots=True)
class Counters:
    """Rows inserted and deleted since `since`, an opaque text of the table and the reset of its statistics."""

    inserted: int
    deleted: int
    since: str


@dataclass(frozen=True, slots=True)
class Moment:
    """The counts at one time; `now` is the database's time in seconds since 1970, `oldest` an age in seconds."""

    as_of: str
    now: float
    ready: int
    failed: int
    oldest: float | None
    counters: Counters | None  # None: no permission, statistics are off, or this is a standby

    @classmethod
    def of(cls, row: asyncpg.Record, counters: Counters | None) -> Moment:
        """The moment of a row of overview.counts."""
        stats = json.loads(row["stats"])
        return cls(row["as_of"], row["now"], stats["ready"], stats["failed"], row["oldest_ready_secs"], counters)


async def counters(connection: AnyConnection, schema: Schema) -> Counters | None:
    """The statistics of the table of jobs. Must be the last statement of a transaction, which an error aborts."""
    try:
        row = await connection.fetchrow(statement("activity.counters", schema))
    except asyncpg.InsufficientPrivilegeError:
        return None
    return None if row is None else Counters(row["inserted"], row["deleted"], row["since"])


class History:
    """The moments of the last hour, at intervals of at least two seconds: at most 1,900."""

    def __init__(self) -> None:
        self._moments: deque[Moment] = deque()

    def add(self, moment: Moment) -> None:
        """Adds a moment. A time before the last one, as of another server, discards the history."""
        kept = self._moments
        if kept and moment.now < kept[-1].now:
            kept.clear()
        if kept and moment.now - kept[-1].now < CLOSEST_SECONDS:
            return
        kept.append(moment)
        while moment.now - kept[0].now > KEPT_SECONDS:
            kept.popleft()

    def points(self) -> list[dict[str, Any]]:
        """`[{at, added, left, ready, failed, oldest_ready_secs}]`, oldest first, at most POINTS_MAX.

        `added` and `left` are per minute since the previous point; None where the rate is not known.
        """
        selected = self._selected()
        return [
            {
                "at": one.as_of,
                **_rates(selected[index - 1] if index else None, one),
                "ready": one.ready,
                "failed": one.failed,
                "oldest_ready_secs": None if one.oldest is None else round(max(0.0, one.oldest), 1),
            }
            for index, one in enumerate(selected)
        ]

    def _selected(self) -> list[Moment]:
        """The first moment of every step, so that a point does not change later."""
        if not self._moments:
            return []
        span = self._moments[-1].now - self._moments[0].now
        step = next(step for step in STEPS if span / step < POINTS_MAX - 1 or step == STEPS[-1])
        selected: list[Moment] = []
        for moment in self._moments:
            if not selected or moment.now // step != selected[-1].now // step:
                selected.append(moment)
        return selected


def _rates(before: Moment | None, after: Moment) -> dict[str, float | None]:
    unknown: dict[str, float | None] = {"added": None, "left": None}
    if before is None or after.now - before.now > GAP_SECONDS:
        return unknown
    first, last = before.counters, after.counters
    if first is None or last is None or first.since != last.since:
        return unknown
    added, left = last.inserted - first.inserted, last.deleted - first.deleted
    if min(added, left) < 0:  # a crash resets the counters
        return unknown
    minutes = (after.now - before.now) / 60
    return {"added": round(added / minutes, 1), "left": round(left / minutes, 1)}
