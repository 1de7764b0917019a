"""Helpers of the tests about old locks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graphile_worker.core.locks.old_locks import OldLocksReport, release_old_locks
from graphile_worker.worker_utils import WorkerUtils
from tests.support.table import Table

OLD, YOUNG = "5 hours", "3 hours"


async def run(utils: WorkerUtils, **options: Any) -> OldLocksReport:
    """Releases the old locks of the schema of the test."""
    return await release_old_locks(utils.queue, **options)


async def previewed(utils: WorkerUtils, **options: Any) -> OldLocksReport:
    """Releases what a dry run has listed before."""
    preview = await run(utils, dry_run=True, **options)
    assert _ageless(await run(utils, dry_run=True, **options)) == _ageless(preview)
    report = await run(utils, **options)
    assert _ageless(report) == _ageless(preview)
    return report


def _ageless(report: OldLocksReport) -> OldLocksReport:
    """Without what differs from second to second."""
    return replace(report, locks=[replace(lock, age_secs=None) for lock in report.locks])


async def held(utils: WorkerUtils, table: Table, age: str, worker: str | None = "pool-1", **job: Any) -> int:
    """A job that somebody took that long ago, with its queue; its id."""
    id = (await utils.add_job("t", **job)).id
    await table.lock(id, age, worker)
    await table.run("update {s}._private_jobs set attempts = attempts + 1 where id = $1", id)
    return id


async def holders(utils: WorkerUtils) -> list[str]:
    """Who holds jobs and queues now."""
    rows = await utils.database.pool.fetch(
        f"select locked_by from {utils.schema.quoted}._private_jobs where locked_at is not null union all"
        f" select locked_by from {utils.schema.quoted}._private_job_queues where locked_at is not null order by 1"
    )
    return [row[0] for row in rows]
