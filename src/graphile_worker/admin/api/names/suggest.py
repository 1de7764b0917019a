"""Suggestions for a filter's input: existing names that begin with a prefix, or are similar to a name without jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.filters import TEXT_MAX, one_of
from graphile_worker.admin.api.jobs.search_terms import like
from graphile_worker.admin.api.names.counted import CountedNames
from graphile_worker.admin.api.names.similar import mistakes_allowed, similar
from graphile_worker.admin.api.names.sql import statement
from graphile_worker.admin.api.responses.tables import SuggestField, Suggestions
from graphile_worker.admin.api.tables.samples import Kind
from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.queue import Queue, Transaction

TIMEOUT = 2.0  # seconds: a later response is of no use while typing
NEAR_MAX = 5000  # names of about the same length that are read
TABLES: dict[str, Kind] = {"identifier": "tasks", "queue": "queues", "worker": "workers"}  # the table of each field


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestRequest:
    """Names of a `field` (vocabulary.SUGGEST_FIELDS) that begin with `prefix` in any case; with `near` also those that are
    similar to it. Raises InvalidInput."""

    field: str
    prefix: str = ""
    limit: int = vocabulary.SUGGEST_DEFAULT
    near: bool = False

    def __post_init__(self) -> None:
        one_of("field", self.field, vocabulary.SUGGEST_FIELDS)
        validation.text("prefix", self.prefix, most=TEXT_MAX, least=1 if self.near else 0)


@retried_read
async def suggest_stored(queue: Queue, request: SuggestRequest) -> Suggestions:
    """Names of tasks or queues, by name. Raises QueryTimeout."""
    pattern = like(request.prefix).removeprefix("%")
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        rows = await tx.fetch(statement(f"suggest.{request.field}"), prefix=pattern, limit=request.limit)
        answer = _answer(request, [row["name"] for row in rows])
        if request.near:
            answer |= await _near(tx, request.field, request.prefix)
    return answer


async def _near(tx: Transaction, field: str, name: str) -> Suggestions:
    wanted = statement(f"suggest.near_{field}")
    rows = await tx.fetch(wanted, name=name, mistakes=mistakes_allowed(name), limit=NEAR_MAX)
    return _similar(name, [row["name"] for row in rows], known=any(row["same"] for row in rows))


def suggest_workers(workers: CountedNames, request: SuggestRequest) -> Suggestions:
    """The same from a sample of the workers: there is no table of their names."""
    begin = request.prefix.casefold()
    names = list(workers.counts)
    answer = _answer(request, [name for name in names if name.casefold().startswith(begin)])
    if request.near:
        answer |= _similar(request.prefix, names, known=request.prefix in names)
    return answer


def with_counts(answer: Suggestions, names: CountedNames | None) -> Suggestions:
    """The suggestions with the number of jobs of each name; null for a name that was not counted."""
    if names is None:
        return answer
    counts = [names.counts.get(name) for name in answer["values"]]
    return {**answer, "counts": counts, "counts_as_of": names.as_of}


def _similar(name: str, names: list[str], *, known: bool) -> Suggestions:
    return cast(Suggestions, {"known": known, "near": [] if known else similar(name, names)})


def _answer(request: SuggestRequest, found: list[str]) -> Suggestions:
    return {
        "field": cast(SuggestField, request.field),
        "values": found[: request.limit],
        "more": len(found) > request.limit,
    }
