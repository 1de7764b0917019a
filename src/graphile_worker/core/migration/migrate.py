"""Brings a schema to the newest state: from nothing, or from what Node's or the Rust worker's migrations left."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import asyncpg

from graphile_worker.core.actions.outcome_unknown import with_verification_hint
from graphile_worker.core.database.retry import retry_busy
from graphile_worker.core.database.schema_connection import SchemaConnection
from graphile_worker.core.diagnosis import remedies
from graphile_worker.core.diagnosis.capabilities import Capabilities, inspect
from graphile_worker.core.diagnosis.facts import Facts
from graphile_worker.core.exceptions import GraphileWorkerError, PermissionDenied, SchemaUnsupported
from graphile_worker.core.migration.schema_state import BREAKING, TARGET, SchemaState, probe
from graphile_worker.core.migration.sql import script, statement
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import texts

LOCK_NAMESPACE = (
    0x47574D50  # "GWMP", the first key of the advisory locks of migrations; the second one is a hash of the schema
)
LOCK_WAIT = 30.0  # seconds to wait for another migration of the same schema
TIMEOUT = 120.0  # seconds for the transaction, which may create an index on a large table
FUNCTION_FILES = ("functions", "worker_functions")
RETRY_WAITS = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds before each new try if other sessions hold the locks
SECOND_READ = 0.5  # seconds until an incomplete state is read again, because another migration may be running

# The blocks of converge.sql that create tables and views, on which roles need a grant.
_MADE = {
    "known_crontabs": "_private_known_crontabs",
    "jobs_view": "jobs",
    "workers": "_private_workers",
    "retirements": "_private_job_retirements",
}

# Errors after which the state is read again: a migration of Node or Rust, which takes no advisory lock, has created the
# same objects, there was a deadlock, or a table lock was not available in time.
_TRY_AGAIN = frozenset({"23505", "42P06", "42P07", "42710", "42723", "XX000", "40P01", "40001", "55P03"})


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """`applied` = the migration numbers recorded now (none when nothing was to be done), `found` = the state before.

    `closed_to` = roles that may use the schema, but not the tables made now: they need a recipe of
    `graphile-worker roles` again, because adding a job may write to these tables.
    """

    applied: list[int]
    found: str
    message: str
    closed_to: list[str] = field(default_factory=list)


async def migrate(queue: Queue) -> MigrationReport:
    """Brings the schema to the state of migration 22; safe beside live workers and other migrations.

    Raises SchemaUnsupported (too old, half made, foreign, newer), PermissionDenied, DatabaseReadOnly, Busy.
    """
    found = await _at_rest(queue)
    nothing = _nothing_to_do(found.state, queue.schema)
    if nothing:
        return nothing
    found.require("migrate")
    try:
        return await retry_busy(lambda: _try(queue), RETRY_WAITS, retriable=_retriable)
    finally:
        queue.forget()


async def _at_rest(queue: Queue) -> Capabilities:
    """The capabilities, once the schema no longer changes. A migration of Node or Rust on a new database passes through
    all old states."""
    before = None
    while True:
        async with queue.read_unchecked() as tx:
            found = await inspect(tx)
        if found.state.verdict not in ("too_old", "half") or found.state == before:
            return found
        before = found.state
        await asyncio.sleep(SECOND_READ)


async def _try(queue: Queue) -> MigrationReport:
    """One transaction that migrates the whole schema."""
    try:
        with with_verification_hint("migrate"):
            async with queue.write_unchecked(timeout=TIMEOUT, lock_timeout=LOCK_WAIT) as tx:
                return await _migrate(tx)
    except PermissionDenied as error:
        raise PermissionDenied(
            "this database role may not migrate the schema",
            hint="Migrate as the owner of the schema; a new schema also needs CREATE on the database.",
        ) from error


def _retriable(error: Exception) -> bool:
    """Whether another try may succeed: locks may be free, or another migration of the same schema may have ended."""
    if not isinstance(error, GraphileWorkerError):
        return False
    return isinstance(error, SchemaUnsupported) or _sqlstate(error) in _TRY_AGAIN


def _sqlstate(error: GraphileWorkerError) -> str | None:
    cause = error.__cause__
    return cause.sqlstate if isinstance(cause, asyncpg.PostgresError) else None


def _nothing_to_do(state: SchemaState, schema: Schema) -> MigrationReport | None:
    """The report where there is nothing to do, else None."""
    if state.verdict == "current":
        message = f'schema "{schema.name}" is up to date ({state.found})'
    elif state.verdict == "newer":
        message = (
            f'schema "{schema.name}" is at migration {state.highest}, newer than {TARGET}, and not breaking: unchanged'
        )
    else:
        return None
    return MigrationReport([], state.found, message)


async def _migrate(tx: Transaction) -> MigrationReport:
    await tx.execute(statement("migrate.lock"), namespace=LOCK_NAMESPACE)
    await tx.execute(statement("migrate.short_waits"))
    found = await inspect(tx)  # another program may have migrated meanwhile
    state = found.state
    nothing = _nothing_to_do(state, tx.schema)
    if nothing:
        return nothing
    found.require("migrate")
    if state.verdict == "missing":
        return await _create(tx, state)
    await _become_owner(tx, found.facts)
    applied = list(state.missing_rows)
    await _record(tx, state, applied)
    await _converge(tx, state)
    await tx.execute(statement("migrate.announce"), numbers=texts(applied))
    if applied:
        message = f'schema "{tx.schema.name}" brought from {state.found} to migration {TARGET}'
    else:
        message = f'schema "{tx.schema.name}" repaired: {", ".join(state.missing)}'
    return await _report(tx, state, applied, message)


async def _report(tx: Transaction, state: SchemaState, applied: list[int], message: str) -> MigrationReport:
    """The report of a migration from this state."""
    roles = await closed_to(tx, state.missing)
    if roles:
        message += f". {remedies.recipes_again(tx.schema, roles)}"
    return MigrationReport(applied, state.found, message, roles)


async def closed_to(connection: SchemaConnection, missing: Iterable[str]) -> list[str]:
    """Roles that may not read the tables that these blocks of converge.sql create; also before they are created."""
    made = [_MADE[name] for name in missing if name in _MADE]
    rows = await connection.fetch(statement("migrate.closed_to"), names=made) if made else []
    return [row["role"] for row in rows]


async def _become_owner(tx: Transaction, facts: Facts) -> None:
    """Sets the role to the owner, as which workers run, because the owner lacks privileges on objects that a superuser
    or a member of its role creates.

    The role stays as it is if the owner does not own all objects or row-level security is forced on it.
    """
    owner = facts.worker_owner
    if owner != facts.role and all(thing.owner == owner and not thing.forced for thing in facts.migrated):
        await tx.execute(statement("migrate.become_owner"), role=owner)


async def _create(tx: Transaction, state: SchemaState) -> MigrationReport:
    """Creates all objects. No notification is sent: `worker:migrate` contains no schema, so the breaking migrations would
    stop the Node workers of other schemas in the database."""
    if not state.schema_exists:
        await tx.execute(statement("migrate.create_schema"))
    if not state.migrations_table:
        await tx.execute(statement("migrate.create_migrations"))
    applied = list(range(1, TARGET + 1))
    await _record(tx, await probe(tx), applied)
    await tx.execute(script("base"))
    await _converge(tx, await probe(tx))
    message = f'schema "{tx.schema.name}" created at migration {TARGET}'
    return await _report(tx, state, applied, message)


async def _record(tx: Transaction, state: SchemaState, numbers: list[int]) -> None:
    """Records the numbers before any object is created, as Node and Rust do, so that a second migration waits here
    without holding locks.

    In the other order the migrations could deadlock, and PostgreSQL would choose other names for the sequences.
    """
    if "breaking_column" in state.missing:
        await tx.execute(statement("converge.breaking_column"))
    await tx.execute(statement("migrate.record"), numbers=texts(numbers), breaking=texts(sorted(BREAKING)))


async def _converge(tx: Transaction, state: SchemaState) -> None:
    for name in state.missing:
        if name == "breaking_column":
            continue  # made by _record
        if name == "functions":
            for file in FUNCTION_FILES:
                await tx.execute(script(file))
        else:
            await tx.execute(statement(f"converge.{name}"))
