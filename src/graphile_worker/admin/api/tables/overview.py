"""Counts: totals, queues, lock holders, heartbeats. PostgreSQL builds the JSON text."""

from __future__ import annotations

from collections.abc import Collection

import asyncpg

from graphile_worker.admin.api.sql import statement
from graphile_worker.admin.api.tables.activity import Moment, counters
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import AnyConnection, Database
from graphile_worker.core.diagnosis.capabilities import known, reading
from graphile_worker.core.schema import Schema

TIMEOUT = 15.0  # seconds: a scan of every job, which requests share
ROWS_MAX = 50_000  # of a list: 500,000 queues are 54 MB of JSON, and several times that in memory
BYTES_MAX = 6 * 1024 * 1024  # of the JSON of a list: names and metadata may be long
BLOCK = 5000  # rows fetched at once
PARTS = ("stats", "queues", "workers", "active_workers")


async def stats(database: Database, schema: Schema) -> str:
    """`{total, ready, scheduled, locked, failed, blocked}`."""
    return await _one(database, schema, "overview.stats")


@retried_read
async def queue_blocks(database: Database, schema: Schema) -> list[list[str]]:
    """Every queue as JSON `{id, queue_name, locked_at, locked_by, job_count, ready_count}`, by name, in blocks."""
    async with reading(database, schema, timeout=TIMEOUT, scan=True) as connection:
        cursor = await connection.cursor(statement("overview.all_queues", schema))
        blocks = []
        while rows := await cursor.fetch(BLOCK):
            blocks.append([row["queue"] for row in rows])
        return blocks


async def workers(database: Database, schema: Schema) -> str:
    """Lock holders: `[{worker_id, locked_jobs, locked_queues}]`, by id."""
    return await _one(database, schema, "overview.workers")


@retried_read
async def active_workers(database: Database, schema: Schema) -> str:
    """Heartbeats, newest first: `[{worker_id, last_heartbeat_at, started_at, metadata, is_stale}]`."""
    async with reading(database, schema, timeout=TIMEOUT, scan=True) as connection:
        return (await _active(database, connection, schema))["active_workers"]


@retried_read
async def read_snapshot(database: Database, schema: Schema, queues: bool = False) -> tuple[dict[str, str], Moment]:
    """The parts and `as_of`, JSON text each, from one consistent snapshot, and its moment for the history.

    The list of queues, the most expensive part, is read only with `queues`. A list has at most ROWS_MAX rows and
    BYTES_MAX bytes; `queues_omitted`, `workers_omitted` and `active_workers_omitted` are the numbers of other rows.
    """
    async with reading(database, schema, timeout=TIMEOUT, scan=True) as connection:
        row = await connection.fetchrow(statement("overview.counts", schema), ROWS_MAX, BYTES_MAX)
        assert row is not None  # an aggregate always returns a row
        parts = {"stats": row["stats"], "as_of": f'"{row["as_of"]}"', **_cut("workers", row["workers"], row)}
        parts |= await _active(database, connection, schema)
        if queues:
            found = await connection.fetchrow(statement("overview.queues", schema), ROWS_MAX, BYTES_MAX)
            assert found is not None  # an aggregate always returns a row
            parts |= _cut("queues", found["queues"], found)
        return parts, Moment.of(row, await counters(connection, schema))


def _cut(name: str, rows: str, counted: asyncpg.Record) -> dict[str, str]:
    omitted = counted["found"] - counted["kept"]
    return {name: rows} | ({f"{name}_omitted": str(omitted)} if omitted else {})


def overview_json(parts: dict[str, str], wanted: Collection[str] = PARTS) -> str:
    """The overview as one JSON object with the wanted parts that were read."""
    names = [one for name in PARTS if name in wanted for one in (name, f"{name}_omitted") if one in parts]
    members = [f'"{name}":{parts[name]}' for name in (*names, "as_of")]
    return "{" + ",".join(members) + "}"


@retried_read
async def _one(database: Database, schema: Schema, name: str) -> str:
    async with reading(database, schema, timeout=TIMEOUT, scan=True) as connection:
        return str(await connection.fetchval(statement(name, schema)))


async def _active(database: Database, connection: AnyConnection, schema: Schema) -> dict[str, str]:
    """The list is empty where there are no heartbeats or the role may not read them, which is a warning of the session."""
    capabilities = await known(database, connection, schema)
    if not capabilities.reads_heartbeats:
        return {"active_workers": "[]"}
    row = await connection.fetchrow(statement("overview.active_workers", schema), ROWS_MAX, BYTES_MAX)
    assert row is not None  # an aggregate always returns a row
    return _cut("active_workers", row["workers"], row)
