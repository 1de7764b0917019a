"""Counts the jobs of a filter: exactly up to a limit, then "more than"; or all of them by their state."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.responses.jobs import Counted, CountedByState
from graphile_worker.admin.api.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.queue import Queue
from graphile_worker.core.sql import Part

EXACT = 10_000  # counted to here and no further
STATS_TIMEOUT = 2.0  # seconds for the counts by state, which read every job that matches


@retried_read
async def count_jobs(queue: Queue, filter: JobFilter) -> Counted:
    """Counts the jobs that match. Raises QueryTimeout."""
    async with queue.read(scan=True) as tx:
        row = await tx.fetchrow(statement("selection.count", **filter.parts()), **filter.parameters(), most=EXACT)
    assert row is not None  # an aggregate always answers
    return {"count": row["count"], "more": row["more"], "as_of": row["as_of"], **filter.searched_fields()}


@retried_read
async def count_states(queue: Queue, filter: JobFilter) -> CountedByState:
    """As `count_jobs`, exactly, with the jobs in each state that match the other conditions of the filter.

    It reads every job that matches them, in STATS_TIMEOUT seconds. Raises QueryTimeout.
    """
    others, states = msgspec.structs.replace(filter, states=()), filter.parts()["states"]
    wanted: dict[str, Part] = {"wanted": ("states",) if states else (), "states": states}
    counts = statement("selection.count_by_state", **(others.parts() | wanted))
    async with queue.read(timeout=STATS_TIMEOUT, scan=True) as tx:
        row = await tx.fetchrow(counts, **others.parameters())
    assert row is not None  # an aggregate always answers
    return {
        "count": row["count"],
        "more": False,
        "as_of": row["as_of"],
        "stats": msgspec.Raw(row["stats"]),
        **filter.searched_fields(),
    }


def adding_up(states: Sequence[str]) -> tuple[str, ...] | None:
    """The states whose counts add up to that of all jobs in any of `states`; () for every job, None where there are none.

    Blocked jobs are also ready; retrying ones are also ready or scheduled, and may be blocked.
    """
    kinds = set(states)
    if not kinds or "all" in kinds:
        return ()
    if "ready" in kinds:
        kinds.discard("blocked")
    if kinds >= {"ready", "scheduled"}:
        kinds.discard("retrying")
    return None if "retrying" in kinds and kinds & {"ready", "scheduled", "blocked"} else tuple(sorted(kinds))


def in_states(counted: CountedByState, kinds: Sequence[str]) -> CountedByState:
    """The counts of every job with the `count` of some of them (`adding_up`)."""
    assert counted["stats"] is not None
    stats = msgspec.json.decode(counted["stats"], type=dict[str, int])
    return {**counted, "count": sum(stats[kind] for kind in kinds or ("total",))}
