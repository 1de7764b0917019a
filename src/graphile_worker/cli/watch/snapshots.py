"""Looks at intervals that a database bears, and that go on when it is away for a while."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol

import msgspec

from graphile_worker.admin.api.tables.live_counts import pulse
from graphile_worker.cli.connection import Session
from graphile_worker.core.exceptions import DatabaseError

SHARE = 4  # times as long as a look took passes before the next one


class Stats(msgspec.Struct):
    """Jobs by state."""

    total: int
    ready: int
    scheduled: int
    locked: int
    failed: int
    blocked: int


class HeldQueue(msgspec.Struct):
    """A queue somebody holds, and how many ready jobs wait behind."""

    queue_name: str
    locked_by: str | None
    locked_secs: float | None
    ready: int


class Holder(msgspec.Struct):
    """A worker that holds something."""

    worker_id: str | None
    jobs: int
    queues: int
    locked_secs: float | None


class Heartbeats(msgspec.Struct):
    """Registered workers."""

    alive: int
    silent: int


class Pulse(msgspec.Struct):
    """What admin.api.pulse answers."""

    as_of: str
    database: str
    stats: Stats
    oldest_ready_secs: float | None
    queues_held: int
    queues: list[HeldQueue]
    workers_holding: int
    workers: list[Holder]
    heartbeats: Heartbeats


@dataclass(frozen=True)
class Look:
    """One answer: its text, what it says, and how many seconds it took."""

    text: str
    pulse: Pulse
    took: float


class View(Protocol):
    """Who is told."""

    def saw(self, look: Look, pause: float) -> None:
        """An answer; the next look is in `pause` seconds."""

    def missed(self, error: DatabaseError) -> None:
        """No answer this time."""


async def look(session: Session, view: View, interval: float, count: int | None, quit: asyncio.Event) -> None:
    """Looks until `count` answers came or somebody quits. Raises SchemaError, AccessError."""
    left, task = count, asyncio.current_task()
    while True:
        if task is not None and task.cancelling():  # the driver can lose a Ctrl-C that meets the end of its wait
            raise asyncio.CancelledError
        begun = time.monotonic()
        pause = interval
        try:
            text = await pulse(session.queue)
        except DatabaseError as error:
            view.missed(error)
        else:
            took = time.monotonic() - begun
            pause = max(interval, SHARE * took)
            view.saw(Look(text, msgspec.json.decode(text.encode("utf-8", "surrogatepass"), type=Pulse), took), pause)
            left = None if left is None else left - 1
            if left == 0:
                return
        try:
            async with asyncio.timeout(pause):
                await quit.wait()
            return
        except TimeoutError:
            pass
