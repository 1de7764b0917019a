"""PostgreSQL's notifications about added jobs: one connection per pool listens while there are subscribers.

`add_job` of every client notifies `jobs:insert`, whatever the schema. A notification is a reason to read a queue again;
it does not count the jobs of one queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any, Protocol

import asyncpg

from graphile_worker.core.database.connection_queue import ConnectionQueue, PoolConnection
from graphile_worker.core.database.driver_errors import BROKEN
from graphile_worker.core.database.transactions import LISTENING_POOL_MIN
from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.core.secrets.redaction import redacting_logger

CHANNEL = "jobs:insert"
CHECK_SECONDS = 30.0  # between checks that the connection is alive
RETRY_SECONDS = 10.0  # after the connection was lost
UNSUPPORTED_RETRY_SECONDS = 300.0  # where the pool is too small, or a pooler does not pass notifications on
ADDED_MAX = 1_000_000_000  # every role may send notifications, with any number
log = redacting_logger("graphile_worker.admin")


class Subscriber(Protocol):
    """Receives the notifications of a JobInsertListener."""

    def jobs_added(self, count: int) -> None:
        """Jobs were added."""

    def listening_changed(self, listening: bool) -> None:
        """Notifications can be expected from now on, or no longer."""


class JobInsertListener:
    """The listening connection of one pool, and its subscribers."""

    def __init__(self, connections: ConnectionQueue) -> None:
        self._connections = connections
        self._subscribers: set[Subscriber] = set()
        self._task: asyncio.Task[None] | None = None
        self.listening: bool | None = None  # None: not known yet

    def subscribe(self, subscriber: Subscriber) -> None:
        """Adds a subscriber; the first one starts the connection."""
        self._subscribers.add(subscriber)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def unsubscribe(self, subscriber: Subscriber) -> asyncio.Task[None] | None:
        """Removes a subscriber. After the last one, returns the task that gives the connection back to the pool."""
        self._subscribers.discard(subscriber)
        task = None
        if not self._subscribers and self._task is not None:
            task, self._task, self.listening = self._task, None, None
            task.cancel()
        return task

    def _set_listening(self, listening: bool) -> None:
        if self.listening != listening:
            self.listening = listening
            for subscriber in list(self._subscribers):
                subscriber.listening_changed(listening)

    async def _run(self) -> None:
        while True:
            wait = RETRY_SECONDS
            try:
                if self._connections.pool.get_max_size() < LISTENING_POOL_MIN or not await self._listen():
                    wait = UNSUPPORTED_RETRY_SECONDS
            except (GraphileWorkerError, *BROKEN) as error:
                log.debug("no notifications of new jobs: %s: %s", type(error).__name__, error)
            self._set_listening(False)
            await asyncio.sleep(wait)

    async def _listen(self) -> bool:
        """Listens until the connection ends; returns at once on a standby. False where a pooler prevents it."""
        connection = await self._connections.acquire(lasting=True)
        try:
            return await self._listen_on(connection)
        finally:
            await self._connections.release(connection)

    async def _listen_on(self, connection: PoolConnection) -> bool:
        # a pooler in transaction mode uses any backend for a transaction, so that notifications do not arrive
        if await connection.fetchval("select pg_backend_pid()", timeout=5) != connection.get_server_pid():
            return False
        if await connection.fetchval("select pg_is_in_recovery()", timeout=5):
            connection.terminate()  # the next connection may lead to the primary server
            return True
        ended = asyncio.Event()

        def end(*_: Any) -> None:
            ended.set()

        connection.add_termination_listener(end)
        try:
            await connection.add_listener(CHANNEL, self._notified)
            self._set_listening(True)
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CHECK_SECONDS):
                        await ended.wait()
                        break
                await connection.fetchval("select 1", timeout=5)
        finally:
            await self._remove_listeners(connection, end)
        return True

    async def _remove_listeners(self, connection: Any, end: Any) -> None:
        """Restores the connection for the pool, or closes it."""
        try:
            connection.remove_termination_listener(end)
            async with asyncio.timeout(2):
                await connection.remove_listener(CHANNEL, self._notified)
        except BROKEN:
            with contextlib.suppress(asyncpg.InterfaceError):
                connection.terminate()

    def _notified(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        count = _added(str(payload))
        if count > 0:
            for subscriber in list(self._subscribers):
                subscriber.jobs_added(count)


def _added(payload: str) -> int:
    """The number in `{"count": n}`: -1 for a job removed by its key. Any other payload counts as one job."""
    try:
        count = json.loads(payload)["count"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return 1
    return min(count, ADDED_MAX) if type(count) is int else 1
