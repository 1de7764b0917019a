"""Partial search: returns after about a second what was found, how far the search came, and the cursor to continue
with."""

from __future__ import annotations

import time

import asyncpg
import msgspec

from graphile_worker.admin.api.jobs.cursors import Cursor
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.read import BYTES_MAX, PageRequest, bounds_of, omitted_ids, page_row, rough
from graphile_worker.admin.api.responses.jobs import SearchedRows
from graphile_worker.admin.api.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.queue import Queue, Transaction

SLICE_SECONDS = 1.0  # after which the response is sent, whatever was found
FIRST_WINDOW = 20_000  # ids of the first slice
WINDOW_SECONDS = 0.25  # that one slice should take
WINDOW_BYTES = 48 * 1024 * 1024  # of payloads larger than a MiB in one window, counted as what they may come to


@retried_read
async def search_jobs(queue: Queue, filter: JobFilter, page: PageRequest) -> SearchedRows:
    """A page as list_jobs returns it; where the time was over first, `partial` is true and `searched` is `{"from",
    "to"}`, the ids that were read: `next` continues behind them. Only in the order of ids, and forwards.
    """
    if not page.by_id or (page.at and page.at.way == "prev") or page.offset:
        raise InvalidInput("partial", "goes with sort=id or -id, forwards and without offset only")
    async with queue.read(scan=True) as tx:
        scan = await _scanned(tx, filter, page)
    rows = await filter.redaction.rows([text for row in scan.rows for text in row["jobs"]], page.payload)
    return scan.page_of(rows)


async def _scanned(tx: Transaction, filter: JobFilter, page: PageRequest) -> _Scan:
    ends = await tx.fetchrow(statement("search.ends"))
    assert ends is not None  # an aggregate always answers
    scan = _Scan(filter, page, ends["lowest"], ends["highest"])
    started = time.monotonic()
    while True:
        slice_started = time.monotonic()
        if filter.search:
            scan.until = await _reach(tx, scan)
        wanted = msgspec.structs.replace(page, limit=scan.wanted, cursor=None)
        scan.add(await page_row(tx, filter, wanted, scan.at, scan.until, scan.bytes_left))
        if scan.over or time.monotonic() - started > SLICE_SECONDS:
            return scan
        scan.go_on(time.monotonic() - slice_started)


async def _reach(tx: Transaction, scan: _Scan) -> int | None:
    """The last id of the next slice: a nearer one where large payloads exceed what a slice can read in time."""
    way = "asc" if scan.upwards else "desc"
    bounds, ends = bounds_of(scan.page, way, scan.at, scan.until)
    reach = statement("search.reach", rough=rough(tx), scan=way, bounds=bounds)
    found: int | None = await tx.fetchval(reach, **ends, bytes_most=WINDOW_BYTES)
    return scan.until if found is None else found


class _Scan:
    """The progress of a search: `at` is where the next slice begins, `until` the last id that it covers (None: all the
    rest)."""

    def __init__(self, filter: JobFilter, page: PageRequest, lowest: int | None, highest: int | None) -> None:
        self.filter = filter
        self.page = page
        self.upwards = page.sort == "id"
        self.end = highest if self.upwards else lowest
        self.begin = lowest if self.upwards else highest
        self.at = page.at
        self.window = FIRST_WINDOW
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
        until = start + self.window - 1 if self.upwards else start - self.window + 1
        return None if (until >= self.end if self.upwards else until <= self.end) else until

    def add(self, row: asyncpg.Record) -> None:
        """Adds the result of one slice."""
        self.rows.append(row)
        self.wanted -= row["rows"]
        self.bytes_left = max(0, self.bytes_left - row["bytes"])
        if row["more"]:
            self.at, self.over = Cursor(self.page.sort, "next", row["last_key"], row["last_id"]), True
        elif self.until is None:
            self.at, self.over = None, True
        else:
            self.at, self.over = Cursor(self.page.sort, "next", str(self.until), self.until), self.wanted == 0

    def go_on(self, seconds: float) -> None:
        """Sizes the next slice by the time that the last one took."""
        self.window = max(1000, min(self.window * 4, int(self.window * WINDOW_SECONDS / max(seconds, 0.001))))
        self.until = self._until()

    def page_of(self, rows: list[str]) -> SearchedRows:
        """The page of these redacted rows, which the slices found."""
        found = [row for row in self.rows if row["rows"]]
        first = found[0] if found and self.page.at else None
        return {
            "jobs": [msgspec.Raw(text) for text in rows],
            **omitted_ids(found),
            "as_of": self.rows[-1]["as_of"],
            "has_more": self.at is not None,
            "next": self.at.encode() if self.at else None,
            "prev": Cursor(self.page.sort, "prev", first["first_key"], first["first_id"]).encode() if first else None,
            "partial": not self.over,
            "searched": {"from": self.first, "to": self.at.id if self.at else self.end},
            **self.filter.searched_fields(),
        }
