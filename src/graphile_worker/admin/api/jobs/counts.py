"""How many jobs match a filter: exact as far as that is cheap, then "more than"."""

from __future__ import annotations

import json

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import Database
from graphile_worker.core.diagnosis.capabilities import reading
from graphile_worker.core.schema import Schema

EXACT = 10_000  # counted to here and no further


@retried_read
async def count_jobs(database: Database, schema: Schema, filter: JobFilter) -> str:
    """`{"count", "more", "as_of"}`: at `more` there are more than `count`. Raises QueryTimeout."""
    async with reading(database, schema, scan=True) as connection:
        row = await connection.fetchrow(statement("jobs.count", schema, **filter.parts()), *filter.arguments(), EXACT)
    assert row is not None  # an aggregate always answers
    return json.dumps({**row, **filter.narrowed()}, separators=(",", ":"))
