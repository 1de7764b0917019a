"""How many jobs match a filter: exact as far as that is cheap, then "more than"."""

from __future__ import annotations

from graphile_worker.admin.api.filters import JobFilter
from graphile_worker.admin.api.sql import statement
from graphile_worker.core.capabilities import reading
from graphile_worker.core.database import Database
from graphile_worker.core.schema import Schema

EXACT = 10_000  # counted to here and no further


async def count_jobs(database: Database, schema: Schema, filter: JobFilter) -> str:
    """`{"count", "more", "as_of"}`: at `more` there are more than `count`. Raises QueryTimeout."""
    async with reading(database, schema) as connection:
        row = await connection.fetchrow(statement("jobs.count", schema), *filter.arguments(), EXACT)
    assert row is not None  # an aggregate always answers
    return f'{{"count":{row["count"]},"more":{str(row["more"]).lower()},"as_of":"{row["as_of"]}"}}'
