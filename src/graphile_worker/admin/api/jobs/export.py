"""Exports all jobs of a filter as one stream, in bounded memory: one short transaction per batch."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import asyncpg

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.cursors import Cursor
from graphile_worker.admin.api.jobs.filters import JobFilter, one_of
from graphile_worker.admin.api.jobs.payload_paths import column_title, parse_paths, value_parameters, value_parts
from graphile_worker.admin.api.jobs.read import forms, rough
from graphile_worker.admin.api.redaction.redact import Redaction
from graphile_worker.admin.api.sql import statement
from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.queue import Queue
from graphile_worker.core.sql import Part

EXPORT_MAX = 1_000_000  # jobs of one export
BATCH_JOBS = 2000  # jobs of one transaction
BATCH_BYTES = 2 * 1024 * 1024  # of their payloads and errors; the last one may be larger
TIMEOUT = 60.0  # seconds for a batch: a filter that finds little reads much
BOM = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """`format` `ndjson` (a ListedJob a line) or `csv`; `sort` `id` or `-id`; `cursor` a `next` of that order.

    `payload_paths` as in a PageRequest: `payload_values` of each job, in CSV columns behind the payload; no value is cut.
    `limit` 1 to 1,000,000. `bom`: CSV begins with the byte order mark, by which a spreadsheet recognizes UTF-8.
    Raises InvalidInput.
    """

    format: str = "ndjson"
    sort: str = "id"
    limit: int = EXPORT_MAX
    cursor: str | None = None
    bom: bool = False
    payload_paths: Sequence[str] = ()

    def __post_init__(self) -> None:
        one_of("format", self.format, vocabulary.EXPORT_FORMATS)
        one_of("sort", self.sort, ("id", "-id"))
        validation.integer("limit", self.limit, 1, EXPORT_MAX)
        parse_paths(self.payload_paths)
        if self.bom and self.format != "csv":
            raise InvalidInput("bom", "goes with format=csv only")
        if self.at is not None and self.at.way == "prev":
            raise InvalidInput("cursor", "must be a `next`: an export goes forwards")

    @property
    def at(self) -> Cursor | None:
        """The cursor where it begins; None for the begin of the table."""
        return Cursor.decode(self.cursor, self.sort) if self.cursor else None


@dataclass(frozen=True, slots=True)
class Batch:
    """The lines of some jobs (0: a header). `cut`: no jobs, but the cursor behind the last job where `limit` ended the
    export."""

    text: str
    rows: int
    cut: str | None = None


async def export_jobs(queue: Queue, filter: JobFilter, request: ExportRequest) -> AsyncGenerator[str, None]:
    """The text of the batches. Where `limit` ended the export, the last line says so and has the cursor to continue
    with."""
    async with aclosing(export_batches(queue, filter, request)) as batches:
        async for batch in batches:
            yield batch.text
            del batch  # while the next one is read: either may have 20 MB


async def export_batches(queue: Queue, filter: JobFilter, request: ExportRequest) -> AsyncGenerator[Batch, None]:
    """The batches. Each reads the table at another moment: a job is exported once or not at all."""
    way = "asc" if request.sort == "id" else "desc"
    line, values = _line(request, filter.redaction), _values(request, filter.redaction)
    parts = {"scan": way, **line, **values, **filter.parts(), **forms("full", filter.redaction)}
    parameters = filter.parameters() | _value_parameters(request, filter.redaction)
    at, left = request.at.id if request.at else None, request.limit
    if request.format == "csv":
        yield Batch(BOM * request.bom + _head(request) + "\r\n", 0)
    while left > 0:
        row = await _read(queue, parts, parameters, at, min(BATCH_JOBS, left))
        rows, last = row["rows"], row["rows"] == row["found"] < min(BATCH_JOBS, left)
        at, left, lines = row["last"], left - rows, row["lines"]
        del row
        if rows:
            yield Batch(await filter.redaction.lines(lines, request.format), rows)
        if last:
            return
        del lines
    if (await _read(queue, parts, parameters, at, 1))["rows"]:
        yield _cut(request, at)


def _head(request: ExportRequest) -> str:
    """The titles of the columns; those of paths are quoted."""
    titles = [column_title(path).replace('"', '""') for path in request.payload_paths]
    return ",".join([*vocabulary.EXPORT_COLUMNS, *(f'"{title}"' for title in titles)])


def _line(request: ExportRequest, redaction: Redaction) -> dict[str, Part]:
    """The blocks that make a line; the payload of a CSV line is beside it until it is redacted."""
    apart = request.format == "csv" and redaction.by_path
    payload, end = ("apart", "_apart") if apart else ("with", "")
    paths = bool(request.payload_paths)
    return {
        "line": f"line_{request.format}{end}",
        "csv_payload": f"csv_payload_{payload}",
        "csv_values": "csv_values_with" if paths and not apart else "csv_values_none",
        "csv_after": "csv_after_values" if paths else "csv_after_none",
    }


def _values(request: ExportRequest, redaction: Redaction) -> dict[str, Part]:
    return value_parts(parse_paths(request.payload_paths), hidden=bool(redaction), full=True)


def _value_parameters(request: ExportRequest, redaction: Redaction) -> dict[str, Any]:
    paths = parse_paths(request.payload_paths)
    notes = {"value_notes": json.dumps(vocabulary.PAYLOAD_NOTES)} if paths and request.format == "csv" else {}
    return value_parameters(paths, hidden=bool(redaction)) | notes


@retried_read
async def _read(
    queue: Queue, parts: dict[str, Part], parameters: dict[str, object], at: int | None, rows: int
) -> asyncpg.Record:
    """One batch, behind the id `at` (None: from the first job)."""
    bounds = () if at is None else (f"beyond_id_{parts['scan']}",)
    begin = {} if at is None else {"cursor_id": at}
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        batch = statement("export.batch", rough=rough(tx), bounds=bounds, **parts)
        row = await tx.fetchrow(batch, **parameters, **begin, rows=rows, bytes_most=BATCH_BYTES)
    assert row is not None  # an aggregate always answers
    return row


def _cut(request: ExportRequest, last: int | None) -> Batch:
    """The last line of an export that was cut at its limit."""
    cursor = Cursor(request.sort, "next", str(last), last or 0).encode()
    if request.format == "csv":
        return Batch(f'"# cut after {request.limit} jobs; go on with cursor={cursor}"\r\n', 0, cursor)
    return Batch(json.dumps({"cut": True, "limit": request.limit, "next": cursor}) + "\n", 0, cursor)
