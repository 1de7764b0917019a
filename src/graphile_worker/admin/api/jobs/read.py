"""Reads of jobs: one page of a filter, or one job. The rows of a page are JSON text that PostgreSQL built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import asyncpg
import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.cursors import Cursor, invalid_cursor, order_parts
from graphile_worker.admin.api.jobs.filters import JobFilter, one_of
from graphile_worker.admin.api.jobs.payload_paths import parse_paths, value_parameters, value_parts
from graphile_worker.admin.api.jobs.why import RUNGS, explain
from graphile_worker.admin.api.redaction.redact import NO_REDACTION, Redaction
from graphile_worker.admin.api.responses.jobs import Job, JobRows, Omitted
from graphile_worker.admin.api.sql import statement
from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.exceptions import InvalidInput, QueryTimeout
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import Statement

# What PostgreSQL raises for the key of a forged cursor.
_NO_KEY = (
    asyncpg.DatetimeFieldOverflowError,
    asyncpg.InvalidDatetimeFormatError,
    asyncpg.InvalidTimeZoneDisplacementValueError,
    asyncpg.InvalidTextRepresentationError,
    asyncpg.NumericValueOutOfRangeError,
)
BYTES_MAX = 16 * 1024 * 1024  # of payloads and errors in one answer
REDACTED_BYTES_MAX = 512 * 1024  # of payloads in one answer in which values are hidden
_FITTING = {
    "full": {"payload": "payload_fitting", "measured": "measured_full", "error": "error_fitting"},
    "text": {"payload": "payload_text_fitting", "measured": "measured_text", "error": "error_fitting"},
    "preview": {"payload": "payload_preview_fitting", "measured": "measured_preview", "error": "error_preview"},
    "none": {"payload": "payload_none", "measured": "measured_error", "error": "error_fitting"},
}
_SLICES = "Narrow the filter, or use partial=true: it returns after about a second with the jobs found so far and a cursor to continue."
TIMEOUT = 5.0  # seconds for one page: orders other than by id read every job that matches


class SortUnbounded(QueryTimeout):
    """Too many jobs match to be sorted within the time limit of a read."""

    code = "sort_unbounded"


class PageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a filtered list, in which order and form.

    `sort` is one of vocabulary.SORTS, `cursor` the `next` or `prev` of an answer with the same sort, `payload` one of
    `full`, `preview`, `text`, `none`. `payload_paths` are paths of the payload whose values are `payload_values` of each
    job. Raises InvalidInput.
    """

    limit: int = vocabulary.LIMIT_DEFAULT
    offset: int = 0
    sort: str = "id"
    cursor: str | None = None
    payload: str = "full"
    payload_paths: Sequence[str] = ()

    def __post_init__(self) -> None:
        one_of("sort", self.sort, vocabulary.SORTS)
        one_of("payload", self.payload, vocabulary.PAYLOAD_FORMS)
        validation.integer("offset", self.offset, 0, validation.BIGINT_MAX)
        if self.at and self.offset:
            raise InvalidInput("offset", "cannot go together with cursor")
        parse_paths(self.payload_paths)

    @property
    def at(self) -> Cursor | None:
        """Where the page begins; None at the start."""
        return Cursor.decode(self.cursor, self.sort) if self.cursor else None

    @property
    def by_id(self) -> bool:
        """Whether the primary key gives the order, so that any page is found without sorting."""
        return self.sort.lstrip("-") == "id"

    @property
    def has_one_plan(self) -> bool:
        """Whether the plan of the page is the same for every value: the number of rows is in the statement."""
        return self.by_id and self.limit == vocabulary.LIMIT_DEFAULT and not self.offset

    @property
    def size(self) -> tuple[dict[str, str], dict[str, int]]:
        """The blocks of jobs.sql for the limit and the offset, and their parameters."""
        blocks, parameters = {"most": "most_default", "skipped": "skipped_none"}, {}
        if self.limit != vocabulary.LIMIT_DEFAULT:
            blocks["most"], parameters["limit"] = "most_given", self.limit
        if self.offset:
            blocks["skipped"], parameters["offset"] = "skipped_given", self.offset
        return blocks, parameters


@retried_read
async def list_jobs(queue: Queue, filter: JobFilter, page: PageRequest | None = None) -> JobRows:
    """One page of the jobs that match.

    `omitted` is there when payloads and errors were too large for one answer (2 MiB for a job, 16 MiB for all), or too
    large to be read in time: the ids of the jobs whose `payload` and `last_error` are null for that reason, or whose
    `payload_preview` says so and whose `payload_bytes` are those stored. `get_job` has them.

    Raises SortUnbounded, RowSecurity, QueryTimeout.
    """
    page = page or PageRequest()
    try:
        scan = not (page.by_id and filter.matches_all)
        async with queue.read(timeout=TIMEOUT, scan=scan, by_key=page.has_one_plan and filter.has_one_plan) as tx:
            row = await page_row(tx, filter, page, page.at)
    except QueryTimeout as error:
        if page.by_id:
            if not filter.matches_all:
                error.hint = _SLICES
            raise
        raise SortUnbounded(
            f"too many jobs match to sort them by {page.sort.lstrip('-')} in time",
            hint="Narrow the filter, or take sort=id or sort=-id, with partial=true where that takes too long, too.",
        ) from error
    rows = await filter.redaction.rows(row["jobs"], page.payload)
    return _page(rows, row, page, filter)


async def page_row(
    tx: Transaction,
    filter: JobFilter,
    page: PageRequest,
    at: Cursor | None,
    until: int | None = None,
    bytes_most: int = BYTES_MAX,
) -> asyncpg.Record:
    """The one row of `jobs.list`; `until` is the last id that is read, `bytes_most` limits payloads and errors
    together."""
    key = page.sort.lstrip("-")
    upwards = at.ascending if at else page.sort == key
    way = "asc" if upwards else "desc"
    bounds, ends = bounds_of(page, way, at, until)
    paths, hidden = parse_paths(page.payload_paths), bool(filter.redaction)
    blocks, size = page.size
    listed = statement(
        "jobs.list",
        **blocks,
        **order_parts(page.sort),
        scan=way,
        bounds=bounds,
        shown="asc" if upwards == (page.sort == key) else "desc",
        **filter.parts(),
        **filter.match_parts(),
        **value_parts(paths, hidden=hidden),
        rough=rough(tx),
        **_parts(page.payload, filter.redaction),
    )
    most = min(bytes_most, REDACTED_BYTES_MAX) if filter.redaction.by_path else bytes_most
    try:
        given = filter.parameters() | filter.match_parameters() | value_parameters(paths, hidden=hidden)
        row = await tx.fetchrow(listed, **given, **ends, **size, bytes_most=most)
    except _NO_KEY:  # 32 July, say: only the database knows every rule of its own spelling
        raise invalid_cursor() from None
    assert row is not None  # an aggregate always answers
    return row


def bounds_of(
    page: PageRequest, way: str, at: Cursor | None, until: int | None
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The blocks of order.sql that begin and end a page, and their parameters."""
    bounds: list[str] = []
    ends: dict[str, Any] = {}
    if at is not None:
        bounds.append(f"beyond_id_{way}" if page.by_id else f"beyond_{way}")
        ends |= {"cursor_id": at.id} if page.by_id else {"cursor_key": at.key, "cursor_id": at.id}
    if until is not None:
        bounds.append(f"until_{way}")
        ends["until"] = until
    return tuple(bounds), ends


def _page(rows: list[str], row: asyncpg.Record, page: PageRequest, filter: JobFilter) -> JobRows:
    """The page of these redacted rows and the row of `jobs.list`."""
    at = page.at
    backwards = at is not None and at.way == "prev"
    first, last = ("first", "last") if not backwards else ("last", "first")
    on, back = (True, row["more"]) if backwards else (row["more"], at is not None or page.offset > 0)

    def end(way: str, which: str, there: bool) -> str | None:
        id = row[f"{which}_id"]
        return Cursor(page.sort, way, row[f"{which}_key"], id).encode() if there and id is not None else None

    return {
        "jobs": [msgspec.Raw(text) for text in rows],
        "as_of": row["as_of"],
        **omitted_ids([row]),
        "has_more": bool(on and row["rows"]),
        "next": end("next", last, on),
        "prev": end("prev", first, back),
        **filter.searched_fields(),
    }


def omitted_ids(rows: Sequence[asyncpg.Record]) -> Omitted:
    """The ids of the jobs that rows of `jobs.list` omit; none for a viewer, from whom they are hidden instead."""
    ids = [int(id) for row in rows for id in row["omitted"] or ()]
    return {"omitted": ids} if ids else {}


@retried_read
async def get_job(
    queue: Queue,
    id: int,
    *,
    payload: str = "full",
    last_error: str = "full",
    redaction: Redaction = NO_REDACTION,
) -> Job | None:
    """One job, or None. `payload` and `flags` are stored JSON (msgspec.Raw).

    `error_fingerprint` is what api/errors groups it by; `why` and `retry_ladder` are those of why.explain. With
    `last_error` = `cut` the first 20,000 characters of it, and `last_error_truncated`. Raises InvalidInput.
    """
    one_of("payload", payload, vocabulary.PAYLOAD_FORMS)
    one_of("last_error", last_error, vocabulary.ERROR_FORMS)
    number = validation.integer("id", id, *_IDS)
    async with queue.read(by_key=True) as tx:
        one = _one(payload, last_error, redaction, beats=(await tx.capabilities()).reads_heartbeats)
        row = await tx.fetchrow(one, id=number, rungs=RUNGS)
    if row is None:
        return None
    facts = msgspec.json.decode(row["why"])
    if last_error == "full" and not redaction:
        facts["last_error"] = row["last_error"]
    more = explain(facts, msgspec.json.decode(row["retry_ladder"] or "[]"))
    more |= {"error_fingerprint": row["error_fingerprint"], "as_of": row["as_of"]}
    if last_error == "cut":
        more["last_error_truncated"] = row["error_long"] and not redaction
    return cast(Job, await _columns(row, payload, redaction) | more)


def _one(payload: str, last_error: str, redaction: Redaction, *, beats: bool) -> Statement:
    """The statement of one job. The error that a sentence quotes is read a second time only where the first is cut."""
    parts = _one_parts(payload, redaction) | ({} if redaction else {"error": f"error_{last_error}"})
    return statement(
        "job.one",
        common="common_hidden" if redaction else "common_shown",
        quoted="quoted_null" if redaction or last_error == "full" else "quoted_error",
        beat="beat_seen" if beats else "beat_unseen",
        **parts,
    )


async def _columns(row: asyncpg.Record, form: str, redaction: Redaction) -> dict[str, Any]:
    """The members of ListedJob in a row of `job.one`."""
    members: dict[str, Any] = {}
    for name, value in row.items():
        if name == "payload" and redaction.by_path:
            members |= await redaction.payload_members(value, form)
        elif name in ("payload", "flags"):
            members[name] = None if value is None else msgspec.Raw(value)
        elif name not in _NOT_LISTED:
            members[name] = value
    return members


_NOT_LISTED = ("error_fingerprint", "error_long", "why", "retry_ladder", "as_of")
_IDS = (-validation.BIGINT_MAX - 1, validation.BIGINT_MAX)


def _parts(payload: str, redaction: Redaction) -> dict[str, str]:
    """The blocks of a list: stored payloads and errors have to fit into the answer, previews and hidden ones are
    short."""
    if not redaction:
        return _FITTING[payload]
    if redaction.by_path and payload != "none":
        return forms(payload, redaction) | {"payload": "payload_bounded_fitting", "measured": "measured_bounded"}
    return forms(payload, redaction) | {"measured": "measured_nothing"}


def _one_parts(payload: str, redaction: Redaction) -> dict[str, str]:
    """The blocks of one job: those of `forms`, with a complete payload as text."""
    parts = forms(payload, redaction)
    stored = {
        "payload_full": "payload_stored",
        "payload_hidden_full": "payload_hidden_stored",
        "payload_bounded": "payload_bounded_stored",
    }
    return parts | {"payload": stored.get(parts["payload"], parts["payload"])}


def rough(tx: Transaction) -> str:
    """The block that computes the most bytes a payload can have on this server."""
    return "rough_known" if tx.server_major >= 14 else "rough_guessed"


def forms(payload: str, redaction: Redaction) -> dict[str, str]:
    """The blocks that make a ListedJob with this form of payload."""
    error = "error_hidden" if redaction else "error_preview" if payload == "preview" else "error_full"
    return {"payload": redaction.payload_part(payload), "error": error}
