"""Activity of a queue over time, without a table of history: PostgreSQL's counters of the table of jobs, kept for an
hour.

Two moments and their counters make a rate. A moment is taken with every shared read of the counts, and there is no
query of its own: there are moments only while the page is open somewhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

import asyncpg

from graphile_worker.admin.api.responses.live import ActivityPoint, Rates
from graphile_worker.admin.api.tables.sql import statement
from graphile_worker.core.job_stats import JobStats
from graphile_worker.core.queue import Transaction

KEPT_SECONDS = 3600.0
CLOSEST_SECONDS = 1.9  # between two moments that are kept
LATE_SECONDS = 60.0  # an older moment is of a read that ended late, or of reads that overlap; more is another clock
POINTS_MAX = 180
GAP_SECONDS = 150.0  # without a moment: no average over a longer time is shown
STEPS = (2, 5, 10, 20, 30, 60)  # seconds between points: the smallest with which there are not too many
NOTE = (
    'From PostgreSQL\'s table statistics. "Finished" counts every delete: completed, removed, cleaned up. Rolled back '
    "inserts and deletes count too. Kept in memory for at most an hour, while the overview is read."
)


class Counters(NamedTuple):
    """Rows inserted and deleted since `since` (opaque: the table, and when its statistics were reset)."""

    inserted: int
    deleted: int
    since: str


class Moment(NamedTuple):
    """One read; `now` in seconds since 1970 by the database's clock. Ready, failed, `oldest` (seconds) and blocked as
    counted."""

    as_of: str
    now: float
    ready: int
    failed: int
    oldest: float | None
    counters: Counters | None  # None: no privilege, statistics are off, or this is a standby
    blocked: int = 0

    @classmethod
    def of(cls, row: asyncpg.Record, stats: JobStats, counters: Counters | None) -> Moment:
        """From a row of overview.counts."""
        return cls(
            row["as_of"], row["now"], stats.ready, stats.failed, row["oldest_ready_secs"], counters, stats.blocked
        )


async def counters(tx: Transaction) -> Counters | None:
    """The counters of the table of jobs. This must be the last statement of a transaction: a missing privilege ends
    it."""
    try:
        row = await tx.fetchrow(statement("activity.counters"))
    except asyncpg.InsufficientPrivilegeError:
        return None
    return None if row is None else Counters(row["inserted"], row["deleted"], row["since"])


class Timed(Protocol):
    """What was read at a time of the database's clock, in seconds since 1970."""

    @property
    def now(self) -> float: ...


T = TypeVar("T", bound=Timed)


def is_late(kept: deque[T], now: float) -> bool:
    """Whether a read of this time came after a newer one, and is to be dropped; empties `kept` where the clock is another one."""
    back = kept[-1].now - now if kept else 0.0
    if back >= LATE_SECONDS:
        kept.clear()
    return 0 < back < LATE_SECONDS


def middle_of(times: Sequence[Timed]) -> int:
    """The index of what is closest to the middle of the time; neither the first nor the last of three or more."""
    half = (times[0].now + times[-1].now) / 2
    return min(range(1, len(times) - 1), key=lambda index: abs(times[index].now - half))


class History:
    """The moments of the last hour, no closer than two seconds: 1,900 at most."""

    def __init__(self) -> None:
        self._moments: deque[Moment] = deque()

    def add(self, moment: Moment) -> None:
        """Adds the newest moment. One that is less than LATE_SECONDS older than the newest is dropped.

        Where the clock went back by more (another server), the history begins again.
        """
        kept = self._moments
        if is_late(kept, moment.now):
            return
        if kept and moment.now - kept[-1].now < CLOSEST_SECONDS:
            return
        kept.append(moment)
        while moment.now - kept[0].now > KEPT_SECONDS:
            kept.popleft()

    def recent(self, seconds: float) -> list[Moment]:
        """The moments of the last `seconds`, oldest first."""
        return [one for one in self._moments if self._moments[-1].now - one.now <= seconds]

    def points(self) -> list[ActivityPoint]:
        """`[{at, added, left, ready, failed, oldest_ready_secs}]`, oldest first, POINTS_MAX at most.

        `added` and `left` are per minute since the point before; None where they are not known.
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
        """The first moment of every interval, so that a point never changes."""
        if not self._moments:
            return []
        span = self._moments[-1].now - self._moments[0].now
        step = next(step for step in STEPS if span / step < POINTS_MAX - 1 or step == STEPS[-1])
        selected: list[Moment] = []
        for moment in self._moments:
            if not selected or moment.now // step != selected[-1].now // step:
                selected.append(moment)
        return selected


def _rates(before: Moment | None, after: Moment) -> Rates:
    unknown: Rates = {"added": None, "left": None}
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
