"""The counts that `graphile-worker watch` draws: jobs by state, held queues, workers and heartbeats."""

from __future__ import annotations

from graphile_worker.admin.api.tables.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.queue import Queue

TIMEOUT = 15.0  # seconds: a scan of every job
ROWS = 8  # of the held queues and of the workers, those that matter most first


@retried_read
async def read_live_counts(queue: Queue) -> str:
    """`{as_of, database, stats, oldest_ready_secs, queues_held, queues, workers_holding, workers, heartbeats}`, JSON.

    `stats` as in the overview; `queues` `{queue_name, locked_by, locked_secs, ready}`, `workers`
    `{worker_id, jobs, queues, locked_secs}`: ROWS at most; `heartbeats` `{alive, silent}`. Raises QueryTimeout.
    """
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        beats = "beats_seen" if (await tx.capabilities()).reads_heartbeats else "beats_unseen"
        return str(await tx.fetchval(statement("overview.pulse", beats=beats), rows=ROWS))
