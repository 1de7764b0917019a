"""Reads of jobs: one page of a filter, or one job. The answers are JSON text that PostgreSQL built."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.cursors import Cursor
from graphile_worker.admin.api.sql import statement
from graphile_worker.core import checks
from graphile_worker.core.capabilities import reading
from graphile_worker.core.database import Database
from graphile_worker.core.errors import InvalidInput
from graphile_worker.core.schema import Schema


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs: a state, exact names (any of several), and a text found anywhere in a job. Empty means all."""

    state: str = "all"
    identifiers: Sequence[str] = ()
    queues: Sequence[str] = ()
    keys: Sequence[str] = ()
    workers: Sequence[str] = ()
    search: str = ""

    def __post_init__(self) -> None:
        one_of("state", self.state, vocabulary.STATES)
        for field, values in (
            ("identifier", self.identifiers),
            ("queue", self.queues),
            ("key", self.keys),
            ("worker", self.workers),
            ("search", [self.search] if self.search else []),
        ):
            if len(values) > vocabulary.FILTER_VALUES_MAX:
                raise InvalidInput(field, f"takes at most {vocabulary.FILTER_VALUES_MAX} values")
            for value in values:
                checks.text(field, value, most=1000)

    def arguments(self) -> list[object]:
        """The statement's parameters $1 to $6."""
        lists = [list(values) or None for values in (self.identifiers, self.queues, self.keys, self.workers)]
        return [self.state, *lists, like(self.search) if self.search else None]


async def list_jobs(
    database: Database,
    schema: Schema,
    filter: JobFilter,
    *,
    limit: int = vocabulary.LIMIT_DEFAULT,
    offset: int = 0,
    sort: str = "id",
    cursor: str | None = None,
    payload: str = "full",
) -> str:
    """One page as `{"jobs": [ListedJob], "as_of", "has_more", "next", "prev"}`.

    `sort` is `id` or `-id`; `cursor` is the `next` or `prev` of an answer with the same sort.
    `payload` is one of `full`, `preview`, `text`, `none`. Raises InvalidInput, RowSecurity, QueryTimeout.
    """
    one_of("sort", sort, vocabulary.SORTS)
    one_of("payload", payload, vocabulary.PAYLOAD_FORMS)
    at = Cursor.decode(cursor, sort) if cursor else None
    if at and offset:
        raise InvalidInput("offset", "cannot go together with cursor")
    upwards = at.ascending if at else sort == "id"
    text = statement(
        "jobs.list",
        schema,
        scan="oldest_first" if upwards else "newest_first",
        order="oldest_first" if sort == "id" else "newest_first",
        **_forms(payload),
    )
    bounds = [at.id if at and not upwards else None, at.id if at and upwards else None]
    async with reading(database, schema) as connection:
        row = await connection.fetchrow(text, *filter.arguments(), *bounds, limit, offset)
    assert row is not None  # an aggregate always answers
    return _page(row, sort, at, offset)


async def get_job(database: Database, schema: Schema, id: int, *, payload: str = "full") -> str | None:
    """One ListedJob with `as_of`, or None. Raises InvalidInput, RowSecurity."""
    one_of("payload", payload, vocabulary.PAYLOAD_FORMS)
    error = "error_full"
    async with reading(database, schema) as connection:
        row = await connection.fetchrow(
            statement("jobs.one", schema, **(_forms(payload) | {"error": error})), checks.integer("id", id, *_IDS)
        )
    if row is None:
        return None
    return str(row["job"][:-1]) + f',"as_of":"{row["as_of"]}"}}'


_IDS = (-checks.BIGINT_MAX - 1, checks.BIGINT_MAX)


def one_of(field: str, value: str, allowed: Sequence[str]) -> str:
    """Refuses a word that is not in the list."""
    if value not in allowed:
        raise InvalidInput(field, f"must be one of {', '.join(allowed)}")
    return value


def like(text: str) -> str:
    """A LIKE pattern that finds the text itself anywhere."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


def _forms(payload: str) -> dict[str, str]:
    return {"payload": f"payload_{payload}", "error": "error_preview" if payload == "preview" else "error_full"}


def _page(row: asyncpg.Record, sort: str, at: Cursor | None, offset: int) -> str:
    first, last = (row["lowest"], row["highest"]) if sort == "id" else (row["highest"], row["lowest"])
    backwards = at is not None and at.way == "prev"
    on, back = (True, row["more"]) if backwards else (row["more"], at is not None or offset > 0)
    ends = {
        "as_of": row["as_of"],
        "has_more": bool(on and first is not None),
        "next": Cursor(sort, "next", last).encode() if on and last is not None else None,
        "prev": Cursor(sort, "prev", first).encode() if back and first is not None else None,
    }
    return f'{{"jobs":{row["jobs"]},{json.dumps(ends, separators=(",", ":"))[1:]}'
