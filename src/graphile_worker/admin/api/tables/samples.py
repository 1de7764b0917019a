"""Tables that cost a scan of the jobs: queues, workers, tasks, errors.

One scan serves all searches, orders and pages of a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Literal

import asyncpg
import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.filters import TEXT_MAX, one_of
from graphile_worker.admin.api.redaction.redact import NO_REDACTION, Redaction
from graphile_worker.admin.api.tables.sql import statement
from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.diagnosis.capabilities import Capabilities
from graphile_worker.core.locks.sessions import LISTENERS_MAX, session_evidence
from graphile_worker.core.queue import Queue

TIMEOUT = 15.0  # seconds: a scan of every job, which requests share
ROWS_MAX = 50_000  # of one table, those with something in them first: more would not fit into a small server
BYTES_MAX = 24 * 1024 * 1024  # of the JSON of these rows: names, metadata and errors may be long
FAILED_MAX = 50_000  # newest failed jobs, and newest retrying ones, whose errors are grouped
FAILED_SECONDS = 2.0  # that this may take; jobs that are not read then are left out

_NONE_READ = {"looked": 0, "retrying_read": 0}
Kind = Literal["queues", "workers", "tasks", "errors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRequest:
    """Which rows of a table, in which order; `search` is any part of a name. Raises InvalidInput.

    `since` and `until`, seconds since 1970, are for errors: those whose last failure is at or after `since`,
    and whose first failure is before `until`. `held` is for queues: those that are locked.
    """

    kind: Kind
    search: str = ""
    sort: str
    limit: int = vocabulary.LIMIT_DEFAULT
    offset: int = 0
    since: float | None = None
    until: float | None = None
    held: bool = False

    def __post_init__(self) -> None:
        one_of("sort", self.sort, [way + word for word in vocabulary.TABLE_SORTS[self.kind] for way in ("", "-")])
        validation.text("search", self.search, most=TEXT_MAX, least=0)


@dataclass(frozen=True, slots=True)
class TablePage:
    """A page of a table: each row is the JSON text that PostgreSQL built, `facts` are the members of its kind.

    `total` is how many rows match; `complete` is false where there are more than are kept, or not all were read.
    """

    kind: Kind
    rows: list[msgspec.Raw]
    total: int
    has_more: bool
    complete: bool
    as_of: str
    facts: Mapping[str, Any]

    def output(self) -> dict[str, Any]:
        """The members of the response, without its age."""
        return {
            self.kind: self.rows,
            "total": self.total,
            "has_more": self.has_more,
            "complete": self.complete,
            "as_of": self.as_of,
            **self.facts,
        }


@dataclass(frozen=True)
class Sample:
    """One table at one moment, by name, rows without a name last.

    A row has its `name`, its JSON `text`, and the numbers of its kind (samples.sql). `now` is `as_of` in seconds since
    1970; of `found` rows ROWS_MAX and BYTES_MAX are kept at most; `facts` are more members of every response; not
    `complete` is false where there are more failed jobs than were read.
    """

    kind: Kind
    as_of: str
    now: float
    found: int
    rows: Sequence[asyncpg.Record]
    facts: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = True
    _orders: dict[str, list[asyncpg.Record]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def page(self, request: TableRequest) -> TablePage:
        """The rows that match, in the order and the part of the request."""
        rows = self.ordered(request.sort)
        if request.search:
            part = request.search.casefold()
            rows = [row for row in rows if part in (row["name"] or "").casefold()]
        if request.since is not None:
            rows = [row for row in rows if row["last"] is not None and row["last"] >= request.since]
        if request.until is not None:
            rows = [row for row in rows if row["first"] is not None and row["first"] < request.until]
        if request.held:
            rows = [row for row in rows if row["locked"]]
        end = request.offset + request.limit
        return TablePage(
            kind=self.kind,
            rows=[msgspec.Raw(row["text"]) for row in rows[request.offset : end]],
            total=len(rows),
            has_more=len(rows) > end,
            complete=self.complete and self.found <= len(self.rows),
            as_of=self.as_of,
            facts=self.facts,
        )

    def seconds(self, name: str, text: str) -> float:
        """A time as `since` and `until` take it; a relative one is by the clock of the sample. Raises InvalidInput."""
        absolute = validation.absolute_time(name, text, datetime.fromtimestamp(self.now, UTC), past=True)
        return datetime.fromisoformat(absolute).timestamp()

    def ordered(self, sort: str) -> list[asyncpg.Record]:
        """The rows by a word of vocabulary.TABLE_SORTS, equal ones by name; those without a value are last either
        way."""
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
async def sample(queue: Queue, kind: Kind, redaction: Redaction = NO_REDACTION) -> Sample:
    """Scans one table. For workers the facts say whether heartbeats are `seen`, `unseen` (no privilege) or `none` (no
    table), and which sessions listen for jobs; for errors how many failed (`looked`) and retrying jobs (`retrying_read`) were read, the newest first.

    Raises QueryTimeout, Redacted for errors that are hidden, and as Queue.read.
    """
    if kind == "errors":
        redaction.require_errors("error texts are hidden from you")
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        heartbeats = _heartbeats(await tx.capabilities())
        beats = "beats_seen" if heartbeats == "seen" else "beats_unseen"
        head = await tx.fetchrow(statement("samples.now"))
        error = "error_hidden" if redaction else "error_shown"
        found = "found_below" if kind == "queues" else "found_here"
        table = statement("samples.sample", rows=kind, beats=beats, error=error, found=found)
        sessions = await session_evidence(tx, listeners=LISTENERS_MAX) if kind == "workers" else None
        rows = await tx.fetch(table, rows_most=ROWS_MAX, bytes_most=BYTES_MAX, **_bounds(kind))
    assert head is not None  # a select from no table always answers
    rows.sort(key=_by_name)
    facts: dict[str, Any] = {}
    if sessions is not None:
        facts |= {"heartbeats": heartbeats, "listeners_visible": sessions.visible, "fetching": sessions.fetching}
        facts["listeners"] = [asdict(one) for one in sessions.listeners]
    if kind == "errors":
        facts |= {"looked": rows[0]["jobs"], "retrying_read": rows[0]["retrying_jobs"]} if rows else _NONE_READ
    complete = rows[0]["complete"] if rows and kind == "errors" else True
    return Sample(kind, head["as_of"], head["now"], rows[0]["found"] if rows else 0, rows, facts, complete)


def _bounds(kind: Kind) -> dict[str, float]:
    """The parameters that only the errors have (samples.sql)."""
    return {"jobs_most": FAILED_MAX, "seconds_most": FAILED_SECONDS} if kind == "errors" else {}


def _by_name(row: asyncpg.Record) -> tuple[bool, str, str]:
    name = row["name"]
    return (name is None, (name or "").casefold(), name or "")


def _heartbeats(capabilities: Capabilities) -> Literal["seen", "unseen", "none"]:
    if not capabilities.state.has_workers:
        return "none"
    return "seen" if capabilities.sees_heartbeats else "unseen"
