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
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.queue import Queue
from graphile_worker.core.sql import texts
from graphile_worker.core.validation import BIGINT_MAX

SAMPLE = 5  # ids a preview names
_PLACE = re.compile(r"(ids-)?([0-9]{1,19})-([0-9]{1,19})")


@dataclass(frozen=True, slots=True)
class Place:
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
    def decode(cls, text: str) -> Place:
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


class Chosen(Protocol):
    """The jobs of a bulk verb."""

    async def preview(self, queue: Queue) -> Preview:
        """Counts and samples, changing nothing. Raises QueryTimeout."""

    async def take(self, queue: Queue, place: Place | None, most: int) -> tuple[Place, list[int]]:
        """The place where a step begins, the first one at None, and the ids from there. Raises InvalidInput("cursor")."""

    def passed(self, place: Place, ids: Sequence[int]) -> Place:
        """The place after these ids of a step that began at `place`."""


@dataclass(frozen=True, slots=True)
class Matching:
    """All that a filter finds, by id up to the highest of the first step: what a verb changes is not met again."""

    filter: JobFilter

    async def preview(self, queue: Queue) -> Preview:
        """As in Chosen."""
        parameters, parts = self.filter.parameters(), self.filter.parts()
        first = {"after": 0, "last": BIGINT_MAX, "rows": SAMPLE}
        async with queue.read(scan=True) as tx:
            row = await tx.fetchrow(statement("selection.count", **parts), **parameters, most=EXACT)
            ids = await tx.fetch(statement("selection.ids", **parts), **parameters, **first)
        assert row is not None  # an aggregate always answers
        return Preview(row["count"], row["more"], [id["id"] for id in ids], row["as_of"])

    async def take(self, queue: Queue, place: Place | None, most: int) -> tuple[Place, list[int]]:
        """As in Chosen."""
        if place is not None and place.named:
            raise InvalidInput("cursor", "belongs to a list of ids, not to a filter")
        async with queue.read(scan=True) as tx:
            if place is None:
                ends = await tx.fetchrow(statement("search.ends"))
                place = Place(0, ends["highest"] or 0) if ends else Place(0, 0)
            window = {"after": place.after, "last": place.last, "rows": most}
            query = statement("selection.ids", **self.filter.parts())
            rows = await tx.fetch(query, **self.filter.parameters(), **window)
        return place, [row["id"] for row in rows]

    def passed(self, place: Place, ids: Sequence[int]) -> Place:
        """As in Chosen."""
        return replace(place, after=ids[-1])


@dataclass(frozen=True, slots=True)
class Named:
    """Ids, in the order given, each once. Raises InvalidInput("ids") for what no id can be."""

    ids: Sequence[int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", validation.ids(self.ids))

    async def preview(self, queue: Queue) -> Preview:
        """As in Chosen: of those that are jobs."""
        async with queue.read(scan=True) as tx:
            row = await tx.fetchrow(statement("selection.named"), ids=texts(self.ids), sample=SAMPLE)
        assert row is not None  # an aggregate always answers
        return Preview(row["count"], False, [int(id) for id in row["sample"]], row["as_of"])

    async def take(self, queue: Queue, place: Place | None, most: int) -> tuple[Place, list[int]]:
        """As in Chosen: no question to the database, which the verb asks about each id."""
        place = place or Place(0, len(self.ids), named=True)
        if not place.named or place.last != len(self.ids):
            raise InvalidInput("cursor", "belongs to other jobs: send the ids of the first step with it")
        return place, list(self.ids[place.after : place.after + most])

    def passed(self, place: Place, ids: Sequence[int]) -> Place:
        """As in Chosen."""
        return replace(place, after=place.after + len(ids))
