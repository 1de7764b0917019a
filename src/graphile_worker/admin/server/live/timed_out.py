"""Reads that reached their time limit are not started again at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar

from graphile_worker.core.exceptions import QueryTimeout

T = TypeVar("T")
KEYS_MAX = 256


class TimedOutReads:
    """The keys of reads that timed out, each until a rest in proportion to the duration of the read is over.

    A write and a notification do not end a rest: the next read would most likely time out, too.
    """

    REST = 20  # times the duration of the read, so that reads that time out take at most 5 % of the database's time

    def __init__(self) -> None:
        self._until: dict[Hashable, float] = {}

    async def read(
        self, key: Hashable, make: Callable[[], Awaitable[T]], *, limit: float | None = None, rest: float = 0.0
    ) -> T:
        """The result of `make`, which may take `limit` seconds. After a timeout the rest is at least `rest` seconds.

        Raises QueryTimeout, during a rest without a read.
        """
        left = self._until.get(key, 0.0) - time.monotonic()
        if left > 0:
            raise QueryTimeout(f"the last read reached its time limit; the next one can start in {left:.0f} seconds")
        started = time.monotonic()
        try:
            async with asyncio.timeout(limit):
                return await make()
        except (QueryTimeout, TimeoutError) as error:
            self._add(key, time.monotonic() - started, rest)
            if isinstance(error, QueryTimeout):
                raise
            raise QueryTimeout(f"the read took longer than {limit} seconds") from error

    def _add(self, key: Hashable, took: float, rest: float) -> None:
        now = time.monotonic()
        self._until = {one: until for one, until in self._until.items() if until > now}
        while len(self._until) >= KEYS_MAX:  # the rest that ends first is dropped
            del self._until[min(self._until, key=self._until.__getitem__)]
        self._until[key] = now + max(rest, self.REST * took)
