"""Whether the database is reachable and the schema readable."""

from __future__ import annotations

from graphile_worker.admin.api.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import Database
from graphile_worker.core.diagnosis.capabilities import reading
from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.core.schema import Schema

TIMEOUT = 1.0  # seconds, because a health probe does not wait longer


async def ready(database: Database, schema: Schema) -> bool:
    """Whether a read succeeds now."""
    try:
        await _read(database, schema)
    except GraphileWorkerError:
        return False
    return True


@retried_read
async def _read(database: Database, schema: Schema) -> None:
    async with reading(database, schema, timeout=TIMEOUT) as connection:
        await connection.fetchval(statement("ready.readable", schema))
