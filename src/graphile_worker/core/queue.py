"""A queue: one schema of one database, and what is known of it. All reads and writes are transactions of a queue."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import TypeVar

from graphile_worker.core import validation
from graphile_worker.core.actions.outcome_unknown import with_verification_hint
from graphile_worker.core.database.schema_connection import SchemaConnection
from graphile_worker.core.database.transactions import (
    LOCK_TIMEOUT,
    READ_TIMEOUT,
    WRITE_TIMEOUT,
    AnyConnection,
    Database,
)
from graphile_worker.core.diagnosis.capabilities import Capabilities, inspect
from graphile_worker.core.exceptions import AccessError, DatabaseReadOnly, GraphileWorkerError, SchemaError
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import statement

Key = TypeVar("Key", bound=object)
REMEMBERED = 10.0  # seconds that the capabilities of a role are kept


class Transaction(SchemaConnection):
    """An open transaction of a queue."""

    def __init__(self, connection: AnyConnection, queue: Queue) -> None:
        super().__init__(connection, queue.schema)
        self.queue = queue

    async def capabilities(self) -> Capabilities:
        """What the role may do in this queue, at most 10 seconds old."""
        return await self.queue.known(self)


class Queue:
    """One schema of one database; the capabilities of the role are inspected once and kept for 10 seconds.

    `read` and `write` begin with a check of these, so that nothing shows zeros for rows that the role may not see, and
    nothing is tried that cannot succeed.
    """

    def __init__(self, database: Database, schema: Schema) -> None:
        self.database = database
        self.schema = schema
        self.database_name: str | None = None  # None before the first transaction
        self._known: tuple[float, Capabilities] | None = None
        self._generation = 0  # grows with each `forget`

    @asynccontextmanager
    async def read(
        self, action: str | None = None, *, timeout: float = READ_TIMEOUT, scan: bool = False, by_key: bool = False
    ) -> AsyncIterator[Transaction]:
        """A read-only snapshot, after a check that the role can see all rows of the schema. `scan`, `by_key`: Database.read.

        With `action` (a dry run) also that action must be permitted. Raises SchemaMissing, SchemaUnsupported,
        PermissionDenied, RowSecurity with the remedy, and as Database.read.
        """
        with self._forgetting():
            async with self.read_unchecked(timeout=timeout, scan=scan, by_key=by_key) as tx:
                await self._require(tx, action)
                yield tx

    @asynccontextmanager
    async def write(
        self, action: str, *, timeout: float = WRITE_TIMEOUT, lock_timeout: float = LOCK_TIMEOUT
    ) -> AsyncIterator[Transaction]:
        """A short write transaction for an action that is permitted here.

        Raises as `read`, DatabaseReadOnly and OutcomeUnknown, whose hint names a way to find the outcome.
        """
        with self._forgetting(), with_verification_hint(action):
            async with self.write_unchecked(timeout=timeout, lock_timeout=lock_timeout) as tx:
                await self._require(tx, action)
                await tx.execute(statement("capabilities.intent"))
                yield tx

    @asynccontextmanager
    async def read_unchecked(
        self, *, timeout: float = READ_TIMEOUT, scan: bool = False, by_key: bool = False
    ) -> AsyncIterator[Transaction]:
        """A read-only snapshot without the check of capabilities: for what inspects the schema itself."""
        async with self.database.read(timeout=timeout, scan=scan, by_key=by_key) as connection:
            yield Transaction(connection, self)

    @asynccontextmanager
    async def write_unchecked(
        self, *, timeout: float = WRITE_TIMEOUT, lock_timeout: float = LOCK_TIMEOUT
    ) -> AsyncIterator[Transaction]:
        """A write transaction without the check of capabilities: for what makes the schema itself."""
        async with self.database.write(timeout=timeout, lock_timeout=lock_timeout) as connection:
            yield Transaction(connection, self)

    async def now(self) -> datetime:
        """The time of the database's clock. Raises as Database.read."""
        async with self.read_unchecked() as tx:
            now: datetime = await tx.fetchval(statement("fragments.now"))
        return now

    async def checked_now(self) -> datetime:
        """As `now`, after the check of `read`: `database_name` is known then. Raises as `read`."""
        async with self.read() as tx:
            now: datetime = await tx.fetchval(statement("fragments.now"))
        return now

    async def absolute_times(
        self, times: Mapping[Key, str | None], *, field: str = "run_at", past: bool = False
    ) -> dict[Key, str | None]:
        """Texts of `validation.time` with every relative time made absolute, by one time of the database's clock.

        The database is asked only where a time is relative. Raises InvalidInput, and as Database.read.
        """
        if not any(map(validation.is_relative, times.values())):
            return dict(times)
        now = await self.now()
        return {
            key: None if text is None else validation.absolute_time(field, text, now, past=past)
            for key, text in times.items()
        }

    async def known(self, connection: SchemaConnection) -> Capabilities:
        """The capabilities of the role, at most 10 seconds old; inspected through this connection where needed."""
        if self._known is not None and self._known[0] >= time.monotonic():
            return self._known[1]
        generation = self._generation
        capabilities = await inspect(connection)
        self.database_name = capabilities.facts.database
        if capabilities.state.in_recovery:  # after a failover new connections reach the primary
            await self.database.pool.expire_connections()
        # Not cached if `forget` was called meanwhile, or if row-level security applies: a dropped policy would hide rows.
        if generation == self._generation and not capabilities.facts.secured:
            self._known = time.monotonic() + REMEMBERED, capabilities
        return capabilities

    def forget(self) -> None:
        """Clears the cached capabilities after a change that may affect them; the next transaction inspects the database."""
        self._generation += 1
        self._known = None

    async def _require(self, tx: Transaction, action: str | None) -> None:
        """A cached "not permitted" is checked against the database before it is raised."""
        try:
            (await self.known(tx)).require(action)
        except GraphileWorkerError:
            self.forget()
            (await self.known(tx)).require(action)

    @contextmanager
    def _forgetting(self) -> Iterator[None]:
        """Clears the cached capabilities after an error that contradicts them."""
        try:
            yield
        except (SchemaError, AccessError, DatabaseReadOnly):
            self.forget()
            raise
