"""The counts that `graphile-worker watch` draws: jobs by state, held queues, workers and heartbeats."""

from __future__ import annotations

import msgspec

from graphile_worker.admin.api.tables.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.jobs import JobStats
from graphile_worker.core.queue import Queue

TIMEOUT = 15.0  # seconds: a scan of every job
ROWS = 8  # of the held queues and of the workers, those that matter most first


class HeldQueue(msgspec.Struct):
    """A locked queue, and how many ready jobs wait for it."""

    queue_name: str
    locked_by: str | None
    locked_secs: float | None
    ready: int


class Holder(msgspec.Struct):
    """A worker that holds locks."""

    worker_id: str | None
    jobs: int
    queues: int
    locked_secs: float | None


class Heartbeats(msgspec.Struct):
    """Registered workers."""

    alive: int
    silent: int


class LiveCounts(msgspec.Struct):
    """Counts of one moment. `queues` and `workers` have ROWS entries at most, those that matter most first."""

    as_of: str
    database: str
    stats: JobStats
    oldest_ready_secs: float | None
    queues_held: int
    queues: list[HeldQueue]
    workers_holding: int
    workers: list[Holder]
    heartbeats: Heartbeats


@retried_read
async def read_live_counts(queue: Queue) -> LiveCounts:
    """Reads the counts in one snapshot. Raises QueryTimeout."""
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        beats = "beats_seen" if (await tx.capabilities()).reads_heartbeats else "beats_unseen"
        text: str = await tx.fetchval(statement("overview.pulse", beats=beats), rows=ROWS)
    return msgspec.json.decode(text, type=LiveCounts)
