"""A test's database, asked in plain SQL: what became of its jobs, and whether anybody ran into a deadlock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from graphile_worker.core.database.transactions import Pool, connect
from tests.peers.node import PATIENCE


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Pool]:
    """A pool on the database, closed at the end."""
    pool = await connect(dsn)
    try:
        yield pool
    finally:
        await pool.close()


async def finished(pool: Pool, id: int) -> None:
    """Waits until a job is done, which takes its row away."""
    async with asyncio.timeout(PATIENCE):
        while await pool.fetchval("select exists (select from graphile_worker.jobs where id = $1)", id):
            await asyncio.sleep(0.05)


async def settled(pool: Pool, id: int) -> dict[str, object]:
    """The row of a failed job as soon as its worker has let go of it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            row = await pool.fetchrow("select * from graphile_worker.jobs where id = $1", id)
            if row is not None and row["locked_by"] is None and row["last_error"]:
                return dict(row)
            await asyncio.sleep(0.05)


async def deadlocks(dsn: str) -> int:
    """How many the server has ended in this database; asked when everybody else has left, so that all is counted."""
    connection = await asyncpg.connect(dsn)
    try:
        others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        async with asyncio.timeout(PATIENCE):
            while await connection.fetchval(others):
                await asyncio.sleep(0.05)
        found: int = await connection.fetchval(
            "select deadlocks from pg_stat_database where datname = current_database()"
        )
        return found
    finally:
        await connection.close()
