"""Pools, transactions with their time limits, and the translation of the errors that end them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, NoReturn, TypeAlias

import asyncpg

from graphile_worker.conninfo import ConnectOptions, resolve
from graphile_worker.core import exceptions
from graphile_worker.core.database.connection_queue import ACQUIRE_TIMEOUT, ConnectionQueue, Pool, PoolConnection, cut
from graphile_worker.core.database.driver_errors import BROKEN, at_begin, at_commit, in_read, translate
from graphile_worker.core.database.opener import Opener
from graphile_worker.core.database.transaction_settings import READ, READ_BY_KEY, WRITE, Kind, begin
from graphile_worker.core.database.waits import add_trips, add_wait, end_trips
from graphile_worker.core.secrets.redaction import redacting_logger

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
AnyConnection: TypeAlias = "Connection | PoolConnection"
Translate: TypeAlias = Callable[[BaseException], exceptions.GraphileWorkerError]

READ_TIMEOUT = 5.0  # seconds a read may take in the database
WRITE_TIMEOUT = 10.0
LOCK_TIMEOUT = 1.0  # seconds a write waits for somebody else's row lock
LISTENING_POOL_MIN = 4  # connections of a pool of which one may listen for new jobs; a smaller pool is needed for reads
NO_LIMIT_SECONDS = 60.0  # that an attempt of a pool may take for each host where the address says connect_timeout=0
WATCHDOG_GRACE = 2.0  # seconds after the server's own deadline before we cut the socket

_log = redacting_logger("graphile_worker")

__all__ = ["BROKEN", "Database", "Pool", "PoolConnection", "connect", "translate"]


async def connect(
    address: str | ConnectOptions | None,
    *,
    max_connections: int = 5,
    application_name: str = "graphile-worker-admin",
    keep_statements: bool = True,
) -> Pool:
    """A pool that works through PgBouncer too, and connects when it is first used. Raises InvalidInput("database-url").

    Args:
        address: a URI, `keyword=value` pairs, or what `conninfo.resolve` made of them; None where libpq's environment
            variables say it all.
        application_name: the name in `pg_stat_activity`, unless the address or PGAPPNAME gives one.
        keep_statements: whether connections keep their prepared statements, except through a pooler. A program that ends
            after a few statements connects sooner without.
    """
    options = address if isinstance(address, ConnectOptions) else _resolved(address)
    options = options.named(application_name)
    if options.connect_timeout == 0:  # endless attempts would use up the connections of the pool
        options = replace(options, connect_timeout=NO_LIMIT_SECONDS)
    opener: Any = Opener(options, keep_statements=keep_statements)
    return await asyncpg.create_pool(connect=opener, min_size=0, max_size=max_connections, reset=_nothing_to_reset)


def _resolved(address: str | None) -> ConnectOptions:
    options = resolve(address)
    for note in options.notes:
        _log.warning(note)
    return options


async def _nothing_to_reset(connection: Any) -> None:
    """All settings are local to a transaction, so the round trip of a reset is saved."""


class Database:
    """Runs short transactions with time limits on the connections of a pool."""

    def __init__(self, pool: Pool) -> None:
        self.connections = ConnectionQueue(pool)
        # How many scans run at a time: all connections but one, and but the one that listens. Schemas of one pool share it.
        self.scans = asyncio.Semaphore(max(1, pool.get_max_size() - 1 - (pool.get_max_size() >= LISTENING_POOL_MIN)))

    @property
    def pool(self) -> Pool:
        """The pool, which may have other users."""
        return self.connections.pool

    def share(self, other: Database) -> None:
        """Shares the queue for connections, and the limit of scans, with another Database of the same pool."""
        self.connections, self.scans = other.connections, other.scans

    @asynccontextmanager
    async def read(
        self, *, timeout: float = READ_TIMEOUT, scan: bool = False, by_key: bool = False
    ) -> AsyncIterator[AnyConnection]:
        """A read-only snapshot; `timeout` in seconds for the whole transaction.

        A `scan` may read a whole table. The limit of concurrent scans leaves connections of the pool free for other
        transactions. `by_key`: the statements find rows by unique keys, so that PostgreSQL may use one plan for all values.
        """
        kind = READ_BY_KEY if by_key else READ
        async with self._scan() if scan else contextlib.nullcontext():
            async with self._transaction(kind, timeout, LOCK_TIMEOUT) as connection:
                yield connection

    @asynccontextmanager
    async def _scan(self) -> AsyncIterator[None]:
        started = time.monotonic()
        try:
            async with asyncio.timeout(ACQUIRE_TIMEOUT):
                await self.scans.acquire()
        except TimeoutError:
            message = "all database connections for searches and counts are in use"
            raise exceptions.PoolBusy(message, hint="Try again in a moment.") from None
        add_wait(time.monotonic() - started)
        try:
            yield
        finally:
            self.scans.release()

    @asynccontextmanager
    async def write(
        self, *, timeout: float = WRITE_TIMEOUT, lock_timeout: float = LOCK_TIMEOUT
    ) -> AsyncIterator[AnyConnection]:
        """A short write transaction, committed when the block ends without an error.

        Raises OutcomeUnknown when the connection breaks after the commit was sent, DatabaseReadOnly on a standby.
        """
        async with self._transaction(WRITE, timeout, lock_timeout) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, kind: Kind, timeout: float, lock_timeout: float) -> AsyncIterator[AnyConnection]:
        try:
            connection, dog = await self._begin(kind, timeout, lock_timeout)
        except exceptions.DatabaseReadOnly:  # a new connection may reach the primary server
            connection, dog = await self._begin(kind, timeout, lock_timeout)
        writes = kind.writes
        rule = translate if writes else in_read
        try:
            yield connection
            if writes and not connection.is_closed():
                rule = at_commit
            started = time.monotonic()
            if await connection.execute("commit") == "ROLLBACK" and writes:
                raise exceptions.DatabaseError("the database rolled the transaction back", hint="Nothing was changed.")
            if not writes:  # then the commit costs the server nothing
                end_trips(self.connections.round_trip(time.monotonic() - started))
        except BaseException as error:
            await self._fail(connection, dog, error, rule)
        dog.cancel()
        await self.connections.release(connection)

    async def _begin(
        self, kind: Kind, timeout: float, lock_timeout: float
    ) -> tuple[PoolConnection, asyncio.TimerHandle]:
        """A connection with an open transaction, and the watchdog that cuts it."""
        started = time.monotonic()
        connection = await self.connections.acquire()
        add_wait(time.monotonic() - started)
        dog = asyncio.get_running_loop().call_later(timeout + WATCHDOG_GRACE, cut, connection)
        try:
            text = begin(
                kind, timeout=timeout, lock_timeout=lock_timeout, idle_timeout=timeout + WATCHDOG_GRACE,
                server=connection.get_server_version().major,
            )  # fmt: skip
            await connection.execute(text)
            add_trips(2)  # also of the commit
        except BaseException as error:
            await self._fail(connection, dog, error, at_begin)
        return connection, dog

    async def _fail(
        self, connection: PoolConnection, dog: asyncio.TimerHandle, error: BaseException, rule: Translate
    ) -> NoReturn:
        """Returns the connection, and raises the exception for an error of the driver, or the error itself."""
        ours = rule(error) if isinstance(error, BROKEN) else error
        if isinstance(ours, exceptions.DatabaseReadOnly):
            await self.pool.expire_connections()  # all of them may be connected to a former primary
        # shielded: anyio may cancel at every await from here on
        await asyncio.shield(self._give_up(connection, dog))
        if ours is error:
            raise error
        raise ours from error

    async def _give_up(self, connection: PoolConnection, dog: asyncio.TimerHandle) -> None:
        try:
            await _roll_back(connection)
        finally:
            dog.cancel()
            await self.connections.release(connection)


async def _roll_back(connection: PoolConnection) -> None:
    try:
        if not connection.is_closed():
            async with asyncio.timeout(WATCHDOG_GRACE):
                await connection.execute("rollback")
    except BROKEN:
        cut(connection)
