"""All jobs of a filter as one stream, in memory that does not grow: short transactions, a piece at a time."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

import asyncpg

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.cursors import Cursor
from graphile_worker.admin.api.filters import JobFilter, one_of
from graphile_worker.admin.api.jobs import forms
from graphile_worker.admin.api.sql import statement
from graphile_worker.core import checks
from graphile_worker.core.capabilities import reading
from graphile_worker.core.database import Database
from graphile_worker.core.errors import InvalidInput
from graphile_worker.core.schema import Schema

EXPORT_MAX = 1_000_000  # jobs of one export
PIECE = 2000  # jobs of one transaction
TIMEOUT = 60.0  # seconds for a piece: a filter that finds little reads much
COLUMNS = (
    "id", "task_identifier", "queue_name", "state", "run_at", "attempts", "max_attempts", "priority", "key",
    "created_at", "locked_at", "locked_by", "last_error", "payload",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """`format` `ndjson` (a ListedJob a line) or `csv`; `sort` `id` or `-id`; `cursor` a `next` of that order.

    `limit` 1 to 1,000,000. Raises InvalidInput.
    """

    format: str = "ndjson"
    sort: str = "id"
    limit: int = EXPORT_MAX
    cursor: str | None = None

    def __post_init__(self) -> None:
        one_of("format", self.format, vocabulary.EXPORT_FORMATS)
        one_of("sort", self.sort, ("id", "-id"))
        checks.integer("limit", self.limit, 1, EXPORT_MAX)
        if self.at is not None and self.at.way == "prev":
            raise InvalidInput("cursor", "must be a `next`: an export goes forwards")

    @property
    def at(self) -> Cursor | None:
        """Where it begins; None at the end of the table."""
        return Cursor.decode(self.cursor, self.sort) if self.cursor else None


@dataclass(frozen=True, slots=True)
class Piece:
    """The lines of some jobs (0: a header). `cut`: no jobs, the cursor that goes on where `limit` ended the export."""

    text: str
    rows: int
    cut: str | None = None


async def export_jobs(
    database: Database, schema: Schema, filter: JobFilter, request: ExportRequest
) -> AsyncIterator[str]:
    """Text in pieces. Where `limit` cut it off, the last line says so and holds the cursor that goes on."""
    async with aclosing(export_pieces(database, schema, filter, request)) as pieces:
        async for piece in pieces:
            yield piece.text


async def export_pieces(
    database: Database, schema: Schema, filter: JobFilter, request: ExportRequest
) -> AsyncGenerator[Piece, None]:
    """As export_jobs, with what each piece is. They see the table at different moments: a job is there once or not."""
    way = "asc" if request.sort == "id" else "desc"
    parts = {"scan": way, "beyond": f"export_beyond_{way}", "line": f"line_{request.format}", **forms("full")}
    text = statement("jobs.export", schema, **parts)
    arguments, at, left = filter.arguments(), request.at.id if request.at else None, request.limit
    if request.format == "csv":
        yield Piece(",".join(COLUMNS) + "\r\n", 0)
    while left > 0:
        row = await _piece(database, schema, text, arguments, at, min(PIECE, left))
        if row["rows"]:
            yield Piece(row["lines"], row["rows"])
        if row["rows"] < min(PIECE, left):
            return
        at, left = row["last"], left - row["rows"]
    if (await _piece(database, schema, text, arguments, at, 1))["rows"]:
        yield _cut(request, at)


async def _piece(
    database: Database, schema: Schema, text: str, arguments: list[object], at: int | None, rows: int
) -> asyncpg.Record:
    async with reading(database, schema, timeout=TIMEOUT) as connection:
        row = await connection.fetchrow(text, *arguments, at, rows)
    assert row is not None  # an aggregate always answers
    return row


def _cut(request: ExportRequest, last: int | None) -> Piece:
    """The last line of an export that was cut at its limit."""
    cursor = Cursor(request.sort, "next", str(last), last or 0).encode()
    if request.format == "csv":
        return Piece(f'"# cut after {request.limit} jobs; go on with cursor={cursor}"\r\n', 0, cursor)
    return Piece(json.dumps({"cut": True, "limit": request.limit, "next": cursor}) + "\n", 0, cursor)
