"""Reads snapshots of a queue at intervals, slower where reads are slow, and through outages of the database."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol

from graphile_worker.admin.api.tables.live_counts import Changes, LiveCounts, read_live_counts
from graphile_worker.admin.api.tables.rate import SAMPLES_MIN
from graphile_worker.cli.connection import Session
from graphile_worker.core.exceptions import DatabaseError, QueryTimeout

OBSERVED_SECONDS = 61.0  # a trend needs a minute
OBSERVED_SNAPSHOTS = 13  # fewer where a snapshot takes long
OBSERVED_FAILURES = 3  # snapshots that fail one after the other: then no further one is read
SHARE = 4  # the pause is at least so many times the duration of a snapshot


@dataclass(frozen=True)
class Snapshot:
    """A snapshot, and how many seconds the read took."""

    live: LiveCounts
    seconds: float


class View(Protocol):
    """The output of a watch."""

    def show(self, snapshot: Snapshot, pause: float) -> None:
        """Shows a snapshot; the next one follows in `pause` seconds."""

    def show_error(self, error: DatabaseError) -> None:
        """Shows that a snapshot failed."""


async def observe(session: Session) -> LiveCounts:
    """The last snapshot after OBSERVED_SECONDS, with the rate of all: SAMPLES_MIN or more, with pauses as in a watch.

    A snapshot that reaches its time limit is skipped. Raises QueryTimeout where OBSERVED_FAILURES of them follow each
    other.
    """
    changes = Changes()
    begin, taken, failed = time.monotonic(), 0, 0
    while True:
        started = time.monotonic()
        try:
            live = await read_live_counts(session.queue, changes)
        except QueryTimeout:
            failed += 1
            if failed == OBSERVED_FAILURES:
                raise
        else:
            taken, failed = taken + 1, 0
            if taken >= SAMPLES_MIN and time.monotonic() - begin >= OBSERVED_SECONDS:
                return live
        seconds = time.monotonic() - started
        await asyncio.sleep(max(OBSERVED_SECONDS / (OBSERVED_SNAPSHOTS - 1) - seconds, SHARE * seconds))


async def take_snapshots(session: Session, view: View, interval: float, count: int | None, quit: asyncio.Event) -> None:
    """Reads snapshots until there are `count`, or until `quit` is set. Raises SchemaError, AccessError."""
    left, task = count, asyncio.current_task()
    changes = Changes()
    while True:
        if (
            task is not None and task.cancelling()
        ):  # asyncpg can lose a cancellation that arrives at the end of its wait
            raise asyncio.CancelledError
        started = time.monotonic()
        pause = interval
        try:
            live = await read_live_counts(session.queue, changes)
        except DatabaseError as error:
            view.show_error(error)
        else:
            seconds = time.monotonic() - started
            pause = max(interval, SHARE * seconds)
            view.show(Snapshot(live, seconds), pause)
            left = None if left is None else left - 1
            if left == 0:
                return
        try:
            async with asyncio.timeout(pause):
                await quit.wait()
            return
        except TimeoutError:
            pass
