"""Tables that need a scan of the jobs: queues, workers, tasks, errors.

Requests that search, sort and page in a table share one scan.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Literal

import asyncpg

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.filters import TEXT_MAX, one_of
from graphile_worker.admin.api.redaction.redact import NO_REDACTION, Redaction
from graphile_worker.admin.api.sql import statement
from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import Database
from graphile_worker.core.diagnosis.capabilities import Capabilities, known, reading
from graphile_worker.core.schema import Schema

TIMEOUT = 15.0  # seconds: a scan of every job, which requests share
ROWS_MAX = 50_000  # of one table, rows with jobs first, so that a sample fits into the memory of a small server
BYTES_MAX = 24 * 1024 * 1024  # of the JSON of these rows, because names, metadata and errors may be long
FAILED_MAX = 50_000  # newest failed jobs whose errors are grouped
FAILED_SECONDS = 2.0  # limit of that grouping; the remaining jobs are left out

Kind = Literal["queues", "workers", "tasks", "errors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRequest:
    """The rows of a table and their order; `search` is a part of a name. Raises InvalidInput."""

    kind: Kind
    search: str = ""
    sort: str
    limit: int = vocabulary.LIMIT_DEFAULT
    offset: int = 0

    def __post_init__(self) -> None:
        one_of("sort", self.sort, [way + word for word in vocabulary.TABLE_SORTS[self.kind] for way in ("", "-")])
        validation.text("search", self.search, most=TEXT_MAX, least=0)


@dataclass(frozen=True)
class Sample:
    """One table at one time, sorted by name, with rows without a name last.

    A row has its `name`, its JSON `text`, and the numbers of its kind (samples.sql). `now` is `as_of` in seconds since
    1970. Of `found` rows at most ROWS_MAX and BYTES_MAX are kept. `facts` are additional members of every page. `whole`
    is false where not every job was read.
    """

    kind: Kind
    as_of: str
    now: float
    found: int
    rows: Sequence[asyncpg.Record]
    facts: Mapping[str, str | int] = field(default_factory=dict)
    whole: bool = True
    _orders: dict[str, list[asyncpg.Record]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def page(self, request: TableRequest) -> str:
        """`{KIND: [row], "total", "has_more", "complete", "as_of"}` and the facts.

        `total` is the number of matching rows; `complete` is false where rows were not kept or jobs were not read.
        """
        rows = self.ordered(request.sort)
        if request.search:
            part = request.search.casefold()
            rows = [row for row in rows if part in (row["name"] or "").casefold()]
        end = request.offset + request.limit
        complete = self.whole and self.found <= len(self.rows)
        counts = {"total": len(rows), "has_more": len(rows) > end, "complete": complete}
        members = {**counts, "as_of": self.as_of, **self.facts}
        shown = ",".join(row["text"] for row in rows[request.offset : end])
        return f'{{"{self.kind}":[{shown}],{json.dumps(members, separators=(",", ":"))[1:]}'

    def ordered(self, sort: str) -> list[asyncpg.Record]:
        """The rows in an order of vocabulary.TABLE_SORTS, equal ones by name. Rows without a value are always last."""
        if sort not in self._orders:
            self._orders[sort] = self._sorted(sort.removeprefix("-"), descending=sort.startswith("-"))
        return self._orders[sort]

    def _sorted(self, word: str, *, descending: bool) -> list[asyncpg.Record]:
        by_name = word == vocabulary.TABLE_SORTS[self.kind][0]
        column = "name" if by_name else word
        valued = [row for row in self.rows if row[column] is not None]
        if not by_name:
            valued.sort(key=itemgetter(column), reverse=descending)
        elif descending:
            valued.reverse()
        return valued + [row for row in self.rows if row[column] is None]


@retried_read
async def sample(database: Database, schema: Schema, kind: Kind, redaction: Redaction = NO_REDACTION) -> Sample:
    """One scan.

    The facts of workers have `heartbeats`: `seen`, `unseen` (no permission) or `none` (no table); those of errors have
    `looked`, the number of failed jobs that were grouped, the newest first. Raises QueryTimeout, Redacted for hidden
    errors, and the errors of `capabilities.reading`.
    """
    if kind == "errors":
        redaction.require_errors("error texts are hidden from you")
    async with reading(database, schema, timeout=TIMEOUT, scan=True) as connection:
        heartbeats = _heartbeats(await known(database, connection, schema))
        beats = "beats_seen" if heartbeats == "seen" else "beats_unseen"
        head = await connection.fetchrow(statement("samples.now", schema))
        said = "said_hidden" if redaction else "said_shown"
        found = "found_below" if kind == "queues" else "found_here"
        text = statement("samples.sample", schema, rows=kind, beats=beats, said=said, found=found)
        rows = await connection.fetch(text, ROWS_MAX, BYTES_MAX, *_bounds(kind))
    assert head is not None  # a select without a table always returns a row
    rows.sort(key=_by_name)
    facts: dict[str, str | int] = {}
    if kind == "workers":
        facts["heartbeats"] = heartbeats
    if kind == "errors":
        facts["looked"] = rows[0]["jobs"] if rows else 0
    whole = rows[0]["whole"] if rows and kind == "errors" else True
    return Sample(kind, head["as_of"], head["now"], rows[0]["found"] if rows else 0, rows, facts, whole)


def _bounds(kind: Kind) -> list[float]:
    """The parameters from $3 on (samples.sql)."""
    if kind == "errors":
        return [FAILED_MAX, FAILED_SECONDS]
    return [] if kind == "tasks" else [vocabulary.OLD_LOCK_SECONDS]


def _by_name(row: asyncpg.Record) -> tuple[bool, str, str]:
    name = row["name"]
    return (name is None, (name or "").casefold(), name or "")


def _heartbeats(capabilities: Capabilities) -> Literal["seen", "unseen", "none"]:
    if not capabilities.state.has_workers:
        return "none"
    return "seen" if capabilities.sees_heartbeats else "unseen"
