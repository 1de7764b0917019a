"""Identical reads share one result, when they are simultaneous or within the freshness of the result."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from graphile_worker.admin.api.redaction.redact import Redaction

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """The value of a read, the time of its start (monotonic seconds), and its duration."""

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
    REST = 20  # a result is kept for this many times its duration, so that reads take at most 5 % of the time

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[float, Answer[object]]] = {}  # with the end of the freshness
        self._running: dict[Hashable, asyncio.Task[Answer[object]]] = {}
        self._ending: set[asyncio.Task[Answer[object]]] = set()  # cancelled, until the database has the cancellation
        self._waiting: Counter[asyncio.Task[Answer[object]]] = Counter()
        self._generation = 0

    def forget(self) -> None:
        """Drops all answers. A write calls this, so that later reads query the database."""
        self._generation += 1
        self._kept.clear()

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
        """The result for the key, at most `freshness` seconds old, or `rest` times its duration."""
        key = (self._generation, key)
        until, kept = self._kept.get(key, (0.0, None))
        if kept is not None and time.monotonic() < until:
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
        value = await make()
        answer: Answer[object] = Answer(value, started, time.monotonic() - started)
        if key[0] == self._generation:
            while len(self._kept) >= self.KEPT_MAX:  # the result that expires first is dropped
                self._kept.pop(min(self._kept, key=lambda kept: self._kept[kept][0]))
            until = started + max(freshness, rest * answer.took if freshness else 0)
            if (left := until - time.monotonic()) > 0:
                self._kept[key] = until, answer
                asyncio.get_running_loop().call_later(left, self._drop, key)
        return answer

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

    async def get(
        self, key: Hashable, make: Callable[[], Awaitable[T]], freshness: float, *, rest: int = SharedReads.REST
    ) -> Answer[T]:
        """As in SharedReads."""
        return await self._common.get((self._redaction, key), make, freshness, rest=rest)
