"""Counts: totals, queues, lock holders, heartbeats. Lists are JSON text that PostgreSQL built."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

import asyncpg
import msgspec

from graphile_worker.admin.api.responses.overview import OverviewParts
from graphile_worker.admin.api.tables.activity import Moment, counters
from graphile_worker.admin.api.tables.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.job_stats import JobStats
from graphile_worker.core.queue import Queue, Transaction

TIMEOUT = 15.0  # seconds: a scan of every job, which requests share
ROWS_MAX = 50_000  # of a list: 500,000 queues are 54 MB of JSON, and several times that in memory
BYTES_MAX = 6 * 1024 * 1024  # of the JSON of a list: names and metadata may be long
BLOCK = 5000  # rows fetched at once
PARTS = ("stats", "queues", "workers", "active_workers")


async def stats(queue: Queue) -> JobStats:
    """The number of jobs by state."""
    return _stats(await _one(queue, "overview.stats"))


@retried_read
async def queue_blocks(queue: Queue) -> list[list[msgspec.Raw]]:
    """Every queue as JSON `{id, queue_name, locked_at, locked_by, job_count, ready_count}`, by name, in blocks."""
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        cursor = await tx.cursor(statement("overview.all_queues"))
        blocks = []
        while rows := await cursor.fetch(BLOCK):
            blocks.append([msgspec.Raw(row["queue"]) for row in rows])
        return blocks


async def workers(queue: Queue) -> msgspec.Raw:
    """Lock holders: `[{worker_id, locked_jobs, locked_queues}]`, by id."""
    return msgspec.Raw(await _one(queue, "overview.workers"))


@retried_read
async def active_workers(queue: Queue) -> msgspec.Raw:
    """Heartbeats, newest first: `[{worker_id, last_heartbeat_at, started_at, metadata, is_stale}]`."""
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        found: msgspec.Raw = (await _active(tx))["active_workers"]
        return found


@retried_read
async def snapshot(queue: Queue, queues: bool = False) -> tuple[OverviewParts, Moment]:
    """The parts and `as_of` from one snapshot, so that the numbers agree with each other, and the same moment for the
    history of a queue.

    The list of queues is read only with `queues`: nothing else costs as much. A list is cut at ROWS_MAX
    and at BYTES_MAX, and `queues_omitted`, `workers_omitted` or `active_workers_omitted` says by how many.
    """
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        row = await tx.fetchrow(statement("overview.counts"), rows_most=ROWS_MAX, bytes_most=BYTES_MAX)
        assert row is not None  # an aggregate always answers
        stats = _stats(row["stats"])
        parts = {"stats": stats, "as_of": row["as_of"], **_cut("workers", row["workers"], row), **await _active(tx)}
        if queues:
            found = await tx.fetchrow(statement("overview.queues"), rows_most=ROWS_MAX, bytes_most=BYTES_MAX)
            assert found is not None  # an aggregate always answers
            parts |= _cut("queues", found["queues"], found)
        return cast(OverviewParts, parts), Moment.of(row, stats, await counters(tx))


def _stats(text: str) -> JobStats:
    return msgspec.json.decode(text, type=JobStats)


def _cut(name: str, rows: str, counted: asyncpg.Record) -> dict[str, Any]:
    omitted = counted["found"] - counted["kept"]
    return {name: msgspec.Raw(rows)} | ({f"{name}_omitted": omitted} if omitted else {})


def overview_output(parts: Mapping[str, object], wanted: Collection[str] = PARTS) -> dict[str, object]:
    """The members of the overview: the wanted parts, without lists that were not read."""
    names = [one for name in PARTS if name in wanted for one in (name, f"{name}_omitted") if one in parts]
    if "stats" in wanted and "rate" in parts:
        names.append("rate")
    return {name: parts[name] for name in (*names, "as_of")}


@retried_read
async def _one(queue: Queue, name: str) -> str:
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        return str(await tx.fetchval(statement(name)))


async def _active(tx: Transaction) -> dict[str, Any]:
    """Empty where there are no heartbeats, or this role may not read them (the session reports that)."""
    capabilities = await tx.capabilities()
    if not capabilities.reads_heartbeats:
        return {"active_workers": msgspec.Raw(b"[]")}
    row = await tx.fetchrow(statement("overview.active_workers"), rows_most=ROWS_MAX, bytes_most=BYTES_MAX)
    assert row is not None  # an aggregate always answers
    return _cut("active_workers", row["workers"], row)
