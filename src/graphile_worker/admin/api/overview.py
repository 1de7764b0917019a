"""Counts: totals, queues, lock holders, heartbeats. The answers are JSON text that PostgreSQL built."""

from __future__ import annotations

from collections.abc import Collection

from graphile_worker.admin.api.activity import Moment, counters
from graphile_worker.admin.api.sql import statement
from graphile_worker.core.capabilities import known, reading
from graphile_worker.core.database import AnyConnection, Database
from graphile_worker.core.schema import Schema

TIMEOUT = 15.0  # seconds: a scan of every job, asked for once and shared
PARTS = ("stats", "queues", "workers", "active_workers")


async def stats(database: Database, schema: Schema) -> str:
    """`{total, ready, scheduled, locked, failed, blocked}`."""
    return await _one(database, schema, "overview.stats")


async def queues(database: Database, schema: Schema) -> str:
    """`[{id, queue_name, locked_at, locked_by, job_count, ready_count}]`, by name."""
    return await _one(database, schema, "overview.queues")


async def workers(database: Database, schema: Schema) -> str:
    """Lock holders: `[{worker_id, locked_jobs, locked_queues}]`, by id."""
    return await _one(database, schema, "overview.workers")


async def active_workers(database: Database, schema: Schema) -> str:
    """Heartbeats, newest first: `[{worker_id, last_heartbeat_at, started_at, metadata, is_stale}]`."""
    async with reading(database, schema, timeout=TIMEOUT) as connection:
        return await _active(database, connection, schema)


async def overview(database: Database, schema: Schema) -> dict[str, str]:
    """All four from one snapshot, and `as_of` (JSON text each), so that the numbers agree with each other."""
    return (await look(database, schema))[0]


async def look(database: Database, schema: Schema) -> tuple[dict[str, str], Moment]:
    """As `overview`, with the same moment for the history of a queue."""
    async with reading(database, schema, timeout=TIMEOUT) as connection:
        row = await connection.fetchrow(statement("overview.overview", schema))
        assert row is not None  # an aggregate always answers
        parts = {
            "stats": row["stats"],
            "queues": row["queues"],
            "workers": row["workers"],
            "active_workers": await _active(database, connection, schema),
            "as_of": f'"{row["as_of"]}"',
        }
        return parts, Moment.of(row, await counters(connection, schema))


def overview_json(parts: dict[str, str], wanted: Collection[str] = PARTS) -> str:
    """The overview as one JSON object with the wanted parts, lists that are left out being absent."""
    members = [f'"{name}":{parts[name]}' for name in (*PARTS, "as_of") if name in wanted or name == "as_of"]
    return "{" + ",".join(members) + "}"


async def _one(database: Database, schema: Schema, name: str) -> str:
    async with reading(database, schema, timeout=TIMEOUT) as connection:
        return str(await connection.fetchval(statement(name, schema)))


async def _active(database: Database, connection: AnyConnection, schema: Schema) -> str:
    """Nobody is known to be alive where there are no heartbeats, or none to be seen (the session says so then)."""
    capabilities = await known(database, connection, schema)
    if not capabilities.reads_heartbeats:
        return "[]"
    return str(await connection.fetchval(statement("overview.active_workers", schema)))
