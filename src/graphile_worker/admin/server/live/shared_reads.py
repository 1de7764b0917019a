"""Identical reads share one result, when they are simultaneous or within the freshness of the result.

A notification about added jobs ends the freshness. The rest of the database, in proportion to its work for the result,
stays: so no number of notifications makes more reads than that.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from graphile_worker.admin.api.redaction.redact import Redaction
from graphile_worker.core.database.waits import measured_waits

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """The value of a read, the time of its start (monotonic seconds), and how many seconds the database worked on it:
    its duration without the waits for a connection and for the network."""

    value: T_co
    made: float
    took: float

    @property
    def age_ms(self) -> int:
        """Milliseconds since the read started."""
        return int((time.monotonic() - self.made) * 1000)


class SharedReads:
    """Results by key. A write by this server discards them."""

    KEPT_MAX = 256
    GRACE = 0.8  # seconds that a read continues when no request waits for it, for a page that is reloaded
    REST = (
        20  # a result is kept for this many times the work on it, so that reads take at most 5 % of the database's time
    )
    REST_MIN = 0.1  # seconds that a result is kept that is not fresh any more
    REST_LATER = 5.0  # seconds of rest that reads after a notification may leave to later

    def __init__(self) -> None:
        # with the end of the freshness, and of the rest
        self._kept: dict[Hashable, tuple[float, float, Answer[object]]] = {}
        self._rests: dict[Hashable, float] = {}  # the end of the rest for all reads of a key
        self._running: dict[Hashable, asyncio.Task[Answer[object]]] = {}
        self._ending: set[asyncio.Task[Answer[object]]] = set()  # cancelled, until the database has the cancellation
        self._waiting: Counter[asyncio.Task[Answer[object]]] = Counter()
        self._generation = 0
        self._outdated_at = float("-inf")  # results of reads that began before are not fresh

    def forget(self) -> None:
        """Drops all answers. A write calls this, so that later reads query the database."""
        self._generation += 1
        self._kept.clear()

    def outdate(self) -> None:
        """Ends the freshness of all answers, after jobs were added: a request gets one only until its rest is over."""
        self._outdated_at = time.monotonic()

    @property
    def common(self) -> SharedReads:
        """The results that no redaction changes."""
        return self

    def for_redaction(self, redaction: Redaction) -> SharedReads:
        """This cache as a request with a redaction uses it: its answers have keys of their own."""
        return _RedactedReads(self, redaction)

    async def get(
        self, key: Hashable, make: Callable[[], Awaitable[T]], freshness: float, *, rest: int = REST
    ) -> Answer[T]:
        """The result for the key, at most `freshness` seconds old, or `rest` times the database's work on it."""
        key = (self._generation, key)
        until, rested, kept = self._kept.get(key, (0.0, 0.0, None))
        if kept is not None and time.monotonic() < (rested if kept.made < self._outdated_at else until):
            return cast(Answer[T], kept)
        running = self._running.get(key)
        if running is None:
            running = asyncio.create_task(self._make(key, make, freshness, rest))
            self._running[key] = running
            running.add_done_callback(lambda done: self._done(key, done))
        self._waiting[running] += 1
        try:
            return cast(Answer[T], await asyncio.shield(running))
        finally:
            self._waiting[running] -= 1
            if not self._waiting[running]:
                del self._waiting[running]
                if not running.done():  # the last one who waited has been cancelled
                    asyncio.get_running_loop().call_later(self.GRACE, self._abandon, key, running)

    def _abandon(self, key: tuple[int, Hashable], running: asyncio.Task[Answer[object]]) -> None:
        """Cancels a read that no request waits for."""
        if not running.done() and running not in self._waiting:
            if self._running.get(key) is running:
                del self._running[key]
            self._ending.add(running)
            running.add_done_callback(self._ending.discard)
            running.cancel()

    async def stop(self) -> None:
        """Cancels every running read, and waits until the database has the cancellations."""
        for task in self._running.values():
            task.cancel()
        if ending := {*self._running.values(), *self._ending}:
            await asyncio.wait(ending)

    def _done(self, key: tuple[int, Hashable], done: asyncio.Task[Answer[object]]) -> None:
        """Removes a completed read and retrieves its exception, which else asyncio would log."""
        if self._running.get(key) is done:
            del self._running[key]
        if not done.cancelled():
            done.exception()

    async def _make(
        self, key: tuple[int, Hashable], make: Callable[[], Awaitable[T]], freshness: float, rest: int
    ) -> Answer[object]:
        started = time.monotonic()
        with measured_waits() as waits:
            value = await make()
        answer: Answer[object] = Answer(value, started, max(0.0, time.monotonic() - started - waits.seconds))
        if key[0] == self._generation:
            while len(self._kept) >= self.KEPT_MAX:  # the result that expires first is dropped
                self._kept.pop(min(self._kept, key=lambda kept: self._kept[kept][0]))
            until = started + max(freshness, rest * answer.took if freshness else 0)
            rested = min(until, max(started + self.REST_MIN, self._add_rest(key, started, rest * answer.took)))
            if (left := until - time.monotonic()) > 0:
                self._kept[key] = until, rested, answer
                asyncio.get_running_loop().call_later(left, self._drop, key)
        return answer

    def _add_rest(self, key: tuple[int, Hashable], started: float, rest: float) -> float:
        """Adds the rest of one read to those of its key. Returns when the key may be read again after a notification: up
        to REST_LATER before the end of all rests, so that one added job is not shown late, and many make no more reads."""
        end = max(self._rests.get(key, 0.0), started) + rest
        if key in self._rests or len(self._rests) < self.KEPT_MAX:
            self._rests[key] = end
            asyncio.get_running_loop().call_later(max(0.0, end - time.monotonic()), self._end_rest, key)
        return end - self.REST_LATER

    def _end_rest(self, key: tuple[int, Hashable]) -> None:
        if self._rests.get(key, float("inf")) <= time.monotonic() + 0.001:
            del self._rests[key]

    def _drop(self, key: tuple[int, Hashable]) -> None:
        """Removes an expired result, unless a newer one has replaced it."""
        if key in self._kept and self._kept[key][0] <= time.monotonic() + 0.001:
            del self._kept[key]


class _RedactedReads(SharedReads):
    """The shared reads for one redaction: the redaction is part of every key."""

    def __init__(self, common: SharedReads, redaction: Redaction) -> None:
        self._common = common
        self._redaction = redaction

    @property
    def common(self) -> SharedReads:
        """As in SharedReads."""
        return self._common

    def forget(self) -> None:
        """As in SharedReads."""
        self._common.forget()

    def outdate(self) -> None:
        """As in SharedReads."""
        self._common.outdate()

    async def get(
        self, key: Hashable, make: Callable[[], Awaitable[T]], freshness: float, *, rest: int = SharedReads.REST
    ) -> Answer[T]:
        """As in SharedReads."""
        return await self._common.get((self._redaction, key), make, freshness, rest=rest)
