"""Checks whether a database answers, within a time that no working database needs."""

from __future__ import annotations

from graphile_worker.core.database.connection_queue import ConnectionQueue, PoolConnection, cut
from graphile_worker.core.database.driver_errors import BROKEN, translate

CHECK_TIMEOUT = 1.4  # seconds for one check


async def check(connection: PoolConnection) -> None:
    """Raises DatabaseUnavailable, and closes the connection, where it does not answer."""
    try:
        await connection.execute("select 1", timeout=CHECK_TIMEOUT)
    except BROKEN as error:
        cut(connection)
        raise translate(error) from error


async def check_pool(connections: ConnectionQueue) -> None:
    """Checks a connection of the pool. Raises PoolBusy where all are in use, and as ConnectionQueue.acquire."""
    connection = await connections.acquire(CHECK_TIMEOUT, paced=True)
    try:
        await check(connection)
    finally:
        await connections.release(connection)
