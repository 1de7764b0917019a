"""Existing names with a prefix, for the suggestions of a filter."""

from __future__ import annotations

import json
from dataclasses import dataclass

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.filters import TEXT_MAX, like, one_of
from graphile_worker.admin.api.sql import statement
from graphile_worker.admin.api.tables.samples import Sample
from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import Database
from graphile_worker.core.diagnosis.capabilities import reading
from graphile_worker.core.schema import Schema

TIMEOUT = 2.0  # seconds, because suggestions are needed while a user types


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestRequest:
    """The names of a `field` (vocabulary.SUGGEST_FIELDS) that begin with `prefix`, case-insensitive. Raises InvalidInput."""

    field: str
    prefix: str = ""
    limit: int = vocabulary.SUGGEST_DEFAULT

    def __post_init__(self) -> None:
        one_of("field", self.field, vocabulary.SUGGEST_FIELDS)
        validation.text("prefix", self.prefix, most=TEXT_MAX, least=0)


@retried_read
async def suggest_stored(database: Database, schema: Schema, request: SuggestRequest) -> str:
    """`{"field", "values", "more"}` for tasks or queues, by name. Raises QueryTimeout."""
    pattern = like(request.prefix).removeprefix("%")
    async with reading(database, schema, timeout=TIMEOUT, scan=True) as connection:
        rows = await connection.fetch(statement(f"suggest.{request.field}", schema), pattern, request.limit)
    return _answer(request, [row["name"] for row in rows])


def suggest_workers(workers: Sample, request: SuggestRequest) -> str:
    """The same from the sample of workers, whose names no table has."""
    begin = request.prefix.casefold()
    names = (row["name"] for row in workers.rows if row["name"] is not None)
    return _answer(request, [name for name in names if name.casefold().startswith(begin)])


def _answer(request: SuggestRequest, found: list[str]) -> str:
    members = {"field": request.field, "values": found[: request.limit], "more": len(found) > request.limit}
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
