"""The number of jobs that match a filter: exact up to a limit, then "more than"."""

from __future__ import annotations

import json

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import Database
from graphile_worker.core.diagnosis.capabilities import reading
from graphile_worker.core.schema import Schema

EXACT = 10_000  # the limit of the count


@retried_read
async def count_jobs(database: Database, schema: Schema, filter: JobFilter) -> str:
    """`{"count", "more", "as_of"}`; with `more` there are more than `count`. Raises QueryTimeout."""
    async with reading(database, schema, scan=True) as connection:
        row = await connection.fetchrow(statement("jobs.count", schema, **filter.parts()), *filter.arguments(), EXACT)
    assert row is not None  # an aggregate always returns a row
    return json.dumps({**row, **filter.searched_fields()}, separators=(",", ":"))
