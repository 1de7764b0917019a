"""WorkerUtils has every action on locks and lost rows, each with a dry run that changes nothing."""

from __future__ import annotations

import pytest

from graphile_worker import InvalidInput, RepairReport, SweepReport, WorkerUtils
from tests.support.table import Table


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


async def test_a_stale_worker_is_swept(utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t")
    await table.lock(job.id, "1 hour", "w1")
    await table.run(
        "insert into {s}._private_workers (id, metadata, last_heartbeat_at)"
        " values ('w1', '{}', now() - interval '1 hour')"
    )

    for _ in range(2):
        assert await utils.sweep_stale_workers(threshold_secs=600, dry_run=True) == SweepReport(["w1"], 1)
    assert (await utils.sweep_stale_workers(threshold_secs=7200)).workers == []
    assert await utils.sweep_stale_workers() == SweepReport(["w1"], 1)
    assert (await table.row(job.id))["locked_by"] is None
    with pytest.raises(InvalidInput, match="sweep_threshold_secs"):
        await utils.sweep_stale_workers(threshold_secs=59)


async def test_an_old_lock_is_released(utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t", queue="q")
    await table.lock(job.id, "5 hours", "w1")

    for _ in range(2):
        report = await utils.release_old_locks(dry_run=True)
        assert (report.jobs, report.queues) == (1, 1)
    assert (await utils.release_old_locks(older_than_secs=6 * 3600)).jobs == 0
    assert (await utils.release_old_locks()).jobs == 1
    assert (await table.row(job.id))["locked_by"] is None
    with pytest.raises(InvalidInput, match="older_than_secs"):
        await utils.release_old_locks(older_than_secs=1)


@pytest.mark.any_schema
async def test_a_dry_run_of_a_repair_says_what_the_repair_does(utils: WorkerUtils, table: Table) -> None:
    known = await utils.add_job("known")
    unknown = await utils.add_job("unknown", queue="q")
    await table.run("delete from {s}._private_tasks")
    queue_id = await table.pool.fetchval(f"select id from {table.schema}._private_job_queues")
    await table.run("delete from {s}._private_job_queues")
    names = {known.task_id: "known again", 2**31 - 1: "not missing"}
    expected = RepairReport(
        [known.id], {unknown.task_id: f"lost task {unknown.task_id}"}, {queue_id: f"lost queue {queue_id}"}
    )

    for _ in range(2):
        assert await utils.repair(names, dry_run=True) == expected
    assert await utils.repair(names) == expected
    assert await utils.repair(names, dry_run=True) == RepairReport([], {}, {})
    assert (await table.row(known.id))["identifier"] == "known again"
    with pytest.raises(InvalidInput, match="^task "):
        await utils.repair({0: "t"}, dry_run=True)
