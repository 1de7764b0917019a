"""Suggestions for a filter's input: existing names that begin with a prefix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.filters import TEXT_MAX, one_of
from graphile_worker.admin.api.jobs.search_terms import like
from graphile_worker.admin.api.responses.tables import SuggestField, Suggestions
from graphile_worker.admin.api.sql import statement
from graphile_worker.admin.api.tables.samples import Sample
from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.queue import Queue

TIMEOUT = 2.0  # seconds: a later response is of no use while typing


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestRequest:
    """Names of a `field` (vocabulary.SUGGEST_FIELDS) that begin with `prefix` in any case. Raises InvalidInput."""

    field: str
    prefix: str = ""
    limit: int = vocabulary.SUGGEST_DEFAULT

    def __post_init__(self) -> None:
        one_of("field", self.field, vocabulary.SUGGEST_FIELDS)
        validation.text("prefix", self.prefix, most=TEXT_MAX, least=0)


@retried_read
async def suggest_stored(queue: Queue, request: SuggestRequest) -> Suggestions:
    """Names of tasks or queues, by name. Raises QueryTimeout."""
    pattern = like(request.prefix).removeprefix("%")
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        rows = await tx.fetch(statement(f"suggest.{request.field}"), prefix=pattern, limit=request.limit)
    return _answer(request, [row["name"] for row in rows])


def suggest_workers(workers: Sample, request: SuggestRequest) -> Suggestions:
    """The same from the sample of workers: there is no table of their names."""
    begin = request.prefix.casefold()
    names = (row["name"] for row in workers.rows if row["name"] is not None)
    return _answer(request, [name for name in names if name.casefold().startswith(begin)])


def _answer(request: SuggestRequest, found: list[str]) -> Suggestions:
    return {
        "field": cast(SuggestField, request.field),
        "values": found[: request.limit],
        "more": len(found) > request.limit,
    }
