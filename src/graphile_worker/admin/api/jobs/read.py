"""Reads of jobs: one page of a filter, or one job. PostgreSQL builds the JSON text."""

from __future__ import annotations

import json
from dataclasses import dataclass

import asyncpg

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.cursors import Cursor, invalid_cursor
from graphile_worker.admin.api.jobs.filters import JobFilter, one_of
from graphile_worker.admin.api.jobs.why import explain
from graphile_worker.admin.api.redaction.redact import NO_REDACTION, Redaction
from graphile_worker.admin.api.sql import statement
from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import AnyConnection, Database
from graphile_worker.core.diagnosis.capabilities import known, reading
from graphile_worker.core.exceptions import InvalidInput, QueryTimeout
from graphile_worker.core.schema import Schema

# Errors of PostgreSQL for the key of a forged cursor.
_NO_KEY = (
    asyncpg.DatetimeFieldOverflowError,
    asyncpg.InvalidDatetimeFormatError,
    asyncpg.InvalidTimeZoneDisplacementValueError,
    asyncpg.InvalidTextRepresentationError,
    asyncpg.NumericValueOutOfRangeError,
)
BYTES_MAX = 16 * 1024 * 1024  # of payloads and errors in one response
REDACTED_BYTES_MAX = 512 * 1024  # of payloads in one response with hidden values
_FITTING = {
    "full": {"payload": "payload_fitting", "measured": "measured_full", "error": "error_fitting"},
    "text": {"payload": "payload_text_fitting", "measured": "measured_text", "error": "error_fitting"},
    "preview": {"payload": "payload_preview_fitting", "measured": "measured_preview", "error": "error_preview"},
    "none": {"payload": "payload_none", "measured": "measured_error", "error": "error_fitting"},
}
_SLICES = "Narrow the filter, or use partial=true: it returns after about a second with the jobs found so far and a cursor to continue."
TIMEOUT = 5.0  # seconds for one page: orders other than by id read every matching job


class SortUnbounded(QueryTimeout):
    """Too many jobs match to be sorted within the timeout."""

    code = "sort_unbounded"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """The part, the order and the form of a filtered list.

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
        validation.integer("offset", self.offset, 0, validation.BIGINT_MAX)
        if self.at and self.offset:
            raise InvalidInput("offset", "cannot go together with cursor")

    @property
    def at(self) -> Cursor | None:
        """The cursor at which the page starts; None for the first page."""
        return Cursor.decode(self.cursor, self.sort) if self.cursor else None

    @property
    def by_id(self) -> bool:
        """Whether the order is the one of the primary key, which needs no sorting."""
        return self.sort.lstrip("-") == "id"


@retried_read
async def list_jobs(database: Database, schema: Schema, filter: JobFilter, page: PageRequest | None = None) -> str:
    """One page as `{"jobs": [ListedJob], "as_of", "has_more", "next", "prev"}`.

    `omitted` has the ids of jobs whose payload and error were too large for one response (2 MiB for a job, 16 MiB for
    all) or too large to be read in time. Their `payload` and `last_error` are null, or `payload_preview` has the reason
    and `payload_bytes` the stored size. `get_job` returns them.

    Raises SortUnbounded, RowSecurity, QueryTimeout.
    """
    page = page or PageRequest()
    try:
        scan = not (page.by_id and filter.matches_all)
        async with reading(database, schema, timeout=TIMEOUT, scan=scan) as connection:
            row = await page_row(connection, schema, filter, page, page.at)
    except QueryTimeout as error:
        if page.by_id:
            if not filter.matches_all:
                error.hint = _SLICES
            raise
        raise SortUnbounded(
            f"too many jobs match to sort them by {page.sort.lstrip('-')} in time",
            hint="Narrow the filter, or take sort=id or sort=-id, with partial=true where that takes too long, too.",
        ) from error
    return await filter.redaction.page(page_json(row, page, filter), page.payload)


async def page_row(
    connection: AnyConnection,
    schema: Schema,
    filter: JobFilter,
    page: PageRequest,
    at: Cursor | None,
    until: int | None = None,
    bytes_most: int = BYTES_MAX,
) -> asyncpg.Record:
    """The row of `jobs.list`. `until` limits the ids, `bytes_most` the size of payloads and errors together."""
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
        **filter.parts(),
        rough=rough(connection),
        **_parts(page.payload, filter.redaction),
    )
    bounds = [at.key, at.id] if at else [None, None]
    most = min(bytes_most, REDACTED_BYTES_MAX) if filter.redaction.by_path else bytes_most
    try:
        row = await connection.fetchrow(text, *filter.arguments(), *bounds, page.limit, page.offset, until, most)
    except _NO_KEY:  # as for 32 July: the pattern of a cursor does not check dates
        raise invalid_cursor() from None
    assert row is not None  # an aggregate always returns a row
    return row


def page_json(row: asyncpg.Record, page: PageRequest, filter: JobFilter) -> str:
    """The response of this row."""
    at = page.at
    backwards = at is not None and at.way == "prev"
    first, last = ("first", "last") if not backwards else ("last", "first")
    on, back = (True, row["more"]) if backwards else (row["more"], at is not None or page.offset > 0)

    def end(way: str, which: str, there: bool) -> str | None:
        id = row[f"{which}_id"]
        return Cursor(page.sort, way, row[f"{which}_key"], id).encode() if there and id is not None else None

    omitted = {"omitted": [int(id) for id in row["omitted"]]} if row["omitted"] else {}
    ends = {
        "as_of": row["as_of"],
        **omitted,
        "has_more": bool(on and row["rows"]),
        "next": end("next", last, on),
        "prev": end("prev", first, back),
        **filter.searched_fields(),
    }
    return f'{{"jobs":{row["jobs"]},{json.dumps(ends, separators=(",", ":"))[1:]}'


@retried_read
async def get_job(
    database: Database,
    schema: Schema,
    id: int,
    *,
    payload: str = "full",
    last_error: str = "full",
    redaction: Redaction = NO_REDACTION,
) -> str | None:
    """One job as JSON, or None.

    It is a ListedJob with `error_fingerprint`, by which api/errors groups it, `as_of`, `why` and `retry_ladder`
    (why.explain). `last_error="cut"` returns its first 20,000 characters and `last_error_truncated`. Raises InvalidInput.
    """
    one_of("payload", payload, vocabulary.PAYLOAD_FORMS)
    one_of("last_error", last_error, vocabulary.ERROR_FORMS)
    common = "common_hidden" if redaction else "common_shown"
    error = {} if redaction else {"error": f"error_{last_error}"}
    text = statement("jobs.one", schema, common=common, **(forms(payload, redaction) | error))
    async with reading(database, schema) as connection:
        row = await connection.fetchrow(text, validation.integer("id", id, *_IDS))
        if row is None:
            return None
        capabilities = await known(database, connection, schema)
        more = await explain(connection, schema, id, beats=capabilities.reads_heartbeats, errors=not redaction)
    more |= {"error_fingerprint": row["error_fingerprint"], "as_of": row["as_of"]}
    if last_error == "cut":
        more["last_error_truncated"] = row["error_long"] and not redaction
    members = json.dumps(more, ensure_ascii=False, separators=(",", ":"))
    return await redaction.job(str(row["job"][:-1]) + f",{members[1:]}", payload)


_IDS = (-validation.BIGINT_MAX - 1, validation.BIGINT_MAX)


def _parts(payload: str, redaction: Redaction) -> dict[str, str]:
    """The SQL blocks of a list, which limits the size of stored payloads and errors. Previews and hidden ones are short."""
    if not redaction:
        return _FITTING[payload]
    if redaction.by_path and payload != "none":
        return forms(payload, redaction) | {"payload": "payload_bounded_fitting", "measured": "measured_bounded"}
    return forms(payload, redaction) | {"measured": "measured_nothing"}


def rough(connection: AnyConnection) -> str:
    """The SQL block that estimates the maximum size of a payload on this server."""
    return "rough_known" if connection.get_server_version().major >= 14 else "rough_guessed"


def forms(payload: str, redaction: Redaction) -> dict[str, str]:
    """The SQL blocks of a ListedJob with this form of payload."""
    error = "error_hidden" if redaction else "error_preview" if payload == "preview" else "error_full"
    return {"payload": redaction.payload_part(payload), "error": error}
