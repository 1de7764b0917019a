"""One search and one export at a time per source: a reader who asks for many keeps nobody else waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from graphile_worker.core.exceptions import GraphileWorkerError

Kind = Literal["search", "export"]
WAIT_SECONDS = 5.0  # that the next one of a source waits for its turn
WAITING_MAX = 10  # that may wait, of one source and kind


class TooManyRequests(GraphileWorkerError):
    """A source asks for more of one kind at the same time than it is given."""

    code = "too_many_requests"


class Admission:
    """Who is searching and exporting now, by kind and source."""

    def __init__(self) -> None:
        self._turns: dict[tuple[Kind, str], asyncio.Lock] = {}
        self._present: dict[tuple[Kind, str], int] = {}

    @asynccontextmanager
    async def turn(self, kind: Kind, source: str) -> AsyncIterator[None]:
        """Waits until nobody else of this source does the same. Raises TooManyRequests."""
        key = kind, source
        if self._present.get(key, 0) > WAITING_MAX:
            raise _refusal(kind)
        lock = self._turns.setdefault(key, asyncio.Lock())
        self._present[key] = self._present.get(key, 0) + 1
        try:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await lock.acquire()
            except TimeoutError:
                raise _refusal(kind) from None
            try:
                yield
            finally:
                lock.release()
        finally:
            self._present[key] -= 1
            if not self._present[key]:
                del self._present[key], self._turns[key]


def _refusal(kind: Kind) -> TooManyRequests:
    message = f"another {kind} from this address is still running"
    return TooManyRequests(message, hint=f"One {kind} runs at a time for an address. Try again when it is done.")
