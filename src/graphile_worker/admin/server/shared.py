"""Identical reads are made once: asked for at the same moment, or within their freshness, they share one answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

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
    REST = (
        20  # an expensive answer rests this many times as long as it took, so that asking stays below 5 % of the time
    )

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[float, Answer[object]]] = {}  # with the end of its freshness
        self._running: dict[Hashable, asyncio.Task[Answer[object]]] = {}
        self._generation = 0

    def forget(self) -> None:
        """After a write: whoever asks from now on sees it."""
        self._generation += 1
        self._kept.clear()

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
        return cast(Answer[T], await asyncio.shield(running))

    def _done(self, key: tuple[int, Hashable], done: asyncio.Task[Answer[object]]) -> None:
        """A failure is known, also where nobody waits for it any more."""
        self._running.pop(key, None)
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
