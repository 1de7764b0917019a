"""A partial search: it returns after about a second with the jobs that it found, and the cursor to continue."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import asyncpg

from graphile_worker.admin.api.jobs.cursors import Cursor
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.read import BYTES_MAX, PageRequest, page_row, rough
from graphile_worker.admin.api.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import AnyConnection, Database
from graphile_worker.core.diagnosis.capabilities import reading
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.schema import Schema

SEARCH_SECONDS = 1.0  # after which the search returns
FIRST_SLICE_IDS = 20_000  # ids of the first slice
SLICE_GOAL_SECONDS = 0.25  # intended duration of one slice
SLICE_BYTES = 48 * 1024 * 1024  # of payloads larger than a MiB in one slice, by their maximum size


@retried_read
async def search_jobs(database: Database, schema: Schema, filter: JobFilter, page: PageRequest) -> str:
    """A page as of list_jobs. After a timeout, `partial` is true, `searched` has the range of ids `{"from", "to"}`, and
    `next` continues after it. The sort must be by id, and the direction forwards.
    """
    if not page.by_id or (page.at and page.at.way == "prev") or page.offset:
        raise InvalidInput("partial", "goes with sort=id or -id, forwards and without offset only")
    async with reading(database, schema, scan=True) as connection:
        text = await _slices(connection, schema, filter, page)
    return await filter.redaction.page(text, page.payload)


async def _slices(connection: AnyConnection, schema: Schema, filter: JobFilter, page: PageRequest) -> str:
    ends = await connection.fetchrow(statement("jobs.ends", schema))
    assert ends is not None  # an aggregate always returns a row
    search = _SliceSearch(filter, page, ends["lowest"], ends["highest"])
    started = time.monotonic()
    while True:
        slice_started = time.monotonic()
        if filter.search:
            search.until = await _reach(connection, schema, search)
        wanted = replace(page, limit=search.wanted, cursor=None)
        search.add(await page_row(connection, schema, filter, wanted, search.at, search.until, search.bytes_left))
        if search.over or time.monotonic() - started > SEARCH_SECONDS:
            return search.page_json()
        search.next_slice(time.monotonic() - slice_started)


async def _reach(connection: AnyConnection, schema: Schema, search: _SliceSearch) -> int | None:
    """The end of the next slice, which is nearer where large payloads take longer to read."""
    ways = {"scan": "asc", "after": "above", "within": "up_to"}
    if not search.upwards:
        ways = {"scan": "desc", "after": "below", "within": "down_to"}
    text = statement("jobs.reach", schema, rough=rough(connection), **ways)
    found: int | None = await connection.fetchval(text, search.at.id if search.at else None, search.until, SLICE_BYTES)
    return search.until if found is None else found


class _SliceSearch:
    """The progress of a search: the next slice begins at `at` and ends with `until` (None: all remaining ids)."""

    def __init__(self, filter: JobFilter, page: PageRequest, lowest: int | None, highest: int | None) -> None:
        self.filter = filter
        self.page = page
        self.upwards = page.sort == "id"
        self.end = highest if self.upwards else lowest
        self.begin = lowest if self.upwards else highest
        self.at = page.at
        self.slice_ids = FIRST_SLICE_IDS
        self.wanted = page.limit
        self.bytes_left = BYTES_MAX
        self.rows: list[asyncpg.Record] = []
        self.over = False
        self.first = self._start()
        self.until = self._until()

    def _start(self) -> int | None:
        if self.at is None:
            return self.begin
        return self.at.id + 1 if self.upwards else self.at.id - 1

    def _until(self) -> int | None:
        start = self._start()
        if start is None or self.end is None:
            return None
        until = start + self.slice_ids - 1 if self.upwards else start - self.slice_ids + 1
        return None if (until >= self.end if self.upwards else until <= self.end) else until

    def add(self, row: asyncpg.Record) -> None:
        """Adds the row of one slice."""
        self.rows.append(row)
        self.wanted -= row["rows"]
        self.bytes_left = max(0, self.bytes_left - row["bytes"])
        if row["more"]:
            self.at, self.over = Cursor(self.page.sort, "next", row["last_key"], row["last_id"]), True
        elif self.until is None:
            self.at, self.over = None, True
        else:
            self.at, self.over = Cursor(self.page.sort, "next", str(self.until), self.until), self.wanted == 0

    def next_slice(self, seconds: float) -> None:
        """Sets the size of the next slice by the duration of the last one."""
        self.slice_ids = max(
            1000, min(self.slice_ids * 4, int(self.slice_ids * SLICE_GOAL_SECONDS / max(seconds, 0.001)))
        )
        self.until = self._until()

    def page_json(self) -> str:
        """The page of the jobs in all slices."""
        found = [row for row in self.rows if row["rows"]]
        first = found[0] if found and self.page.at else None
        omitted = [int(id) for row in found for id in row["omitted"] or ()]
        ends = {
            **({"omitted": omitted} if omitted else {}),
            "as_of": self.rows[-1]["as_of"],
            "has_more": self.at is not None,
            "next": self.at.encode() if self.at else None,
            "prev": Cursor(self.page.sort, "prev", first["first_key"], first["first_id"]).encode() if first else None,
            "partial": not self.over,
            "searched": {"from": self.first, "to": self.at.id if self.at else self.end},
            **self.filter.searched_fields(),
        }
        jobs = ",".join(row["jobs"][1:-1] for row in found)
        return f'{{"jobs":[{jobs}],{json.dumps(ends, separators=(",", ":"))[1:]}'
