"""Reads snapshots of a queue at intervals, slower where reads are slow, and through outages of the database."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol

from graphile_worker.admin.api.tables.live_counts import Changes, LiveCounts, read_live_counts
from graphile_worker.cli.connection import Session
from graphile_worker.core.exceptions import DatabaseError

OBSERVED_SECONDS = 61.0  # a trend needs a minute
OBSERVED_SNAPSHOTS = 13
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
    """The last of OBSERVED_SNAPSHOTS snapshots in OBSERVED_SECONDS, with the rate of all. Raises QueryTimeout."""
    changes = Changes()
    for _ in range(OBSERVED_SNAPSHOTS - 1):
        started = time.monotonic()
        await read_live_counts(session.queue, changes)
        await asyncio.sleep(started + OBSERVED_SECONDS / (OBSERVED_SNAPSHOTS - 1) - time.monotonic())
    return await read_live_counts(session.queue, changes)


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
