"""Failures over time: failed and retrying jobs by the time of their last failure."""

from __future__ import annotations

import msgspec

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.tables.sql import statement
from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.queue import Queue

TIMEOUT = 15.0  # seconds: a scan of every job, which requests share
BUCKETS = 24
SECONDS = 86_400  # that the buckets cover unless the request says otherwise
SECONDS_RANGE = (60, 366 * 86_400)


@retried_read
async def failure_histogram(queue: Queue, filter: JobFilter, seconds: int = SECONDS) -> dict[str, object]:
    """The members of responses.tables.FailureHistogram but `age_ms`.

    The filter's `failed_from` and `failed_to` are the ends. Without `failed_to` the buckets end now, by the clock of the
    database; without `failed_from` they cover `seconds`. Raises InvalidInput, QueryTimeout.
    """
    validation.integer("seconds", seconds, *SECONDS_RANGE)
    ends = {name: validation.moment(name, getattr(filter, name)) for name in ("failed_from", "failed_to")}
    if ends["failed_from"] and ends["failed_to"] and ends["failed_from"] >= ends["failed_to"]:
        raise InvalidInput("failed_from", "must be before failed_to")
    parameters = {**filter.parameters(), **ends, "seconds": seconds, "buckets": BUCKETS}
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        text = await tx.fetchval(statement("histogram.failures", **filter.parts()), **parameters)
    return msgspec.json.decode(text, type=dict[str, object])
