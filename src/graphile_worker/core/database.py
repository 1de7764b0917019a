"""Connections, transactions and their time limits, and how database errors become ours."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg

from graphile_worker.core import errors

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
PoolConnection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
AnyConnection: TypeAlias = "Connection | PoolConnection"

READ_TIMEOUT = 5.0  # seconds a read may take in the database
WRITE_TIMEOUT = 10.0
LOCK_TIMEOUT = 1.0  # seconds a write waits for somebody else's row lock
ACQUIRE_TIMEOUT = 2.0  # seconds to wait for a free connection
WATCHDOG_GRACE = 2.0  # seconds after the server's own deadline before we cut the socket

# What the driver raises; InternalClientError when the server has ended the session and the end has not come through yet.
_BROKEN = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


async def connect(
    dsn: str | None, *, max_connections: int = 5, application_name: str = "graphile-worker-admin"
) -> Pool:
    """A pool that works through PgBouncer too. Raises DatabaseUnavailable, InvalidInput("database-url")."""
    try:
        return await asyncpg.create_pool(
            dsn,
            min_size=0,
            max_size=max_connections,
            statement_cache_size=0,
            timeout=10,
            command_timeout=None,
            reset=_nothing_to_reset,
            server_settings={"application_name": application_name},
        )
    except (ValueError, asyncpg.InterfaceError) as error:
        raise errors.InvalidInput("database-url", f"is not a PostgreSQL address: {error}") from None
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise translate(error) from error


async def _nothing_to_reset(connection: Any) -> None:
    """Everything we set is local to a transaction, so the round trip of a reset is saved."""


class Database:
    """A pool seen through short, bounded transactions."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    @asynccontextmanager
    async def read(self, *, timeout: float = READ_TIMEOUT) -> AsyncIterator[AnyConnection]:
        """A read-only snapshot; `timeout` in seconds for the whole transaction."""
        async with self._transaction("begin isolation level repeatable read read only", timeout, LOCK_TIMEOUT) as c:
            yield c

    @asynccontextmanager
    async def write(
        self, *, timeout: float = WRITE_TIMEOUT, lock_timeout: float = LOCK_TIMEOUT
    ) -> AsyncIterator[AnyConnection]:
        """A short write transaction, committed when the block ends without an error."""
        async with self._transaction("begin isolation level read committed read write", timeout, lock_timeout) as c:
            yield c

    @asynccontextmanager
    async def _transaction(self, begin: str, timeout: float, lock_timeout: float) -> AsyncIterator[AnyConnection]:
        limits = (
            "set local quote_all_identifiers = off; "  # the names of types are compared with what we know
            "set local standard_conforming_strings = on; "  # our patterns have backslashes
            f"set local statement_timeout = {int(timeout * 1000)}; set local lock_timeout = {int(lock_timeout * 1000)}; "
            "set local row_security = on; "  # where a role has it off, also what a policy shows in full is refused
            "set local plan_cache_mode = force_custom_plan"  # optional filters are parameters: plan with their values
        )
        connection = await self._acquire()
        dog = asyncio.get_running_loop().call_later(timeout + WATCHDOG_GRACE, _cut, connection)
        try:
            await connection.execute(f"{begin}; {limits}")
            yield connection
            await connection.execute("commit")
        except BaseException as error:
            # not to be disturbed: who cancels us may do so at every await from here on (anyio does)
            await asyncio.shield(self._give_up(connection, dog))
            if isinstance(error, _BROKEN):
                raise translate(error) from error
            raise
        dog.cancel()
        await self.pool.release(connection, timeout=WATCHDOG_GRACE)

    async def _give_up(self, connection: PoolConnection, dog: asyncio.TimerHandle) -> None:
        try:
            await _roll_back(connection)
        finally:
            dog.cancel()
            await self.pool.release(connection, timeout=WATCHDOG_GRACE)

    async def _acquire(self) -> PoolConnection:
        try:
            return await self.pool.acquire(timeout=ACQUIRE_TIMEOUT)
        except TimeoutError as error:
            if self.pool.get_size() >= self.pool.get_max_size() and self.pool.get_idle_size() == 0:
                raise errors.PoolBusy("all database connections are in use", hint="Try again in a moment.") from error
            raise translate(error) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise translate(error) from error


def _cut(connection: PoolConnection) -> None:
    """Ends a connection that the server did not end: a dead network answers no cancel request."""
    with contextlib.suppress(asyncpg.InterfaceError):  # it has ended by itself, and the pool has taken it back
        connection.terminate()


async def _roll_back(connection: PoolConnection) -> None:
    try:
        if not connection.is_closed():
            async with asyncio.timeout(WATCHDOG_GRACE):
                await connection.execute("rollback")
    except _BROKEN:
        _cut(connection)


_LENGTH_RULES = {
    "tasks_identifier_check": ("identifier", "must be at most 128 characters"),
    "job_queues_queue_name_check": ("queue", "must be at most 128 characters"),
    "jobs_key_check": ("key", "must be 1 to 512 characters"),
    "jobs_max_attempts_check": ("max_attempts", "must be between 1 and 32767"),
}


def translate(error: BaseException) -> errors.GraphileWorkerError:
    """Our error for one of the driver's; the driver's text stays in the log, not in the message."""
    if isinstance(error, asyncpg.PostgresError):
        return _translate_state(error, error.sqlstate or "")
    if isinstance(error, asyncpg.InterfaceError) and "is closing" not in str(error) and "closed" not in str(error):
        return errors.InvalidInput("value", f"is not accepted by the database driver: {error}")
    reason = str(error).strip() or type(error).__name__
    return errors.DatabaseUnavailable(
        "the database could not be reached", hint=f"Check the address and that PostgreSQL runs ({reason})."
    )


def _translate_state(error: asyncpg.PostgresError, state: str) -> errors.GraphileWorkerError:
    if state == "23514":
        name = getattr(error, "constraint_name", None) or ""
        if name in _LENGTH_RULES:
            return errors.InvalidInput(*_LENGTH_RULES[name])
        return errors.Refused(f"the database's rule {name} refuses this")
    fixed = _BY_STATE.get(state) or _BY_CLASS.get(state[:2])
    if fixed is None and state[:1] in _OWN and state[:2] != "XX":
        fixed = _BY_STATE["P0001"]
    if fixed is None:
        return errors.DatabaseError(f"the database refused the statement (SQLSTATE {state})")
    kind, message, hint = fixed
    return kind(message, hint=hint)


_Answer: TypeAlias = "tuple[type[errors.GraphileWorkerError], str, str | None]"
_MIGRATE = "Run `graphile-worker migrate`, or check the schema name."
_BY_STATE: dict[str, _Answer] = {
    "42P01": (errors.SchemaMissing, "the Graphile Worker tables are not in this schema", _MIGRATE),
    "3F000": (errors.SchemaMissing, "the schema does not exist", _MIGRATE),
    "42883": (
        errors.SchemaMissing,
        "a Graphile Worker function is missing in this schema, or a column has another type",
        _MIGRATE,
    ),
    "42703": (errors.SchemaUnsupported, "a column of the Graphile Worker tables is missing", _MIGRATE),
    "42704": (errors.SchemaMissing, "a Graphile Worker type is missing in this schema", _MIGRATE),
    "55000": (errors.Refused, "an object of the schema is not of the kind it should be", None),
    "P0001": (errors.Refused, "a trigger or a function of the database refuses this", None),
    "42501": (
        errors.PermissionDenied,
        "the database role has no right to do this",
        "Connect as the owner of the schema, or have the right granted.",
    ),
    "28P01": (errors.PermissionDenied, "the database refused the password", "Check user and password."),
    "28000": (errors.PermissionDenied, "the database refused this user", "Check user, database and pg_hba.conf."),
    "3D000": (errors.DatabaseUnavailable, "the database does not exist", "Check the database's name in the address."),
    "25006": (errors.DatabaseReadOnly, "the database is read only (a standby?)", "Connect to the primary server."),
    "57014": (errors.QueryTimeout, "the query was ended at its time limit", "Narrow the filter and try again."),
    "55P03": (errors.Busy, "somebody else holds a lock on this", "Try again in a moment."),
    "40001": (errors.Busy, "the database could not serialize this", "Try again."),
    "40P01": (errors.Busy, "the database ended a deadlock", "Try again."),
    "54000": (
        errors.Refused,
        "the answer is larger than the database can build",
        "Ask for fewer rows or payload=none.",
    ),
    "GWNOR": (errors.JobNotScheduled, "the job was not scheduled", "Try again."),
    "2200H": (errors.Refused, "an identity sequence of the schema is used up", "Migrate, then restart the sequence."),
    "21000": (errors.Refused, "the same key stands twice in one batch", None),
    "22021": (
        errors.Refused,
        "text in the database is not UTF-8, so it cannot be shown",
        "Its encoding is SQL_ASCII, which takes any bytes: correct the row, or ask for other rows.",
    ),
    "23502": (errors.Refused, "a value that must be given is missing", None),
    "53300": (errors.DatabaseUnavailable, "the database has no connection left", "Raise max_connections or wait."),
}
_OWN = frozenset("IJKLMNOPQRSTUVWXYZ")  # how classes begin that the standard leaves to whoever raises them
_BY_CLASS: dict[str, _Answer] = {
    "23": (errors.Refused, "a constraint of the database refuses this (a foreign key on the jobs?)", None),
    "27": (errors.Refused, "a trigger or a function of the database refuses this", None),
    "22": (errors.Refused, "the database does not accept a value of this request", None),
    "08": (errors.DatabaseUnavailable, "the connection to the database broke", "Try again."),
    "57": (errors.DatabaseUnavailable, "the database is shutting down or restarting", "Try again in a moment."),
    "53": (errors.DatabaseUnavailable, "the database is out of resources", "Try again in a moment."),
    "28": (errors.PermissionDenied, "the database refused the login", "Check user and password."),
}
