"""Repeats a read once that the server ended for reasons of its own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from graphile_worker.core.database.driver_errors import interrupted
from graphile_worker.core.exceptions import GraphileWorkerError

P = ParamSpec("P")
T = TypeVar("T")


def retried_read(read: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Repeats a read that a recovery conflict of a standby or a terminated backend ended. The read must have no side
    effects."""

    @wraps(read)
    async def again(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await read(*args, **kwargs)
        except GraphileWorkerError as error:
            if not interrupted(error):
                raise
        return await read(*args, **kwargs)

    return again
