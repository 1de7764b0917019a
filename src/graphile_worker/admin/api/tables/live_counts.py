"""The current counts of a queue, small enough to be read every two seconds."""

from __future__ import annotations

from graphile_worker.admin.api.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import Database
from graphile_worker.core.diagnosis.capabilities import known, reading
from graphile_worker.core.schema import Schema

TIMEOUT = 15.0  # seconds: a scan of every job
ROWS = 8  # maximum number of locked queues and of workers, the most important ones first


@retried_read
async def read_live_counts(database: Database, schema: Schema) -> str:
    """`{as_of, database, stats, oldest_ready_secs, queues_held, queues, workers_holding, workers, heartbeats}`, JSON.

    `stats` as in the overview; `queues` `{queue_name, locked_by, locked_secs, ready}`, `workers`
    `{worker_id, jobs, queues, locked_secs}`: at most ROWS; `heartbeats` `{alive, silent}`. Raises QueryTimeout.
    """
    async with reading(database, schema, timeout=TIMEOUT, scan=True) as connection:
        capabilities = await known(database, connection, schema)
        beats = "beats_seen" if capabilities.reads_heartbeats else "beats_unseen"
        text = statement("overview.pulse", schema, beats=beats)
        return str(await connection.fetchval(text, ROWS))
