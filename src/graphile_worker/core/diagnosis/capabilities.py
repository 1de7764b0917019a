"""What a role may do in one schema of one database: the facts from the catalog, and the findings that follow from
them."""

from __future__ import annotations

import time
from typing import NamedTuple

import asyncpg

from graphile_worker.core.database.schema_connection import SchemaConnection
from graphile_worker.core.diagnosis import findings
from graphile_worker.core.diagnosis.facts import Facts, Object, Setting
from graphile_worker.core.diagnosis.findings import Finding
from graphile_worker.core.migration.schema_state import SchemaState, probe
from graphile_worker.core.sql import statement


class Capabilities(NamedTuple):
    """The facts about a database and what follows from them.

    `findings` are sentences with their remedies, the gravest first; `offers` has every action of WorkerUtils with the
    reason why it is not offered, or None.
    """

    facts: Facts
    findings: tuple[Finding, ...]
    offers: dict[str, str | None]

    @property
    def state(self) -> SchemaState:
        """The state of the schema."""
        return self.facts.state

    @property
    def sees_heartbeats(self) -> bool:
        """Whether this role may read heartbeats (True also where the schema has none)."""
        return not self.facts.state.has_workers or self.facts.has("_private_workers", "select")

    @property
    def reads_heartbeats(self) -> bool:
        """Whether the schema has heartbeats, and this role may read them."""
        return self.facts.state.has_workers and self.sees_heartbeats

    def require(self, action: str | None = None) -> None:
        """Raises the error of the first finding that forbids reading, or this action."""
        for finding in self.findings:
            if action in finding.forbids or (finding.forbids_reading and action != "migrate"):
                raise finding.error()


async def inspect(connection: SchemaConnection) -> Capabilities:
    """Inspects the catalog; needs no privilege on the schema and changes nothing."""
    state = await probe(connection)
    read_at = time.time()
    role = await connection.fetchrow(statement("capabilities.role"))
    answered = time.time()
    assert role is not None  # the query always returns a row
    privileges = await connection.fetch(statement("capabilities.privileges"))
    source, settings = await _read_only(connection, state)
    facts = Facts(
        schema=connection.schema,
        state=state,
        role=role["role"],
        quoted_role=role["quoted_role"],
        database=role["database"],
        quoted_database=role["quoted_database"],
        server_version=role["server_version"],
        owner=role["owner"],
        can_create_schema=role["can_create_schema"],
        can_create_in_schema=role["can_create_in_schema"],
        can_use_schema=role["can_use_schema"],
        sees_sessions=role["sees_sessions"],
        clock_ahead=_beyond(read_at - role["clock"], answered - role["clock"]),
        read_only_source=source,
        read_only_settings=settings,
        objects=tuple(dict.fromkeys(_object(row) for row in privileges)),
        present=frozenset((row["name"], row["privilege"]) for row in privileges),
        granted=frozenset((row["name"], row["privilege"]) for row in privileges if row["granted"]),
        open=frozenset((row["name"], row["privilege"]) for row in privileges if row["open"]),
        secured=any(row["secured"] for row in privileges),
    )
    found = findings.of(facts)
    return Capabilities(facts, found, findings.offers(found))


def _object(row: asyncpg.Record) -> Object:
    return Object(
        row["kind"], row["name"], row["quoted"], row["owner"], row["owned"], row["has_row_security"], row["forced"]
    )


async def _read_only(connection: SchemaConnection, state: SchemaState) -> tuple[str | None, tuple[Setting, ...]]:
    """The source of a read-only default, and the settings that make it; queried only where there is one."""
    if state.in_recovery or not state.read_only:
        return None, ()
    rows = await connection.fetch(statement("capabilities.read_only"))
    return rows[0]["source"], tuple(
        Setting(row["role"], row["database"], row["on"]) for row in rows if row["on"] is not None
    )


def _beyond(low: float, high: float) -> float:
    """The minimum of seconds by which this machine's clock is ahead of the database's (negative: behind), given the two
    bounds that the round trip allows."""
    return max(low, 0.0) if high > 0 else min(high, 0.0)
