"""Counts: totals, queues, lock holders, heartbeats. The answers are JSON text that PostgreSQL built."""

from __future__ import annotations

from collections.abc import Collection

from graphile_worker.admin.api.sql import statement
from graphile_worker.core.actions import require_sight
from graphile_worker.core.database import AnyConnection, Database
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import statement as core_statement

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
    async with database.read(timeout=TIMEOUT) as connection:
        await require_sight(database, connection, schema)
        return await _active(connection, schema)


async def overview(database: Database, schema: Schema) -> dict[str, str]:
    """All four from one snapshot, and `as_of` (JSON text each), so that the numbers agree with each other."""
    async with database.read(timeout=TIMEOUT) as connection:
        await require_sight(database, connection, schema)
        row = await connection.fetchrow(statement("overview.overview", schema))
        assert row is not None  # an aggregate always answers
        return {
            "stats": row["stats"],
            "queues": row["queues"],
            "workers": row["workers"],
            "active_workers": await _active(connection, schema),
            "as_of": f'"{row["as_of"]}"',
        }


def overview_json(parts: dict[str, str], wanted: Collection[str] = PARTS) -> str:
    """The overview as one JSON object with the wanted parts, lists that are left out being absent."""
    members = [f'"{name}":{parts[name]}' for name in (*PARTS, "as_of") if name in wanted or name == "as_of"]
    return "{" + ",".join(members) + "}"


async def _one(database: Database, schema: Schema, name: str) -> str:
    async with database.read(timeout=TIMEOUT) as connection:
        await require_sight(database, connection, schema)
        return str(await connection.fetchval(statement(name, schema)))


async def _active(connection: AnyConnection, schema: Schema) -> str:
    """Node's schemas have no heartbeats: nobody is known to be alive, which is not the same as nobody working."""
    if not await connection.fetchval(core_statement("jobs.has_workers", schema)):
        return "[]"
    return str(await connection.fetchval(statement("overview.active_workers", schema)))
