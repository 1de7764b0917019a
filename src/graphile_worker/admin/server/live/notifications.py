"""PostgreSQL's notifications about added jobs: one connection per pool listens while there are subscribers.

`add_job` of every client notifies `jobs:insert`, whatever the schema. A notification is a reason to read a queue again;
it does not count the jobs of one queue. The same connection is checked every second, so that subscribers know when the
database does not answer any more. Where no connection may listen, the check uses the pool.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import Any, Protocol

import asyncpg

from graphile_worker.admin.server.live.liveness_check import CHECK_TIMEOUT, check, check_pool
from graphile_worker.core.database.connection_queue import ConnectionQueue, PoolConnection
from graphile_worker.core.database.driver_errors import BROKEN, translate
from graphile_worker.core.database.transactions import LISTENING_POOL_MIN
from graphile_worker.core.exceptions import GraphileWorkerError, PoolBusy
from graphile_worker.core.secrets.redaction import redacting_logger

CHANNEL = "jobs:insert"
CHECK_SECONDS = 1.0  # between two checks that the database answers
RETRY_SECONDS = 10.0  # on a standby, which may become the primary server
UNSUPPORTED_RETRY_SECONDS = 300.0  # where the pool is too small, or a pooler does not pass notifications on
ADDED_MAX = 1_000_000_000  # every role may send notifications, with any number
log = redacting_logger("graphile_worker.admin")


class Subscriber(Protocol):
    """Receives the notifications of a JobInsertListener."""

    def jobs_added(self, count: int) -> None:
        """Jobs were added."""

    def listening_changed(self, listening: bool) -> None:
        """Notifications can be expected from now on, or no longer."""

    def availability_changed(self, error: GraphileWorkerError | None) -> None:
        """The database does not answer, for this reason, or answers again (None)."""


class JobInsertListener:
    """The listening connection of one pool, and its subscribers."""

    def __init__(self, connections: ConnectionQueue) -> None:
        self._connections = connections
        self._subscribers: set[Subscriber] = set()
        self._task: asyncio.Task[None] | None = None
        self.listening: bool | None = None  # None: not known yet
        self._error: GraphileWorkerError | None = None  # why the database does not answer

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
            task, self._task, self.listening, self._error = self._task, None, None, None
            task.cancel()
        return task

    def _set_listening(self, listening: bool) -> None:
        if self.listening != listening:
            self.listening = listening
            for subscriber in list(self._subscribers):
                subscriber.listening_changed(listening)

    async def _run(self) -> None:
        listen_at = 0.0
        while True:
            pause = CHECK_SECONDS
            try:
                if time.monotonic() >= listen_at:
                    pause = await self._listen()
                    listen_at = time.monotonic() + pause
                self._set_listening(False)
                await check_pool(self._connections)
            except PoolBusy:
                pass  # the connections are in use, which is no sign that the database does not answer
            except (GraphileWorkerError, *BROKEN) as error:
                log.debug("the database does not answer: %s: %s", type(error).__name__, error)
                self._set_error(error if isinstance(error, GraphileWorkerError) else translate(error))
            else:
                self._set_error(None)
            self._set_listening(False)
            await asyncio.sleep(min(CHECK_SECONDS, pause))

    def _set_error(self, error: GraphileWorkerError | None) -> None:
        if _words(error) != _words(self._error):
            self._error = error
            for subscriber in list(self._subscribers):
                subscriber.availability_changed(error)

    async def _listen(self) -> float:
        """Listens until the connection ends. Returns after how many seconds another attempt is worth it: at once on a
        standby, and where the pool is too small or a pooler prevents it."""
        if self._connections.pool.get_max_size() < LISTENING_POOL_MIN:
            return UNSUPPORTED_RETRY_SECONDS
        connection = await self._connections.acquire(lasting=True, paced=True)
        try:
            return await self._listen_on(connection)
        finally:
            await self._connections.release(connection)

    async def _listen_on(self, connection: PoolConnection) -> float:
        # a pooler in transaction mode uses any backend for a transaction, so that notifications do not arrive
        if await connection.fetchval("select pg_backend_pid()", timeout=CHECK_TIMEOUT) != connection.get_server_pid():
            return UNSUPPORTED_RETRY_SECONDS
        if await connection.fetchval("select pg_is_in_recovery()", timeout=CHECK_TIMEOUT):
            connection.terminate()  # the next connection may lead to the primary server
            return RETRY_SECONDS
        ended = asyncio.Event()

        def end(*_: Any) -> None:
            ended.set()

        connection.add_termination_listener(end)
        try:
            async with asyncio.timeout(CHECK_TIMEOUT):
                await connection.add_listener(CHANNEL, self._notified)
            self._set_error(None)
            self._set_listening(True)
            await self._check_until(ended, connection)
        finally:
            await self._remove_listeners(connection, end)
        return CHECK_SECONDS

    async def _check_until(self, ended: asyncio.Event, connection: PoolConnection) -> None:
        """Checks the connection every second until it ends. Where it does not answer, subscribers have the error before it
        is raised."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await ended.wait()
                    return
            try:
                await check(connection)
            except GraphileWorkerError as error:
                if not isinstance(error.__cause__, TimeoutError):
                    return  # this session ended, and the database may answer others
                self._set_error(error)
                raise

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


def _words(error: GraphileWorkerError | None) -> tuple[str, str | None] | None:
    return None if error is None else (error.message, error.hint)


def _added(payload: str) -> int:
    """The number in `{"count": n}`: -1 for a job removed by its key. Any other payload counts as one job."""
    try:
        count = json.loads(payload)["count"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return 1
    return min(count, ADDED_MAX) if type(count) is int else 1
