"""Cleaning up: counts are true, and no worker is hurt."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import asyncpg
import pytest

from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.exceptions import InvalidInput, PermissionDenied, RowSecurity
from graphile_worker.core.jobs import Job
from graphile_worker.core.maintenance import cleanup
from graphile_worker.core.maintenance import unused_names as collecting
from graphile_worker.core.queue import Transaction
from graphile_worker.core.schema import Schema
from graphile_worker.worker_utils import WorkerUtils
from tests.core.maintenance_helpers import FETCH, lock, names, write
from tests.support.roles import acting_as, login

FAILED, TASKS, QUEUES = "delete-permanently-failed-jobs", "gc-task-identifiers", "gc-job-queues"


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
    monkeypatch.setattr(cleanup, "BATCH", 10)
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
            job = await utils.add_job(f"t{place}_{number % 3}", queue=f"q{place}_{number % 3}")
            if number % 2:
                await utils.complete_jobs([job.id])

    async def clean() -> None:
        for _ in range(10):
            await utils.cleanup([QUEUES, TASKS], force=[TASKS])

    await asyncio.gather(add(1), add(2), clean())

    complete = "select count(*) from graphile_worker.jobs where queue_name is not null"  # the view joins the tasks
    assert await utils.database.pool.fetchval(complete) == 16
    assert await utils.database.pool.fetchval("select count(*) from graphile_worker._private_jobs") == 16


@pytest.mark.parametrize("task", [QUEUES, TASKS])
async def test_while_it_looks_again_workers_go_on_and_adds_wait(
    utils: WorkerUtils, dsn: str, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = await utils.add_job("due", queue="due")
    await write(utils, "insert into {s}._private_tasks (identifier) values ('idle')")
    await write(utils, "insert into {s}._private_job_queues (queue_name) values ('idle')")
    worker = await asyncpg.connect(dsn)
    looked = collecting.unused
    adding: list[asyncio.Task[Job]] = []

    async def meanwhile(tx: Transaction, names: Any, ids: Any = None) -> list[int]:
        found = await looked(tx, names, ids)
        if ids is not None:
            adding.append(asyncio.create_task(utils.add_job("idle", queue="idle")))
            await worker.execute("set lock_timeout = '20ms'")
            assert await worker.fetchval(FETCH) == due.id
            await worker.execute("delete from graphile_worker._private_jobs where id = $1", due.id)
            await asyncio.sleep(0.05)
            assert not adding[0].done()
        return found

    monkeypatch.setattr(collecting, "unused", meanwhile)
    report = await utils.cleanup([task], force=[TASKS] if task == TASKS else [])
    await worker.close()

    assert report.deleted == {task: 1}
    job = await adding[0]
    assert await names(utils, "jobs", "task_identifier || queue_name") == ["idleidle"]
    assert (await utils.complete_jobs([job.id])).done == 1


async def test_a_row_somebody_keeps_is_reported_and_the_hold_ends(utils: WorkerUtils, dsn: str) -> None:
    await write(utils, "insert into {s}._private_job_queues (queue_name) values ('idle')")
    other = await asyncpg.connect(dsn)
    async with other.transaction():
        await other.execute("select from graphile_worker._private_job_queues for update")
        report = await utils.cleanup([QUEUES])
        assert (await utils.add_job("t")).id
    await other.close()

    assert (report.deleted, list(report.skipped)) == ({}, [QUEUES])
    assert "long transaction" in report.skipped[QUEUES]


async def test_a_hold_that_would_take_too_long_is_given_up(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    await write(utils, "insert into {s}._private_job_queues (queue_name) select 'q' || i from generate_series(1, 30) i")
    monkeypatch.setattr(collecting, "BATCH", 10)
    monkeypatch.setattr(collecting, "HOLD", 0.3)
    await write(
        utils,
        "create function {s}.slow() returns trigger language plpgsql as"
        " 'begin if old.id > 20 then perform pg_sleep(1); end if; return old; end';"
        "create trigger slow before delete on {s}._private_job_queues for each row execute function {s}.slow()",
    )

    report = await utils.cleanup([QUEUES])

    assert report.deleted == {QUEUES: 20}
    assert "longer than" in report.skipped[QUEUES]
    assert len(await names(utils, "_private_job_queues", "id")) == 10


@pytest.mark.parametrize("task", [QUEUES, TASKS])
async def test_many_statements_together_hold_no_longer_than_one_may(
    utils: WorkerUtils, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them stays below the limit of a statement."""
    monkeypatch.setattr(collecting, "HOLD", 0.6)
    await write(utils, "insert into {s}._private_job_queues (queue_name) values ('idle')")
    await write(utils, "insert into {s}._private_tasks (identifier) values ('idle')")
    looked = collecting.unused
    waited: list[asyncio.Task[float]] = []

    async def add() -> float:
        began = time.monotonic()
        await utils.add_job("idle", queue="idle")
        return time.monotonic() - began

    async def slowly(tx: Transaction, names: Any, ids: Any = None) -> list[int]:
        if ids is not None:
            waited.append(asyncio.create_task(add()))
            for _ in range(10):
                await tx.connection.execute("select pg_sleep(0.3)")
        return await looked(tx, names, ids)

    monkeypatch.setattr(collecting, "unused", slowly)
    report = await utils.cleanup([task], force=[TASKS] if task == TASKS else [])

    assert (report.deleted, list(report.skipped)) == ({}, [task])
    assert "longer than" in report.skipped[task]
    assert await waited[0] < 1.2
    assert await names(utils, "jobs", "task_identifier || queue_name") == ["idleidle"]


async def test_a_collector_that_hangs_is_ended_by_the_server(
    utils: WorkerUtils, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its loop stands still, so no limit of its own can end the hold."""
    monkeypatch.setattr(collecting, "HOLD", 0.3)
    await write(utils, "insert into {s}._private_tasks (identifier) values ('idle')")
    looked, waited = collecting.unused, []

    async def add() -> None:
        began = time.monotonic()
        connection = await asyncpg.connect(dsn)
        await connection.execute("set lock_timeout = '4s'; select graphile_worker.add_job('idle')")
        waited.append(time.monotonic() - began)
        await connection.close()

    async def hanging(tx: Transaction, names: Any, ids: Any = None) -> list[int]:
        if ids is not None:
            other = threading.Thread(target=lambda: asyncio.run(add()))
            other.start()
            time.sleep(2)
            other.join(5)
        return await looked(tx, names, ids)

    monkeypatch.setattr(collecting, "unused", hanging)
    report = await utils.cleanup([TASKS], force=[TASKS])

    assert (report.deleted, list(report.skipped)) == ({}, [TASKS])
    assert waited[0] < 1.5
    assert await names(utils, "jobs", "task_identifier") == ["idle"]


@pytest.mark.any_schema
class TestDryRun:
    """What the run would do, and nothing done."""

    @pytest.fixture(autouse=True)
    async def seed(self, utils: WorkerUtils) -> None:
        dead = await utils.add_job("only_dead", queue="only_dead")
        await utils.permanently_fail_jobs([dead.id])
        await utils.add_job("kept", queue="kept")
        await write(utils, "insert into {s}._private_job_queues (queue_name) values ('idle')")
        await write(utils, "insert into {s}._private_tasks (identifier) values ('idle')")

    @pytest.mark.parametrize("tasks", [[FAILED], [QUEUES], [TASKS], [TASKS, QUEUES], None], ids=str)
    async def test_tells_what_the_run_then_does(self, utils: WorkerUtils, tasks: list[str] | None) -> None:
        preview = await utils.cleanup(tasks, dry_run=True)
        assert len(await names(utils, "jobs", "id")) == 2
        assert (
            len(await names(utils, "_private_job_queues", "id")) == len(await names(utils, "_private_tasks", "id")) == 3
        )

        assert await utils.cleanup(tasks) == preview

    async def test_each_task_on_its_own(self, utils: WorkerUtils) -> None:
        found = await cleanup.preview_cleanup(utils.queue)
        assert {task: (one.count, one.skipped) for task, one in found.items()} == dict.fromkeys(
            (FAILED, QUEUES, TASKS), (1, None)
        )

    async def test_says_what_would_be_skipped_and_what_force_would_do(self, utils: WorkerUtils) -> None:
        await write(utils, "select {s}.worker_heartbeat('w')")

        skipped = await utils.cleanup(dry_run=True)
        forced = await utils.cleanup(force=[TASKS], dry_run=True)
        found = await cleanup.preview_cleanup(utils.queue)

        assert (skipped.deleted, list(skipped.skipped)) == ({FAILED: 1, QUEUES: 2}, [TASKS])
        assert (forced.deleted, forced.skipped) == ({FAILED: 1, QUEUES: 2, TASKS: 2}, {})
        assert (found[TASKS].count, found[TASKS].skipped) == (1, skipped.skipped[TASKS])


@pytest.mark.parametrize(
    ("tasks", "force"),
    [
        (None, [QUEUES]),
        (None, [FAILED, TASKS]),
        ([TASKS], ["sweep"]),
        ([TASKS], [""]),
        ([QUEUES], [TASKS]),
        ([TASKS], QUEUES),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
async def test_only_task_identifiers_can_be_forced(
    utils: WorkerUtils, tasks: list[str] | None, force: list[str], dry_run: bool
) -> None:
    with pytest.raises(InvalidInput, match="^force ") as caught:
        await utils.cleanup(tasks, force=force, dry_run=dry_run)
    assert caught.value.field == "force"


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


@pytest.mark.parametrize("task", [FAILED, QUEUES, TASKS])
async def test_who_may_only_read_gets_the_preview(utils: WorkerUtils, dsn: str, task: str) -> None:
    user = await login(utils.database.pool, "reader", "bypassrls")
    await write(utils, f"grant usage on schema {{s}} to {user}; grant select on all tables in schema {{s}} to {user}")
    await write(utils, f"grant pg_read_all_stats to {user}")
    async with acting_as(dsn, user) as theirs:
        assert (await cleanup.preview_cleanup(theirs.queue))[task].count == 0
        for dry_run in (True, False):
            with pytest.raises(PermissionDenied):
                await theirs.cleanup([task], dry_run=dry_run)
