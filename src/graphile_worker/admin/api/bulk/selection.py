"""What a bulk verb is for: all that a filter finds, or ids that are named. Counted first, then taken a few at a time."""

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

SAMPLE = 5  # ids a preview names
_PLACE = re.compile(r"(ids-)?([0-9]{1,19})-([0-9]{1,19})")


@dataclass(frozen=True, slots=True)
class BulkCursor:
    """Where a bulk verb has come to: done up to `after`, and it ends at `last`.

    Both are ids of jobs; where ids are `named`, how many of them.
    """

    after: int
    last: int
    named: bool = False

    def encode(self) -> str:
        """Opaque text for the next step."""
        return f"{'ids-' if self.named else ''}{self.after}-{self.last}"

    @classmethod
    def decode(cls, text: str) -> BulkCursor:
        """Raises InvalidInput("cursor")."""
        match = _PLACE.fullmatch(text)
        if match is None or max(int(match[2]), int(match[3])) > BIGINT_MAX:
            raise InvalidInput("cursor", "is not one of ours: take `next` of a step")
        return cls(int(match[2]), int(match[3]), named=match[1] is not None)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bulk verb would work through now: `count` (exact up to 10,000, else `more`) and the first ids."""

    count: int
    more: bool
    sample: list[int]
    as_of: str


class JobSelection(Protocol):
    """The jobs of a bulk verb."""

    async def preview(self, database: Database, schema: Schema) -> Preview:
        """Counts and samples, changing nothing. Raises QueryTimeout."""

    async def take(
        self, database: Database, schema: Schema, place: BulkCursor | None, most: int
    ) -> tuple[BulkCursor, list[int]]:
        """The place where a step begins, the first one at None, and the ids from there. Raises InvalidInput("cursor")."""

    def passed(self, place: BulkCursor, ids: Sequence[int]) -> BulkCursor:
        """The place after these ids of a step that began at `place`."""


@dataclass(frozen=True, slots=True)
class FilterSelection:
    """All that a filter finds, by id up to the highest of the first step: what a verb changes is not met again."""

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

    async def take(
        self, database: Database, schema: Schema, place: BulkCursor | None, most: int
    ) -> tuple[BulkCursor, list[int]]:
        """As in JobSelection."""
        if place is not None and place.named:
            raise InvalidInput("cursor", "belongs to a list of ids, not to a filter")
        async with reading(database, schema, scan=True) as connection:
            if place is None:
                ends = await connection.fetchrow(statement("jobs.ends", schema))
                place = BulkCursor(0, ends["highest"] or 0) if ends else BulkCursor(0, 0)
            query = statement("jobs.matching_ids", schema, **self.filter.parts())
            rows = await connection.fetch(query, *self.filter.arguments(), place.after, place.last, most)
        return place, [row["id"] for row in rows]

    def passed(self, place: BulkCursor, ids: Sequence[int]) -> BulkCursor:
        """As in JobSelection."""
        return replace(place, after=ids[-1])


@dataclass(frozen=True, slots=True)
class IdSelection:
    """Ids, in the order given, each once. Raises InvalidInput("ids") for what no id can be."""

    ids: Sequence[int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", validation.ids(self.ids))

    async def preview(self, database: Database, schema: Schema) -> Preview:
        """As in JobSelection: of those that are jobs."""
        async with reading(database, schema, scan=True) as connection:
            row = await connection.fetchrow(statement("jobs.named", schema), texts(self.ids), SAMPLE)
        assert row is not None  # an aggregate always answers
        return Preview(row["count"], False, [int(id) for id in row["sample"]], row["as_of"])

    async def take(
        self, database: Database, schema: Schema, place: BulkCursor | None, most: int
    ) -> tuple[BulkCursor, list[int]]:
        """As in JobSelection: no question to the database, which the verb asks about each id."""
        place = place or BulkCursor(0, len(self.ids), named=True)
        if not place.named or place.last != len(self.ids):
            raise InvalidInput("cursor", "belongs to other jobs: send the ids of the first step with it")
        return place, list(self.ids[place.after : place.after + most])

    def passed(self, place: BulkCursor, ids: Sequence[int]) -> BulkCursor:
        """As in JobSelection."""
        return replace(place, after=place.after + len(ids))
