"""All jobs of a filter as one stream with bounded memory: short transactions, one batch each."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import asyncpg

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.cursors import Cursor
from graphile_worker.admin.api.jobs.filters import JobFilter, one_of
from graphile_worker.admin.api.jobs.read import forms, rough
from graphile_worker.admin.api.redaction.redact import Redaction
from graphile_worker.admin.api.sql import statement
from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import Database
from graphile_worker.core.diagnosis.capabilities import reading
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.schema import Schema

EXPORT_MAX = 1_000_000  # jobs of one export
BATCH_JOBS = 2000  # jobs of one batch, which is one transaction
BATCH_BYTES = 2 * 1024 * 1024  # of the payloads and errors of a batch; its last job may exceed it
TIMEOUT = 60.0  # seconds for a batch: a selective filter reads many rows
BOM = "\ufeff"
COLUMNS = (
    "id", "task_identifier", "queue_name", "state", "run_at", "attempts", "max_attempts", "priority", "key",
    "created_at", "locked_at", "locked_by", "last_error", "payload",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """The form, the order and the size of an export. Raises InvalidInput.

    Args:
        format: `ndjson` (one ListedJob per line) or `csv`.
        sort: `id` or `-id`.
        limit: 1 to 1,000,000.
        cursor: `next` of a page or of an export with the same sort.
        bom: begins CSV with the byte order mark, so that spreadsheets read it as UTF-8.
    """

    format: str = "ndjson"
    sort: str = "id"
    limit: int = EXPORT_MAX
    cursor: str | None = None
    bom: bool = False

    def __post_init__(self) -> None:
        one_of("format", self.format, vocabulary.EXPORT_FORMATS)
        one_of("sort", self.sort, ("id", "-id"))
        validation.integer("limit", self.limit, 1, EXPORT_MAX)
        if self.bom and self.format != "csv":
            raise InvalidInput("bom", "goes with format=csv only")
        if self.at is not None and self.at.way == "prev":
            raise InvalidInput("cursor", "must be a `next`: an export goes forwards")

    @property
    def at(self) -> Cursor | None:
        """The cursor at which the export starts; None at the first job."""
        return Cursor.decode(self.cursor, self.sort) if self.cursor else None


@dataclass(frozen=True, slots=True)
class ExportBatch:
    """The lines of a batch; `rows` is 0 for a header. `cut` is the cursor to continue after an export ended by `limit`."""

    text: str
    rows: int
    cut: str | None = None


async def export_jobs(
    database: Database, schema: Schema, filter: JobFilter, request: ExportRequest
) -> AsyncGenerator[str, None]:
    """The text in batches. After an export that `limit` ended, the last line has the cursor to continue."""
    async with aclosing(export_batches(database, schema, filter, request)) as batches:
        async for batch in batches:
            yield batch.text
            del batch  # before the next one is read, because each may have 20 MB


async def export_batches(
    database: Database, schema: Schema, filter: JobFilter, request: ExportRequest
) -> AsyncGenerator[ExportBatch, None]:
    """As export_jobs, with the number of rows. Batches read the table at different times; no job is exported twice."""
    way = "asc" if request.sort == "id" else "desc"
    line = _line(request.format, filter.redaction)
    parts = {"scan": way, "beyond": f"export_beyond_{way}", **line, **filter.parts(), **forms("full", filter.redaction)}
    arguments, at, left = filter.arguments(), request.at.id if request.at else None, request.limit
    if request.format == "csv":
        yield ExportBatch(BOM * request.bom + ",".join(COLUMNS) + "\r\n", 0)
    while left > 0:
        row = await _read_batch(database, schema, parts, arguments, at, min(BATCH_JOBS, left))
        rows, last = row["rows"], row["rows"] == row["found"] < min(BATCH_JOBS, left)
        at, left, lines = row["last"], left - rows, row["lines"]
        del row
        if rows:
            yield ExportBatch(await filter.redaction.lines(lines, request.format), rows)
        if last:
            return
        del lines
    if (await _read_batch(database, schema, parts, arguments, at, 1))["rows"]:
        yield _cut(request, at)


def _line(format: str, redaction: Redaction) -> dict[str, str]:
    """The SQL blocks of a line. A payload that is redacted by paths is separate from the other cells of a CSV line."""
    separate = format == "csv" and redaction.by_path
    end = "_apart" if separate else ""
    return {"line": f"line_{format}{end}", "csv_payload": "csv_payload_apart" if separate else "csv_payload_with"}


@retried_read
async def _read_batch(
    database: Database, schema: Schema, parts: dict[str, str], arguments: list[object], at: int | None, rows: int
) -> asyncpg.Record:
    async with reading(database, schema, timeout=TIMEOUT, scan=True) as connection:
        text = statement("jobs.export", schema, rough=rough(connection), **parts)
        row = await connection.fetchrow(text, *arguments, at, rows, BATCH_BYTES)
    assert row is not None  # an aggregate always returns a row
    return row


def _cut(request: ExportRequest, last: int | None) -> ExportBatch:
    """The last line of an export that its limit ended."""
    cursor = Cursor(request.sort, "next", str(last), last or 0).encode()
    if request.format == "csv":
        return ExportBatch(f'"# cut after {request.limit} jobs; go on with cursor={cursor}"\r\n', 0, cursor)
    return ExportBatch(json.dumps({"cut": True, "limit": request.limit, "next": cursor}) + "\n", 0, cursor)
