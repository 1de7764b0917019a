"""One search and one export at a time per source, so that one client cannot slow the others down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from graphile_worker.core.exceptions import GraphileWorkerError

Kind = Literal["search", "export"]
WAIT_SECONDS = 5.0  # that a request of the same source waits
WAITING_MAX = 10  # requests of one source and kind that may wait


class TooManyRequests(GraphileWorkerError):
    """A source has too many simultaneous requests of one kind: 429."""

    code = "too_many_requests"


class Admission:
    """The searches and exports that run or wait, by kind and source."""

    def __init__(self) -> None:
        self._turns: dict[tuple[Kind, str], asyncio.Lock] = {}
        self._present: dict[tuple[Kind, str], int] = {}

    @asynccontextmanager
    async def turn(self, kind: Kind, source: str) -> AsyncIterator[None]:
        """Waits until no other request of this kind and source runs. Raises TooManyRequests."""
        key = kind, source
        if self._present.get(key, 0) > WAITING_MAX:
            raise _error(kind)
        lock = self._turns.setdefault(key, asyncio.Lock())
        self._present[key] = self._present.get(key, 0) + 1
        try:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await lock.acquire()
            except TimeoutError:
                raise _error(kind) from None
            try:
                yield
            finally:
                lock.release()
        finally:
            self._present[key] -= 1
            if not self._present[key]:
                del self._present[key], self._turns[key]


def _error(kind: Kind) -> TooManyRequests:
    message = f"another {kind} from this address is still running"
    return TooManyRequests(message, hint=f"One {kind} runs at a time for an address. Try again when it is done.")
