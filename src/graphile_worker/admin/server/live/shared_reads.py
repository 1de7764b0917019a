"""Identical reads are made once: asked for at the same moment, or within their freshness, they share one answer."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from graphile_worker.admin.api.redaction.redact import Redaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A value, when its making began (monotonic seconds), and how long that took."""

    value: T
    made: float
    took: float

    @property
    def age_ms(self) -> int:
        """Milliseconds since the database was asked."""
        return int((time.monotonic() - self.made) * 1000)


class SharedReads:
    """Answers by key, forgotten when a write went through this server."""

    KEPT_MAX = 256
    GRACE = 0.8  # seconds that a read goes on without a waiter: a page that is loaded again finds what came late
    REST = (
        20  # an expensive answer rests this many times as long as it took, so that asking stays below 5 % of the time
    )

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[float, Answer[object]]] = {}  # with the end of its freshness
        self._running: dict[Hashable, asyncio.Task[Answer[object]]] = {}
        self._ending: set[asyncio.Task[Answer[object]]] = set()  # cancelled, while the database is told
        self._waiting: Counter[asyncio.Task[Answer[object]]] = Counter()
        self._generation = 0

    def forget(self) -> None:
        """After a write: whoever asks from now on sees it."""
        self._generation += 1
        self._kept.clear()

    @property
    def common(self) -> SharedReads:
        """The answers that are the same for everybody."""
        return self

    def for_redaction(self, redaction: Redaction) -> SharedReads:
        """The same memory for whoever must not see something: no key is one of those who see everything."""
        return _RedactedReads(self, redaction)

    async def get(
        self, key: Hashable, make: Callable[[], Awaitable[T]], freshness: float, *, rest: int = REST
    ) -> Answer[T]:
        """The answer for the key, at most `freshness` seconds old, or `rest` times as long as its making took."""
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
        """Cancels a read that nobody waits for any more."""
        if not running.done() and running not in self._waiting:
            if self._running.get(key) is running:
                del self._running[key]
            self._ending.add(running)
            running.add_done_callback(self._ending.discard)
            running.cancel()

    async def stop(self) -> None:
        """Cancels everything that is being read, and waits until the database has been told."""
        for task in self._running.values():
            task.cancel()
        if ending := {*self._running.values(), *self._ending}:
            await asyncio.wait(ending)

    def _done(self, key: tuple[int, Hashable], done: asyncio.Task[Answer[object]]) -> None:
        """A failure is known, also where nobody waits for it any more."""
        if self._running.get(key) is done:
            del self._running[key]
        if not done.cancelled():
            done.exception()

    async def _make(
        self, key: tuple[int, Hashable], make: Callable[[], Awaitable[T]], freshness: float, rest: int
    ) -> Answer[object]:
        begun = time.monotonic()
        value = await make()
        answer: Answer[object] = Answer(value, begun, time.monotonic() - begun)
        if key[0] == self._generation:
            while len(self._kept) >= self.KEPT_MAX:  # what would soon be made anew goes first
                self._kept.pop(min(self._kept, key=lambda kept: self._kept[kept][0]))
            until = begun + max(freshness, rest * answer.took if freshness else 0)
            if (left := until - time.monotonic()) > 0:
                self._kept[key] = until, answer
                asyncio.get_running_loop().call_later(left, self._drop, key)
        return answer

    def _drop(self, key: tuple[int, Hashable]) -> None:
        """When it is not fresh any more; one that was made anew since stays."""
        if key in self._kept and self._kept[key][0] <= time.monotonic() + 0.001:
            del self._kept[key]


class _RedactedReads(SharedReads):
    """Reads of one redaction in the memory of all: whatever a route takes for a key, the redaction is part of it."""

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
