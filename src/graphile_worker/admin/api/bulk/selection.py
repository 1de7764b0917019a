"""The jobs of a bulk action: all that match a filter, or a list of ids. Each is previewed, then read page by page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from graphile_worker.admin.api.jobs.counts import EXACT
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.sql import statement
from graphile_worker.core import validation
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.queue import Queue
from graphile_worker.core.sql import texts
from graphile_worker.core.validation import BIGINT_MAX

SAMPLE = 5  # ids in a preview
_CURSOR = re.compile(r"(ids-)?([0-9]{1,19})-([0-9]{1,19})")


@dataclass(frozen=True, slots=True)
class BulkCursor:
    """The position in a selection: everything up to `after` is done, and the selection ends at `last`.

    In a FilterSelection both are job ids; with `of_ids` they count the ids of an IdSelection.
    """

    after: int
    last: int
    of_ids: bool = False

    def encode(self) -> str:
        """Opaque text for the next request."""
        return f"{'ids-' if self.of_ids else ''}{self.after}-{self.last}"

    @classmethod
    def decode(cls, text: str) -> BulkCursor:
        """Raises InvalidInput("cursor")."""
        match = _CURSOR.fullmatch(text)
        if match is None or max(int(match[2]), int(match[3])) > BIGINT_MAX:
            raise InvalidInput("cursor", "is not one of ours: take `next` of a step")
        return cls(int(match[2]), int(match[3]), of_ids=match[1] is not None)


@dataclass(frozen=True, slots=True)
class Preview:
    """How many jobs are selected now (exact up to 10,000, else `more`), and the first ids."""

    count: int
    more: bool
    sample: list[int]
    as_of: str


class JobSelection(Protocol):
    """The jobs of a bulk action."""

    async def preview(self, queue: Queue, action: str) -> Preview:
        """Counts the jobs, changing nothing. Raises QueryTimeout, and PermissionDenied where the action is not allowed."""

    async def page(self, queue: Queue, cursor: BulkCursor | None, limit: int) -> tuple[BulkCursor, list[int]]:
        """The first ids behind the cursor, and the cursor itself; None starts. Raises InvalidInput("cursor")."""

    def advance(self, cursor: BulkCursor, ids: Sequence[int]) -> BulkCursor:
        """The cursor behind these ids of a page."""


@dataclass(frozen=True, slots=True)
class FilterSelection:
    """All jobs that match a filter, by id, up to the highest id at the start: jobs added later are not met."""

    filter: JobFilter

    async def preview(self, queue: Queue, action: str) -> Preview:
        """As in JobSelection."""
        parameters, parts = self.filter.parameters(), self.filter.parts()
        first = {"after": 0, "last": BIGINT_MAX, "rows": SAMPLE}
        async with queue.read(action, scan=True) as tx:
            row = await tx.fetchrow(statement("selection.count", **parts), **parameters, most=EXACT)
            ids = await tx.fetch(statement("selection.ids", **parts), **parameters, **first)
        assert row is not None  # an aggregate always answers
        return Preview(row["count"], row["more"], [id["id"] for id in ids], row["as_of"])

    async def page(self, queue: Queue, cursor: BulkCursor | None, limit: int) -> tuple[BulkCursor, list[int]]:
        """As in JobSelection."""
        if cursor is not None and cursor.of_ids:
            raise InvalidInput("cursor", "belongs to a list of ids, not to a filter")
        async with queue.read(scan=True) as tx:
            if cursor is None:
                ends = await tx.fetchrow(statement("search.ends"))
                cursor = BulkCursor(0, ends["highest"] or 0) if ends else BulkCursor(0, 0)
            window = {"after": cursor.after, "last": cursor.last, "rows": limit}
            query = statement("selection.ids", **self.filter.parts())
            rows = await tx.fetch(query, **self.filter.parameters(), **window)
        return cursor, [row["id"] for row in rows]

    def advance(self, cursor: BulkCursor, ids: Sequence[int]) -> BulkCursor:
        """As in JobSelection."""
        return replace(cursor, after=ids[-1])


@dataclass(frozen=True, slots=True)
class IdSelection:
    """Ids, in the order given, each once. Raises InvalidInput("ids")."""

    ids: Sequence[int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", validation.ids(self.ids))

    async def preview(self, queue: Queue, action: str) -> Preview:
        """As in JobSelection; counts the ids that exist."""
        async with queue.read(action, scan=True) as tx:
            row = await tx.fetchrow(statement("selection.named"), ids=texts(self.ids), sample=SAMPLE)
        assert row is not None  # an aggregate always answers
        return Preview(row["count"], False, [int(id) for id in row["sample"]], row["as_of"])

    async def page(self, queue: Queue, cursor: BulkCursor | None, limit: int) -> tuple[BulkCursor, list[int]]:
        """As in JobSelection; without a query, because the action itself checks each id."""
        cursor = cursor or BulkCursor(0, len(self.ids), of_ids=True)
        if not cursor.of_ids or cursor.last != len(self.ids):
            raise InvalidInput("cursor", "belongs to other jobs: send the ids of the first step with it")
        return cursor, list(self.ids[cursor.after : cursor.after + limit])

    def advance(self, cursor: BulkCursor, ids: Sequence[int]) -> BulkCursor:
        """As in JobSelection."""
        return replace(cursor, after=cursor.after + len(ids))
