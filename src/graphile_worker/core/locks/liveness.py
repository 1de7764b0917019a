"""Signs that a worker may be alive, also of kinds that send no heartbeats; what cannot be seen counts as alive."""

from __future__ import annotations

from graphile_worker.core.database.transactions import AnyConnection, Database
from graphile_worker.core.diagnosis.capabilities import Capabilities, known
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import statement

_PRO = {"_private_pro_workers": "life.pro_workers", "_private_pro_pools": "life.pro_pools"}


async def signs_of_life(
    database: Database, connection: AnyConnection, schema: Schema, *, locks: bool = True
) -> str | None:
    """Why some worker may be alive, or None. `locks=False` leaves out the one sign that takes a scan of all jobs."""
    capabilities = await known(database, connection, schema)
    if not capabilities.sees_heartbeats:
        return "this role may not read heartbeats, so any worker may be alive"
    if capabilities.state.has_workers and await connection.fetchval(statement("life.heartbeat", schema)):
        return "a worker sent a heartbeat in the last 5 minutes"
    if locks and await connection.fetchval(statement("life.holds", schema)):
        return "a worker holds a job or a queue"
    return await _pro(connection, schema, capabilities) or await _sessions(connection, schema)


async def _pro(connection: AnyConnection, schema: Schema, capabilities: Capabilities) -> str | None:
    for table, query in _PRO.items():
        if (table, "select") not in capabilities.facts.present:
            continue
        if not capabilities.facts.has(table, "select"):
            return f"this role may not read {table}, so any worker may be alive"
        if await connection.fetchval(statement(query, schema)):
            return "Worker Pro lists a worker"
    return None


async def _sessions(connection: AnyConnection, schema: Schema) -> str | None:
    row = await connection.fetchrow(statement("life.sessions", schema))
    assert row is not None  # an aggregate always answers
    if row["listening"]:
        return "a session listens for new jobs"
    if row["fetching"]:
        return "a session fetched jobs in the last 5 minutes"
    if row["hidden"]:
        return "other roles are connected and may be workers (pg_read_all_stats would show)"
    return None
