"""Cleaning up: counts are true, and no worker is hurt."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from graphile_worker.core import maintenance
from graphile_worker.core.database import Pool
from graphile_worker.core.errors import InvalidInput, RowSecurity
from graphile_worker.core.jobs import Job
from graphile_worker.core.schema import Schema
from graphile_worker.core.utils import WorkerUtils

FAILED, TASKS, QUEUES = "delete-permanently-failed-jobs", "gc-task-identifiers", "gc-job-queues"


async def write(utils: WorkerUtils, statement: str, *values: object) -> None:
    """Runs a statement on the schema of the test, `{s}`."""
    await utils.database.pool.execute(statement.replace("{s}", utils.schema.quoted), *values)


async def names(utils: WorkerUtils, table: str, column: str) -> list[str]:
    """What one column of a table holds."""
    rows = await utils.database.pool.fetch(f"select {column} from {utils.schema.quoted}.{table} order by 1")
    return [row[0] for row in rows]


async def lock(utils: WorkerUtils, job: Job, worker: str, age: str = "1 minute") -> None:
    """Locks a job, and its queue, as a worker does."""
    await write(
        utils,
        "update {s}._private_jobs set locked_by = $2, locked_at = now() - $3::text::interval, attempts = attempts + 1"
        " where id = $1",
        job.id,
        worker,
        age,
    )
    await write(
        utils,
        "update {s}._private_job_queues set locked_by = $2, locked_at = now() - $3::text::interval where id = $1",
        job.job_queue_id,
        worker,
        age,
    )


@pytest.mark.any_schema
async def test_all_three_in_the_order_that_finds_the_most(utils: WorkerUtils) -> None:
    dead = await utils.add_job("only_dead", queue="dead_queue")
    await utils.permanently_fail_jobs([dead.id])
    await utils.add_job("kept", queue="kept_queue")

    report = await utils.cleanup()

    assert report.deleted == {FAILED: 1, QUEUES: 1, TASKS: 1}
    assert report.skipped == {}
    assert await names(utils, "_private_tasks", "identifier") == ["kept"]
    assert await names(utils, "_private_job_queues", "queue_name") == ["kept_queue"]


async def test_only_what_was_asked_for(utils: WorkerUtils) -> None:
    dead = await utils.add_job("t", queue="q")
    await utils.permanently_fail_jobs([dead.id])

    assert (await utils.cleanup([FAILED])).deleted == {FAILED: 1}
    assert await names(utils, "_private_job_queues", "queue_name") == ["q"]


async def test_an_unknown_task_is_named(utils: WorkerUtils) -> None:
    with pytest.raises(InvalidInput, match="cleanup_tasks must be of .*, not sweep"):
        await utils.cleanup(["sweep"])


async def test_failed_means_used_up_and_not_running(utils: WorkerUtils) -> None:
    jobs = [await utils.add_job("t") for _ in range(4)]
    await write(utils, "update {s}._private_jobs set attempts = 25 where id = $1", jobs[0].id)
    await write(utils, "update {s}._private_jobs set attempts = 30 where id = $1", jobs[1].id)
    await write(utils, "update {s}._private_jobs set attempts = 24 where id = $1", jobs[2].id)
    await lock(utils, jobs[2], "on its last try")

    report = await utils.cleanup([FAILED])

    assert report.deleted == {FAILED: 2}
    assert await utils.database.pool.fetchval("select array_agg(id order by id) from graphile_worker.jobs") == [
        jobs[2].id,
        jobs[3].id,
    ]


async def test_many_failed_jobs_go_slice_by_slice(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "SLICE", 10)
    await utils.add_job("t")
    await write(utils, "insert into {s}._private_jobs (task_id, attempts) select 1, 25 from generate_series(1, 105)")

    assert (await utils.cleanup([FAILED])).deleted == {FAILED: 105}
    assert await utils.database.pool.fetchval("select count(*) from graphile_worker.jobs") == 1


async def test_a_failed_job_somebody_looks_at_is_passed_over(utils: WorkerUtils, dsn: str) -> None:
    jobs = [await utils.add_job("t") for _ in range(2)]
    await utils.permanently_fail_jobs([job.id for job in jobs])
    other = await asyncpg.connect(dsn)
    async with other.transaction():
        await other.execute("select from graphile_worker._private_jobs where id = $1 for update", jobs[0].id)
        report = await utils.cleanup([FAILED])
    await other.close()

    assert report.deleted == {FAILED: 1}


async def test_queues_in_use_or_locked_stay_also_beside_jobs_without_queue(utils: WorkerUtils) -> None:
    await utils.add_job("no_queue")
    await utils.add_job("t", queue="used")
    for queue in ("free_1", "free_2", "held"):
        await write(utils, "insert into {s}._private_job_queues (queue_name) values ($1)", queue)
    await write(
        utils, "update {s}._private_job_queues set locked_at = now(), locked_by = 'w' where queue_name = 'held'"
    )

    assert (await utils.cleanup([QUEUES])).deleted == {QUEUES: 2}
    assert await names(utils, "_private_job_queues", "queue_name") == ["held", "used"]


async def test_an_add_under_way_keeps_its_names(utils: WorkerUtils, dsn: str) -> None:
    """Its rows are not to be seen yet, so nobody may decide that the names are unused."""
    await write(utils, "insert into {s}._private_tasks (identifier) values ('t')")
    await write(utils, "insert into {s}._private_job_queues (queue_name) values ('q')")
    other = await asyncpg.connect(dsn)
    async with other.transaction():
        await other.execute("select graphile_worker.add_job('t', queue_name => 'q')")
        report = await utils.cleanup([QUEUES, TASKS])
    await other.close()

    assert report.deleted == {}
    assert set(report.skipped) == {QUEUES, TASKS}
    assert "long transaction" in report.skipped[QUEUES]
    assert await utils.database.pool.fetchval("select task_identifier || queue_name from graphile_worker.jobs") == "tq"


async def test_adding_and_cleaning_for_a_while_leaves_no_dangling_job(utils: WorkerUtils) -> None:
    async def add(place: int) -> None:
        for number in range(15):
            job = await utils.add_job(f"t{number % 3}", queue=f"q{place}_{number % 3}")
            if number % 2:
                await utils.complete_jobs([job.id])

    async def clean() -> None:
        for _ in range(10):
            await maintenance.cleanup(utils.database, utils.schema, [QUEUES, TASKS], force_tasks=True)

    await asyncio.gather(add(1), add(2), clean())

    assert await utils.database.pool.fetchval("select count(*) from graphile_worker.jobs") == 16
    assert (
        await utils.database.pool.fetchval(
            "select count(*) from graphile_worker._private_jobs j"
            " where not exists (select from graphile_worker._private_job_queues q where q.id = j.job_queue_id)"
        )
        == 0
    )


class TestTaskIdentifiersStayWhileAWorkerLooksAlive:
    """Workers look up the ids of their tasks once; a re-made identifier would make them deaf."""

    @pytest.fixture(autouse=True)
    async def unused(self, utils: WorkerUtils) -> None:
        await write(utils, "insert into {s}._private_tasks (identifier) values ('unused')")

    async def skipped(self, utils: WorkerUtils) -> str:
        report = await utils.cleanup([TASKS])
        assert report.deleted == {}
        assert "unused" in await names(utils, "_private_tasks", "identifier")
        return report.skipped[TASKS]

    async def test_a_heartbeat(self, utils: WorkerUtils) -> None:
        await write(utils, "select {s}.worker_heartbeat('w')")
        assert "heartbeat" in await self.skipped(utils)

        await write(utils, "update {s}._private_workers set last_heartbeat_at = now() - interval '6 minutes'")
        assert (await utils.cleanup([TASKS])).deleted == {TASKS: 1}

    async def test_a_lock_however_old(self, utils: WorkerUtils) -> None:
        await lock(utils, await utils.add_job("t"), "w", "3 days")
        assert "holds a job" in await self.skipped(utils)

    async def test_a_session_that_listens(self, utils: WorkerUtils, dsn: str) -> None:
        worker = await asyncpg.connect(dsn)
        await worker.execute('LISTEN "jobs:insert"; LISTEN "worker:migrate";')
        try:
            assert "listens" in await self.skipped(utils)
        finally:
            await worker.close()

    async def test_unless_forced(self, utils: WorkerUtils) -> None:
        await write(utils, "select {s}.worker_heartbeat('w')")
        report = await maintenance.cleanup(utils.database, utils.schema, [TASKS], force_tasks=True)
        assert report.deleted == {TASKS: 1}


async def test_where_migrate_has_not_made_heartbeats_cleanup_works(utils: WorkerUtils) -> None:
    await write(utils, "drop table {s}._private_workers")

    assert (await utils.cleanup()).deleted == {FAILED: 0, QUEUES: 0, TASKS: 0}


async def test_a_blind_role_is_told_instead_of_nothing_deleted(pool: Pool, dsn: str) -> None:
    user = f"blind_{await pool.fetchval('select current_database()')}"
    await pool.execute(
        f"create role {user} login password 'secret';"
        f"grant usage on schema graphile_worker to {user};"
        f"grant all on all tables in schema graphile_worker to {user}"
    )
    theirs = await asyncpg.create_pool(dsn, min_size=0, user=user, password="secret")
    utils = WorkerUtils(theirs, Schema().name)
    try:
        with pytest.raises(RowSecurity):
            await utils.cleanup()
        with pytest.raises(RowSecurity):
            await utils.force_unlock_workers(["w"])
    finally:
        await theirs.close()
