"""The selection of a bulk action: the jobs that a filter matches, or ids. It is counted first, then read in batches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from graphile_worker.admin.api.jobs.counts import EXACT
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.sql import statement
from graphile_worker.core import validation
from graphile_worker.core.database.transactions import Database
from graphile_worker.core.diagnosis.capabilities import reading
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import texts
from graphile_worker.core.validation import BIGINT_MAX

SAMPLE = 5  # ids of a preview
_CURSOR = re.compile(r"(ids-)?([0-9]{1,19})-([0-9]{1,19})")


@dataclass(frozen=True, slots=True)
class BulkCursor:
    """The progress of a bulk action: processed up to and with `after`, ends with `last`.

    Both are ids of jobs; with `counts` they are numbers of ids of an IdSelection.
    """

    after: int
    last: int
    counts: bool = False

    def encode(self) -> str:
        """The text for the next batch."""
        return f"{'ids-' if self.counts else ''}{self.after}-{self.last}"

    @classmethod
    def decode(cls, text: str) -> BulkCursor:
        """Raises InvalidInput("cursor")."""
        match = _CURSOR.fullmatch(text)
        if match is None or max(int(match[2]), int(match[3])) > BIGINT_MAX:
            raise InvalidInput("cursor", "is not one of ours: take `next` of a step")
        return cls(int(match[2]), int(match[3]), counts=match[1] is not None)


@dataclass(frozen=True, slots=True)
class Preview:
    """The jobs that a bulk action would process now: `count` (exact up to 10,000, else with `more`) and the first ids."""

    count: int
    more: bool
    sample: list[int]
    as_of: str


class JobSelection(Protocol):
    """The jobs of a bulk action."""

    async def preview(self, database: Database, schema: Schema) -> Preview:
        """The number of jobs and a sample of their ids. Raises QueryTimeout."""

    async def next_batch(
        self, database: Database, schema: Schema, cursor: BulkCursor | None, limit: int
    ) -> tuple[BulkCursor, list[int]]:
        """The cursor of a batch, also for None, which is the first one, and its ids. Raises InvalidInput("cursor")."""

    def cursor_after(self, cursor: BulkCursor, ids: Sequence[int]) -> BulkCursor:
        """The cursor after these ids of a batch that began at `cursor`."""


@dataclass(frozen=True, slots=True)
class FilterSelection:
    """The jobs that a filter matches, by id up to the highest id at the first batch, so that no job is processed twice."""

    filter: JobFilter

    async def preview(self, database: Database, schema: Schema) -> Preview:
        """As in JobSelection."""
        arguments, parts = self.filter.arguments(), self.filter.parts()
        async with reading(database, schema, scan=True) as connection:
            row = await connection.fetchrow(statement("jobs.count", schema, **parts), *arguments, EXACT)
            ids = await connection.fetch(
                statement("jobs.matching_ids", schema, **parts), *arguments, 0, BIGINT_MAX, SAMPLE
            )
        assert row is not None  # an aggregate always answers
        return Preview(row["count"], row["more"], [id["id"] for id in ids], row["as_of"])

    async def next_batch(
        self, database: Database, schema: Schema, cursor: BulkCursor | None, limit: int
    ) -> tuple[BulkCursor, list[int]]:
        """As in JobSelection."""
        if cursor is not None and cursor.counts:
            raise InvalidInput("cursor", "belongs to a list of ids, not to a filter")
        async with reading(database, schema, scan=True) as connection:
            if cursor is None:
                ends = await connection.fetchrow(statement("jobs.ends", schema))
                cursor = BulkCursor(0, ends["highest"] or 0) if ends else BulkCursor(0, 0)
            query = statement("jobs.matching_ids", schema, **self.filter.parts())
            rows = await connection.fetch(query, *self.filter.arguments(), cursor.after, cursor.last, limit)
        return cursor, [row["id"] for row in rows]

    def cursor_after(self, cursor: BulkCursor, ids: Sequence[int]) -> BulkCursor:
        """As in JobSelection."""
        return replace(cursor, after=ids[-1])


@dataclass(frozen=True, slots=True)
class IdSelection:
    """Ids in the given order without duplicates. Raises InvalidInput("ids") for an invalid id."""

    ids: Sequence[int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", validation.ids(self.ids))

    async def preview(self, database: Database, schema: Schema) -> Preview:
        """As in JobSelection, for the ids that are jobs."""
        async with reading(database, schema, scan=True) as connection:
            row = await connection.fetchrow(statement("jobs.named", schema), texts(self.ids), SAMPLE)
        assert row is not None  # an aggregate always answers
        return Preview(row["count"], False, [int(id) for id in row["sample"]], row["as_of"])

    async def next_batch(
        self, database: Database, schema: Schema, cursor: BulkCursor | None, limit: int
    ) -> tuple[BulkCursor, list[int]]:
        """As in JobSelection. Makes no query, because the action checks each id."""
        cursor = cursor or BulkCursor(0, len(self.ids), counts=True)
        if not cursor.counts or cursor.last != len(self.ids):
            raise InvalidInput("cursor", "belongs to other jobs: send the ids of the first step with it")
        return cursor, list(self.ids[cursor.after : cursor.after + limit])

    def cursor_after(self, cursor: BulkCursor, ids: Sequence[int]) -> BulkCursor:
        """As in JobSelection."""
        return replace(cursor, after=cursor.after + len(ids))
