"""One verb on everything that matches a filter, a step at a time: each step reports per id and says where to go on.

A step is stateless: whoever asks for the next one continues, whoever does not has stopped. Jobs are walked by id up to
the highest id of the first step, so what a verb changes, or what is added meanwhile, is not met again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from graphile_worker.admin.api.counts import EXACT
from graphile_worker.admin.api.filters import JobFilter
from graphile_worker.admin.api.sql import statement
from graphile_worker.core.actions import CHUNK
from graphile_worker.core.capabilities import reading
from graphile_worker.core.checks import BIGINT_MAX
from graphile_worker.core.database import Database
from graphile_worker.core.errors import AccessError, DatabaseError, InvalidInput, SchemaError
from graphile_worker.core.jobs import JobReport, JobResult
from graphile_worker.core.schema import Schema

STEP_IDS = 500  # ids of one step at most
STEP_SECONDS = 2.0  # after which a step ends with what it has
SAMPLE = 5  # ids a preview names

Act = Callable[[list[int]], Awaitable[JobReport]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bulk verb has come to: done up to id `after`, and it ends at id `last`."""

    after: int
    last: int

    def encode(self) -> str:
        """Opaque text for the next step."""
        return f"{self.after}-{self.last}"

    @classmethod
    def decode(cls, text: str) -> Place:
        """Raises InvalidInput("cursor")."""
        parts = text.split("-")
        if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 19 for part in parts):
            raise InvalidInput("cursor", "is not one of ours: take `next` of a step")
        after, last = (int(part) for part in parts)
        if max(after, last) > BIGINT_MAX:
            raise InvalidInput("cursor", "is not one of ours: take `next` of a step")
        return cls(after, last)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bulk verb would work through now: `count` (exact up to 10,000, else `more`) and the first ids."""

    count: int
    more: bool
    sample: list[int]
    as_of: str


@dataclass(slots=True)
class Step:
    """What one step did: a result per id, and the `next` place, None at the end."""

    results: list[JobResult] = field(default_factory=list)
    next: Place | None = None

    @property
    def outcomes(self) -> dict[str, int]:
        """How many ids came to each outcome."""
        return dict(Counter(result.outcome.value for result in self.results))


async def preview(database: Database, schema: Schema, filter: JobFilter) -> Preview:
    """Counts and samples, changing nothing. Raises QueryTimeout."""
    arguments = filter.arguments()
    async with reading(database, schema) as connection:
        row = await connection.fetchrow(statement("jobs.count", schema), *arguments, EXACT)
        ids = await connection.fetch(statement("jobs.matching_ids", schema), *arguments, 0, BIGINT_MAX, SAMPLE)
    assert row is not None  # an aggregate always answers
    return Preview(row["count"], row["more"], [id["id"] for id in ids], row["as_of"])


async def step(database: Database, schema: Schema, filter: JobFilter, act: Act, place: Place | None = None) -> Step:
    """Applies the verb to the next matching jobs, 50 in a transaction."""
    async with reading(database, schema) as connection:
        if place is None:
            ends = await connection.fetchrow(statement("jobs.ends", schema))
            place = Place(0, ends["highest"] or 0) if ends else Place(0, 0)
        query = statement("jobs.matching_ids", schema)
        rows = await connection.fetch(query, *filter.arguments(), place.after, place.last, STEP_IDS)
    ids = [row["id"] for row in rows]
    done = Step()
    begun = time.monotonic()
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        try:
            done.results += (await act(chunk)).results
        except (DatabaseError, SchemaError, AccessError):
            if not done.results:
                raise
            break  # what was done is told; the next step meets the error, if it is still there
        if time.monotonic() - begun > STEP_SECONDS:
            break
    if len(done.results) < len(ids) or len(ids) == STEP_IDS:
        done.next = Place(done.results[-1].id, place.last)
    return done
