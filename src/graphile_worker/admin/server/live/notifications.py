"""What PostgreSQL calls out when jobs are added: one connection per pool that listens, only while somebody wants to hear.

`add_job` of every client notifies `jobs:insert`, whatever the schema: it is a reason to look, not a count of one queue.
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
BEAT_SECONDS = 30.0  # until the silent connection is asked whether it still is one
AGAIN_SECONDS = 10.0
DEAF_SECONDS = 300.0  # until it is tried again where nothing can be heard
ADDED_MAX = 1_000_000_000  # anybody may notify anything
log = redacting_logger("graphile_worker.admin")


class Hearer(Protocol):
    """Who is told."""

    def heard(self, added: int) -> None:
        """Some jobs were added."""

    def listening(self, can: bool) -> None:
        """Whether anything would be heard from now on."""


class Hearing:
    """The listening connection of one pool, and who is told what it hears."""

    def __init__(self, connections: ConnectionQueue) -> None:
        self._connections = connections
        self._hearers: set[Hearer] = set()
        self._task: asyncio.Task[None] | None = None
        self.can: bool | None = None  # None: not known yet

    def join(self, hearer: Hearer) -> None:
        """Listens from the first one on."""
        self._hearers.add(hearer)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def leave(self, hearer: Hearer) -> asyncio.Task[None] | None:
        """The last one ends it; the task that gives the connection back, if there is one."""
        self._hearers.discard(hearer)
        task = None
        if not self._hearers and self._task is not None:
            task, self._task, self.can = self._task, None, None
            task.cancel()
        return task

    def _say(self, can: bool) -> None:
        if self.can != can:
            self.can = can
            for hearer in list(self._hearers):
                hearer.listening(can)

    async def _run(self) -> None:
        while True:
            wait = AGAIN_SECONDS
            try:
                if self._connections.pool.get_max_size() < LISTENING_POOL_MIN or not await self._listen():
                    wait = DEAF_SECONDS
            except (GraphileWorkerError, *BROKEN) as error:
                log.debug("nothing is heard of new jobs: %s: %s", type(error).__name__, error)
            self._say(False)
            await asyncio.sleep(wait)

    async def _listen(self) -> bool:
        """Until the connection ends, on a standby at once; false where nothing can be heard for long."""
        connection = await self._connections.acquire(lasting=True)
        try:
            return await self._listen_on(connection)
        finally:
            await self._connections.release(connection)

    async def _listen_on(self, connection: PoolConnection) -> bool:
        # a pooler between us gives each transaction to any backend: what one of them hears does not come to us
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
            await connection.add_listener(CHANNEL, self._heard)
            self._say(True)
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_SECONDS):
                        await ended.wait()
                        break
                await connection.fetchval("select 1", timeout=5)
        finally:
            await self._silence(connection, end)
        return True

    async def _silence(self, connection: Any, end: Any) -> None:
        """A connection goes back as it came, or not at all."""
        try:
            connection.remove_termination_listener(end)
            async with asyncio.timeout(2):
                await connection.remove_listener(CHANNEL, self._heard)
        except BROKEN:
            with contextlib.suppress(asyncpg.InterfaceError):
                connection.terminate()

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        added = _added(str(payload))
        if added > 0:
            for hearer in list(self._hearers):
                hearer.heard(added)


def _added(payload: str) -> int:
    """`{"count": n}`; a job removed by its key says -1, and who says anything else has added one."""
    try:
        count = json.loads(payload)["count"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return 1
    return min(count, ADDED_MAX) if type(count) is int else 1
