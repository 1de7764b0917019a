"""Retries of a transaction that other sessions kept from succeeding."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from graphile_worker.core.exceptions import Busy, PoolBusy

T = TypeVar("T")


def is_busy(error: Exception) -> bool:
    """Whether the error is a lock of another session. A PoolBusy is not retried, because its wait has already ended."""
    return isinstance(error, Busy) and not isinstance(error, PoolBusy)


async def retry_busy(
    transaction: Callable[[], Awaitable[T]],
    waits: Sequence[float],
    *,
    retriable: Callable[[Exception], bool] = is_busy,
) -> T:
    """Runs a transaction, and again after each of the `waits` (seconds) while its error is retriable."""
    for wait in waits:
        try:
            return await transaction()
        except Exception as error:
            if not retriable(error):
                raise
        await asyncio.sleep(wait)
    return await transaction()
