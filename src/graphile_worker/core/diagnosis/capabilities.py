"""What one database lets one role do: looked at once, remembered for seconds, said in the same sentences everywhere.

Every read and write of ours begins with `reading` or `writing`, so nothing shows zeros for rows it may not see, and
nothing is tried that cannot succeed.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import asyncpg

from graphile_worker.core.actions.outcome_unknown import with_verification_hint
from graphile_worker.core.database.transactions import (
    LOCK_TIMEOUT,
    READ_TIMEOUT,
    WRITE_TIMEOUT,
    AnyConnection,
    Database,
)
from graphile_worker.core.diagnosis import findings
from graphile_worker.core.diagnosis.facts import Facts, Object, Setting
from graphile_worker.core.diagnosis.findings import Finding
from graphile_worker.core.exceptions import AccessError, DatabaseReadOnly, GraphileWorkerError, SchemaError
from graphile_worker.core.migration.schema_state import SchemaState, probe
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import statement

REMEMBERED = 10.0  # seconds that what a role may do is taken to stay so


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The facts about a database and what follows from them.

    `findings` are sentences with their remedies, the gravest first; `offers` has every action of WorkerUtils with the
    reason why it is not offered, or None.
    """

    facts: Facts
    findings: tuple[Finding, ...]
    offers: dict[str, str | None]

    @property
    def state(self) -> SchemaState:
        """What the schema holds."""
        return self.facts.state

    @property
    def sees_heartbeats(self) -> bool:
        """Whether this role may read who is alive (True also where there are no heartbeats to read)."""
        return not self.facts.state.has_workers or self.facts.has("_private_workers", "select")

    @property
    def reads_heartbeats(self) -> bool:
        """Whether there are heartbeats, and this role may read them."""
        return self.facts.state.has_workers and self.sees_heartbeats

    def require(self, action: str | None = None) -> None:
        """Raises what stands in the way of reading, or of this action."""
        for finding in self.findings:
            if action in finding.forbids or (finding.forbids_reading and action != "migrate"):
                raise finding.error()


async def inspect(connection: AnyConnection, schema: Schema) -> Capabilities:
    """One look; needs no right on the schema and changes nothing."""
    state = await probe(connection, schema)
    asked = time.time()
    role = await connection.fetchrow(statement("capabilities.role", schema))
    answered = time.time()
    assert role is not None  # a select from one row always answers
    rights = await connection.fetch(statement("capabilities.rights", schema))
    source, settings = await _read_only(connection, schema, state)
    facts = Facts(
        schema=schema,
        state=state,
        role=role["role"],
        quoted_role=role["quoted_role"],
        database=role["database"],
        quoted_database=role["quoted_database"],
        server_version=role["server_version"],
        owner=role["owner"],
        may_create_schema=role["may_create_schema"],
        may_create_in_schema=role["may_create_in_schema"],
        may_use_schema=role["may_use_schema"],
        sees_sessions=role["sees_sessions"],
        clock_ahead=_beyond(asked - role["clock"], answered - role["clock"]),
        read_only_source=source,
        read_only_settings=settings,
        objects=tuple(dict.fromkeys(_object(row) for row in rights)),
        present=frozenset((row["name"], row["verb"]) for row in rights),
        granted=frozenset((row["name"], row["verb"]) for row in rights if row["granted"]),
        open=frozenset((row["name"], row["verb"]) for row in rights if row["open"]),
        secured=any(row["secured"] for row in rights),
    )
    found = findings.of(facts)
    return Capabilities(facts, found, findings.offers(found))


def _object(row: asyncpg.Record) -> Object:
    return Object(
        row["kind"], row["name"], row["quoted"], row["owner"], row["owned"], row["has_row_security"], row["forced"]
    )


async def _read_only(
    connection: AnyConnection, schema: Schema, state: SchemaState
) -> tuple[str | None, tuple[Setting, ...]]:
    """Why transactions are read only by default; asked only where they are."""
    if state.in_recovery or not state.read_only:
        return None, ()
    rows = await connection.fetch(statement("capabilities.read_only", schema))
    return rows[0]["source"], tuple(
        Setting(row["role"], row["database"], row["on"]) for row in rows if row["on"] is not None
    )


def _beyond(low: float, high: float) -> float:
    """Seconds that this machine's clock is surely ahead of the database's (negative: behind): the trip is in doubt."""
    return max(low, 0.0) if high > 0 else min(high, 0.0)


class _Memory:
    """What is known of the schemas of one database. `generation` grows with each `forget`."""

    def __init__(self) -> None:
        self.generation = 0
        self.known: dict[str, tuple[float, Capabilities]] = {}
        self.name: str | None = None


_memories: WeakKeyDictionary[Database, _Memory] = WeakKeyDictionary()


async def known(database: Database, connection: AnyConnection, schema: Schema) -> Capabilities:
    """What is known of a schema, at most 10 seconds old."""
    memory = _memories.setdefault(database, _Memory())
    until, capabilities = memory.known.get(schema.name, (0.0, None))
    if capabilities is None or until < time.monotonic():
        generation = memory.generation
        capabilities = await inspect(connection, schema)
        memory.name = capabilities.facts.database
        if capabilities.state.in_recovery:  # new connections lead to the primary once the address does
            await database.pool.expire_connections()
        # not what somebody has made us forget meanwhile, and not what hangs on policies: dropped, they show zeros
        if generation == memory.generation and not capabilities.facts.secured:
            memory.known[schema.name] = (time.monotonic() + REMEMBERED, capabilities)
    return capabilities


def database_name(database: Database) -> str | None:
    """The name of the database, as it was when something of it was last known; None before that."""
    memory = _memories.get(database)
    return memory.name if memory is not None else None


def forget(database: Database, schema: Schema) -> None:
    """After something that may have changed it; the next one looks again."""
    memory = _memories.setdefault(database, _Memory())
    memory.generation += 1
    memory.known.pop(schema.name, None)


async def _require(database: Database, connection: AnyConnection, schema: Schema, action: str | None) -> None:
    """Nobody is refused for what was true some seconds ago: a refusal out of memory is looked at again."""
    try:
        (await known(database, connection, schema)).require(action)
    except GraphileWorkerError:
        forget(database, schema)
        (await known(database, connection, schema)).require(action)


@contextmanager
def _forgetting(database: Database, schema: Schema) -> Iterator[None]:
    """What contradicts our knowledge ends it."""
    try:
        yield
    except (SchemaError, AccessError, DatabaseReadOnly):
        forget(database, schema)
        raise


@asynccontextmanager
async def reading(
    database: Database,
    schema: Schema,
    action: str | None = None,
    *,
    timeout: float = READ_TIMEOUT,
    scan: bool = False,
) -> AsyncIterator[AnyConnection]:
    """A read-only snapshot of a schema whose rows this role surely sees; where it is a look at what an action would do,
    of one that is offered here.

    Raises SchemaMissing, SchemaUnsupported, PermissionDenied, RowSecurity with the remedy, and as Database.read.
    """
    with _forgetting(database, schema):
        async with database.read(timeout=timeout, scan=scan) as connection:
            await _require(database, connection, schema, action)
            yield connection


@asynccontextmanager
async def writing(
    database: Database,
    schema: Schema,
    action: str,
    *,
    timeout: float = WRITE_TIMEOUT,
    lock_timeout: float = LOCK_TIMEOUT,
) -> AsyncIterator[AnyConnection]:
    """A short write transaction for an action that is offered here. Raises as `reading`, DatabaseReadOnly and
    OutcomeUnknown, whose hint says how to find out."""
    with _forgetting(database, schema), with_verification_hint(action):
        async with database.write(timeout=timeout, lock_timeout=lock_timeout) as connection:
            await _require(database, connection, schema, action)
            await connection.execute(statement("capabilities.intent", schema))
            yield connection
