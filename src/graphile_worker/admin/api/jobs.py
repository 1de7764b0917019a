"""Reads of jobs: one page of a filter, or one job. The answers are JSON text that PostgreSQL built."""

from __future__ import annotations

import json
from dataclasses import dataclass

import asyncpg

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.cursors import Cursor
from graphile_worker.admin.api.filters import JobFilter, one_of
from graphile_worker.admin.api.sql import statement
from graphile_worker.admin.api.why import explain
from graphile_worker.core import checks
from graphile_worker.core.capabilities import known, reading
from graphile_worker.core.database import AnyConnection, Database
from graphile_worker.core.errors import InvalidInput, QueryTimeout
from graphile_worker.core.schema import Schema

TIMEOUT = 5.0  # seconds for one page: orders other than by id read every job that matches


class SortUnbounded(QueryTimeout):
    """Too many jobs match to be put into this order within the time a read may take."""

    code = "sort_unbounded"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Which part of a filtered list, in which order and form.

    `sort` is one of vocabulary.SORTS, `cursor` the `next` or `prev` of an answer with the same sort, `payload` one of
    `full`, `preview`, `text`, `none`. Raises InvalidInput.
    """

    limit: int = vocabulary.LIMIT_DEFAULT
    offset: int = 0
    sort: str = "id"
    cursor: str | None = None
    payload: str = "full"

    def __post_init__(self) -> None:
        one_of("sort", self.sort, vocabulary.SORTS)
        one_of("payload", self.payload, vocabulary.PAYLOAD_FORMS)
        checks.integer("offset", self.offset, 0, checks.BIGINT_MAX)
        if self.at and self.offset:
            raise InvalidInput("offset", "cannot go together with cursor")

    @property
    def at(self) -> Cursor | None:
        """Where the page begins; None at the start."""
        return Cursor.decode(self.cursor, self.sort) if self.cursor else None

    @property
    def by_id(self) -> bool:
        """Whether the primary key gives the order, so that any page is found without sorting."""
        return self.sort.lstrip("-") == "id"


async def list_jobs(database: Database, schema: Schema, filter: JobFilter, page: PageRequest | None = None) -> str:
    """One page as `{"jobs": [ListedJob], "as_of", "has_more", "next", "prev"}`.

    Raises SortUnbounded, RowSecurity, QueryTimeout.
    """
    page = page or PageRequest()
    try:
        async with reading(database, schema, timeout=TIMEOUT) as connection:
            row = await page_row(connection, schema, filter, page, page.at)
    except QueryTimeout as error:
        if page.by_id:
            raise
        raise SortUnbounded(
            f"too many jobs match to sort them by {page.sort.lstrip('-')} in time",
            hint="Narrow the filter, or take sort=id or sort=-id.",
        ) from error
    return page_json(row, page)


async def page_row(
    connection: AnyConnection,
    schema: Schema,
    filter: JobFilter,
    page: PageRequest,
    at: Cursor | None,
    until: int | None = None,
) -> asyncpg.Record:
    """The one row of `jobs.list`; `until` bounds the ids that are looked at."""
    key = page.sort.lstrip("-")
    upwards = at.ascending if at else page.sort == key
    way = "asc" if upwards else "desc"
    text = statement(
        "jobs.list",
        schema,
        key=f"key_{key}",
        cursor="cursor_time" if key in ("run_at", "created_at") else "cursor_number",
        scan=way,
        beyond="beyond_start" if at is None else f"beyond_id_{way}" if page.by_id else f"beyond_{way}",
        until="until_end" if until is None else f"until_{way}",
        shown="asc" if upwards == (page.sort == key) else "desc",
        **forms(page.payload),
    )
    bounds = [at.key, at.id] if at else [None, None]
    row = await connection.fetchrow(text, *filter.arguments(), *bounds, page.limit, page.offset, until)
    assert row is not None  # an aggregate always answers
    return row


def page_json(row: asyncpg.Record, page: PageRequest) -> str:
    """The answer that this row is."""
    at = page.at
    backwards = at is not None and at.way == "prev"
    first, last = ("first", "last") if not backwards else ("last", "first")
    on, back = (True, row["more"]) if backwards else (row["more"], at is not None or page.offset > 0)

    def end(way: str, which: str, there: bool) -> str | None:
        id = row[f"{which}_id"]
        return Cursor(page.sort, way, row[f"{which}_key"], id).encode() if there and id is not None else None

    ends = {
        "as_of": row["as_of"],
        "has_more": bool(on and row["rows"]),
        "next": end("next", last, on),
        "prev": end("prev", first, back),
    }
    return f'{{"jobs":{row["jobs"]},{json.dumps(ends, separators=(",", ":"))[1:]}'


async def get_job(
    database: Database, schema: Schema, id: int, *, payload: str = "full", last_error: str = "full"
) -> str | None:
    """One ListedJob with `error_fingerprint` (what api/errors groups it by), `as_of`, `why` and `retry_ladder` (see
    why.explain), or None. With `last_error` = `cut` the first 20,000 characters of it, and `last_error_truncated`.
    Raises InvalidInput.
    """
    one_of("payload", payload, vocabulary.PAYLOAD_FORMS)
    one_of("last_error", last_error, vocabulary.ERROR_FORMS)
    text = statement("jobs.one", schema, **(forms(payload) | {"error": f"error_{last_error}"}))
    async with reading(database, schema) as connection:
        row = await connection.fetchrow(text, checks.integer("id", id, *_IDS))
        if row is None:
            return None
        capabilities = await known(database, connection, schema)
        more = await explain(connection, schema, id, beats=capabilities.reads_heartbeats)
    more |= {"error_fingerprint": row["error_fingerprint"], "as_of": row["as_of"]}
    if last_error == "cut":
        more["last_error_truncated"] = row["error_long"]
    members = json.dumps(more, ensure_ascii=False, separators=(",", ":"))
    return str(row["job"][:-1]) + f",{members[1:]}"


_IDS = (-checks.BIGINT_MAX - 1, checks.BIGINT_MAX)


def forms(payload: str) -> dict[str, str]:
    """The blocks that make a ListedJob with this form of payload."""
    return {"payload": f"payload_{payload}", "error": "error_preview" if payload == "preview" else "error_full"}
