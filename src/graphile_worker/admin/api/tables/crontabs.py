"""The known crontabs with the jobs that they have added. Schedules are not in the database: see docs/page.md, Cron."""

from __future__ import annotations

import msgspec

from graphile_worker.admin.api.responses.tables import CrontabTable
from graphile_worker.admin.api.tables.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.diagnosis.capabilities import Capabilities
from graphile_worker.core.queue import Queue
from graphile_worker.core.relations import KNOWN_CRONTABS

TIMEOUT = 15.0  # seconds: a scan of many payloads, which requests share
ROWS_MAX = 1_000  # crontabs, and tasks
JOBS_MAX = 50_000  # the newest jobs, in which those of crontabs are counted


@retried_read
async def crontabs(queue: Queue, *, hidden: bool = False) -> dict[str, object]:
    """The members of responses.tables.Crontabs but `age_ms`.

    With `hidden` no value of a payload is read. Raises QueryTimeout.
    """
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        table = _table(await tx.capabilities())
        text = await tx.fetchval(
            statement("crontabs.list", known="known_rows" if table == "seen" else "known_none"),
            rows_most=ROWS_MAX,
            jobs_most=JOBS_MAX,
            hidden=hidden,
        )
    return {**msgspec.json.decode(text, type=dict[str, msgspec.Raw]), "table": table}


def _table(capabilities: Capabilities) -> CrontabTable:
    if (KNOWN_CRONTABS, "select") not in capabilities.facts.present:
        return "none"
    return "seen" if capabilities.facts.has(KNOWN_CRONTABS, "select") else "unseen"
