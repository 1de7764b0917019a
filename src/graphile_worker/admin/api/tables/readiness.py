"""Readiness: whether the database can be reached and the schema read, without a reason."""

from __future__ import annotations

from graphile_worker.admin.api.tables.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.core.queue import Queue

TIMEOUT = 1.0  # seconds: a health check waits no longer


async def ready(queue: Queue) -> bool:
    """Whether a read succeeds now."""
    try:
        await _read(queue)
    except GraphileWorkerError:
        return False
    return True


@retried_read
async def _read(queue: Queue) -> None:
    async with queue.read(timeout=TIMEOUT) as tx:
        await tx.fetchval(statement("database.readable"))
