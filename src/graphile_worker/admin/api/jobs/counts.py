"""Counts the jobs of a filter: exactly up to a limit, then "more than"."""

from __future__ import annotations

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.responses.jobs import Counted
from graphile_worker.admin.api.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.queue import Queue

EXACT = 10_000  # counted to here and no further


@retried_read
async def count_jobs(queue: Queue, filter: JobFilter) -> Counted:
    """Counts the jobs that match. Raises QueryTimeout."""
    async with queue.read(scan=True) as tx:
        row = await tx.fetchrow(statement("selection.count", **filter.parts()), **filter.parameters(), most=EXACT)
    assert row is not None  # an aggregate always answers
    return {"count": row["count"], "more": row["more"], "as_of": row["as_of"], **filter.searched_fields()}
