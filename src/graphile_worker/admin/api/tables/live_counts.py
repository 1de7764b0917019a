"""How a queue does right now, small enough to be asked every two seconds."""

from __future__ import annotations

from graphile_worker.admin.api.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import Database
from graphile_worker.core.diagnosis.capabilities import known, reading
from graphile_worker.core.schema import Schema

TIMEOUT = 15.0  # seconds: a scan of every job
ROWS = 8  # of the held queues and of the workers, those that matter most first


@retried_read
async def pulse(database: Database, schema: Schema) -> str:
    """`{as_of, database, stats, oldest_ready_secs, queues_held, queues, workers_holding, workers, heartbeats}`, JSON.

    `stats` as in the overview; `queues` `{queue_name, locked_by, locked_secs, ready}`, `workers`
    `{worker_id, jobs, queues, locked_secs}`: ROWS at most; `heartbeats` `{alive, silent}`. Raises QueryTimeout.
    """
    async with reading(database, schema, timeout=TIMEOUT, scan=True) as connection:
        capabilities = await known(database, connection, schema)
        beats = "beats_seen" if capabilities.reads_heartbeats else "beats_unseen"
        text = statement("overview.pulse", schema, beats=beats)
        return str(await connection.fetchval(text, ROWS))
