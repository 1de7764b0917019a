"""The number of jobs that match a filter, shared by requests; by state for the cards of the page."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import msgspec

from graphile_worker.admin.api.jobs import counts
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.responses.jobs import Counted, CountedByState
from graphile_worker.admin.server.context import Context
from graphile_worker.admin.server.live.shared_reads import Answer
from graphile_worker.core.exceptions import QueryTimeout

_NO_CONDITIONS = ("state", "stats", "db")


async def count_jobs(context: Context, filter: JobFilter, values: Mapping[str, Sequence[str]]) -> Answer[Counted]:
    """The count, exact up to counts.EXACT. Identical filters share one read. Raises QueryTimeout."""
    queue, key = context.config.utils.queue, ("count", _conditions(values), _states(filter))
    return await context.shared.get(key, lambda: counts.count_jobs(queue, filter), context.config.freshness)


async def count_by_state(
    context: Context, filter: JobFilter, values: Mapping[str, Sequence[str]]
) -> Answer[CountedByState]:
    """The same with the counts by state, which are null where they take too long.

    Filters that differ in their states share one read of all matching jobs. One that timed out is not repeated before its rest
    is over, whatever the states. Raises QueryTimeout.
    """
    queue, conditions = context.config.utils.queue, _conditions(values)
    kinds = counts.adding_up(filter.states)
    read = filter if kinds is None else msgspec.structs.replace(filter, states=())
    slow = (filter.redaction, conditions)
    try:
        found = await context.shared.get(
            ("states", conditions, _states(read)),
            lambda: context.timed_out.read(("states", slow), lambda: counts.count_states(queue, read)),
            context.config.freshness,
        )
    except QueryTimeout:
        key = ("count", slow, _states(filter))
        plain = await context.timed_out.read(key, lambda: count_jobs(context, filter, values))
        return Answer({**plain.value, "stats": None}, plain.made, plain.took)
    value = found.value if kinds is None else counts.in_states(found.value, kinds)
    return Answer(value, found.made, found.took)


def _conditions(values: Mapping[str, Sequence[str]]) -> Hashable:
    """The parameters of a filter but for its states, in any order. Relative times are as given."""
    return tuple(sorted((name, *sorted(given)) for name, given in values.items() if name not in _NO_CONDITIONS))


def _states(filter: JobFilter) -> Hashable:
    return frozenset(filter.states)
