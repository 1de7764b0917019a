"""Verbs on many ids when the database refuses one, or goes away half-way: what was done is said, the rest too."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from graphile_worker.core.database.transactions import connect
from graphile_worker.core.exceptions import DatabaseUnavailable
from graphile_worker.core.locks.force_unlock import UnlockReport
from graphile_worker.core.locks.old_locks import release_old_locks
from graphile_worker.core.maintenance import cleanup, unused_names
from graphile_worker.core.maintenance.cleanup import DELETE_FAILED, GC_QUEUES
from graphile_worker.worker_utils import WorkerUtils
from tests.support.table import Table

TRIGGER = """
create function {s}.meddle() returns trigger language plpgsql as $$ begin {body} return new; end $$;
create trigger meddle before update on {s}._private_jobs for each row when (new.id = 60) execute function {s}.meddle()
"""
BREAK = "perform pg_terminate_backend(pg_backend_pid());"
AWAY = "the connection to the database broke"


@pytest.fixture
async def table(utils: WorkerUtils) -> Table:
    """120 jobs, ids 1 to 120."""
    table = Table.of(utils)
    await table.run("insert into {s}._private_tasks (identifier) values ('t')")
    await table.run("insert into {s}._private_jobs (task_id) select 1 from generate_series(1, 120)")
    return table


@pytest.fixture
async def theirs(dsn: str) -> AsyncIterator[WorkerUtils]:
    """The same verbs on connections of their own, which may break."""
    pool = await connect(dsn)
    yield WorkerUtils(pool)
    await pool.close()


async def meddle(table: Table, body: str) -> None:
    """From now on this happens whenever job 60 is changed."""
    await table.run(TRIGGER.replace("{body}", body))


async def hold(table: Table, age: str = "5 hours") -> None:
    """A worker holds all jobs, and 30 queues."""
    await table.run("insert into {s}._private_job_queues (queue_name) select i from generate_series(1, 30) i")
    for name in ("jobs", "job_queues"):
        lock = "set locked_at = now() - $1::text::interval, locked_by = 'w'"
        await table.run(f"update {{s}}._private_{name} {lock}", age)


async def held(table: Table) -> list[int]:
    """How many jobs and queues are still held."""
    counts = "select count(*) from {0}._private_jobs where locked_at is not null"
    return [
        await table.pool.fetchval(counts.replace("{0}", table.schema).replace("_jobs", name))
        for name in ("_jobs", "_job_queues")
    ]


@pytest.mark.parametrize("code", ["P0001", "P0002", "27000", "MYAPP"])
async def test_a_rule_that_refuses_one_id_refuses_that_one_only(utils: WorkerUtils, table: Table, code: str) -> None:
    """Whatever code the application's trigger gives it."""
    await meddle(table, f"raise exception 'no' using errcode = '{code}';")

    report = await utils.permanently_fail_jobs(range(1, 121))

    assert Counter(result.outcome.value for result in report.results) == {"done": 119, "refused": 1}
    assert report.results[59].reason == f"a trigger or a function of the database refuses this: no (SQLSTATE {code})"
    assert await table.pool.fetchval("select count(*) from graphile_worker.jobs where attempts = 25") == 119


async def test_a_job_that_a_row_of_the_application_refers_to_is_the_only_one_that_stays(
    utils: WorkerUtils, table: Table
) -> None:
    await table.run("create table public.invoice (job bigint references {s}._private_jobs (id))")
    await table.pool.execute("insert into public.invoice values (60)")

    report = await utils.complete_jobs(range(1, 121))

    assert Counter(result.outcome.value for result in report.results) == {"done": 119, "refused": 1}
    assert "a constraint of the database refuses this" in str(report.results[59].reason)
    assert [row["id"] for row in await table.pool.fetch("select id from graphile_worker.jobs")] == [60]


async def test_failed_jobs_that_something_refers_to_stay_and_the_others_go(utils: WorkerUtils, table: Table) -> None:
    await table.run("create table public.invoice (job bigint references {s}._private_jobs (id))")
    await table.pool.execute("insert into public.invoice values (1), (60), (61), (120)")
    await utils.permanently_fail_jobs(range(1, 121))

    report = await utils.cleanup([DELETE_FAILED])

    why = "4 stay: a constraint of the database refuses this (a foreign key on the jobs?): update or delete on table"
    assert report.deleted == {DELETE_FAILED: 116}
    assert report.skipped[DELETE_FAILED].startswith(why) and report.skipped[DELETE_FAILED].endswith("(SQLSTATE 23503)")
    left = await table.pool.fetch("select id from graphile_worker.jobs order by id")
    assert [row["id"] for row in left] == [1, 60, 61, 120]


async def test_a_cleanup_that_is_refused_all_over_is_given_up(
    utils: WorkerUtils, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleanup, "REFUSALS", 3)
    await table.run("create table public.invoice (job bigint references {s}._private_jobs (id))")
    await table.run("insert into public.invoice select id from {s}._private_jobs")
    await utils.permanently_fail_jobs(range(1, 121))

    report = await utils.cleanup([DELETE_FAILED])

    assert report.deleted == {DELETE_FAILED: 0}
    assert report.skipped[DELETE_FAILED].startswith("120 stay: ")
    assert report.skipped[DELETE_FAILED].endswith("; only 3 of them were tried")
    assert report.refused == [DELETE_FAILED]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (BREAK, f"50 of them not done: {AWAY}; 20 not tried: {AWAY}"),
        ("raise exception 'no';", "50 of them not done: {0}: no (SQLSTATE P0001); 20 not tried: {0}".format(
            "a trigger or a function of the database refuses this"
        )),
    ],
)  # fmt: skip
async def test_names_that_went_before_a_cleanup_broke_off_are_told(
    utils: WorkerUtils, theirs: WorkerUtils, table: Table, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    monkeypatch.setattr(unused_names, "BATCH", 50)
    await table.run("insert into {s}._private_job_queues (queue_name) select i from generate_series(1, 120) i")
    deleted = TRIGGER.replace("update on {s}._private_jobs", "delete on {s}._private_job_queues")
    deleted = deleted.replace("new.id", "old.id").replace("return new", "return old")
    await table.run(deleted.replace("{body}", body))

    report = await theirs.cleanup([GC_QUEUES])

    assert (report.deleted, report.skipped, report.refused) == ({GC_QUEUES: 50}, {GC_QUEUES: said}, [GC_QUEUES])
    assert await table.pool.fetchval("select count(*) from graphile_worker._private_job_queues") == 70


async def test_what_one_task_deleted_is_told_where_another_is_refused(utils: WorkerUtils, table: Table) -> None:
    await utils.permanently_fail_jobs(range(1, 121))
    await table.run("insert into {s}._private_job_queues (id, queue_name) overriding system value values (60, 'q')")
    deleted = TRIGGER.replace("update on {s}._private_jobs", "delete on {s}._private_job_queues")
    deleted = deleted.replace("new.id", "old.id").replace("{body}", "raise exception 'no';")
    await table.run(deleted)

    report = await utils.cleanup([DELETE_FAILED, GC_QUEUES])

    assert report.deleted == {DELETE_FAILED: 120}
    words = "not done: a trigger or a function of the database refuses this: no (SQLSTATE P0001)"
    assert (report.skipped, report.refused) == ({GC_QUEUES: words}, [GC_QUEUES])


async def test_a_deadlock_or_a_lock_that_is_not_to_be_had_is_busy(utils: WorkerUtils, table: Table) -> None:
    await meddle(table, "raise exception 'locked' using errcode = '55P03';")

    report = await utils.reschedule_jobs(range(1, 121), priority=5)

    assert Counter(result.outcome.value for result in report.results) == {"done": 70, "busy": 50}
    assert await table.pool.fetchval("select count(*) from graphile_worker.jobs where priority = 5") == 70


async def test_a_connection_that_breaks_half_way_loses_no_report(theirs: WorkerUtils, table: Table) -> None:
    await meddle(table, BREAK)
    report = await theirs.retry(range(120, 0, -1))
    alone = await theirs.retry([1])
    with pytest.raises(DatabaseUnavailable):
        await theirs.retry([60])

    assert [result.id for result in report.results] == list(range(120, 0, -1))
    said = {result.id: result for result in report.results}
    assert {said[id].outcome.value for id in range(1, 51)} == {"done"}
    assert {said[id].reason for id in range(51, 101)} == {f"not done: {AWAY}"}  # no commit was sent
    assert all(str(said[id].reason).startswith("not tried: ") for id in range(101, 121))
    assert (report.done, alone.done) == (50, 1)


async def test_who_was_done_before_another_was_refused_stays_done(utils: WorkerUtils, table: Table) -> None:
    await table.run(
        TRIGGER.replace("before update", "before delete")
        .replace("new.id", "old.id")
        .replace("{body}", "raise exception 'no';")
    )
    async with table.pool.acquire() as other:
        holding = other.transaction()
        await holding.start()
        await other.execute(f"select from {table.schema}._private_jobs where id = 60 for update")
        acting = asyncio.create_task(utils.complete_jobs(range(51, 71)))
        while await table.pool.fetchval(f"select count(*) from {table.schema}._private_jobs") == 120:
            await asyncio.sleep(0.01)
        await holding.rollback()
        report = await acting

    assert Counter(result.outcome.value for result in report.results) == {"done": 19, "refused": 1}
    assert await table.pool.fetchval(f"select count(*) from {table.schema}._private_jobs") == 101


async def test_locks_that_went_before_the_database_went_away_are_counted(
    utils: WorkerUtils, theirs: WorkerUtils, table: Table
) -> None:
    await hold(table)
    await meddle(table, BREAK)

    report = await theirs.force_unlock_workers(["w"])

    unfinished = {f"not done: {AWAY}": 50, f"not tried: {AWAY}": 20 + 30}
    assert report == UnlockReport(["w"], jobs=50, queues=0, unfinished=unfinished)
    assert await held(table) == [70, 30]
    await table.run("update {s}._private_jobs set locked_at = null, locked_by = null where id <> 60")
    with pytest.raises(DatabaseUnavailable):  # it can only be told as an error that nothing went
        await theirs.force_unlock_workers(["w"])


async def test_queues_that_break_lose_no_count_of_the_jobs(theirs: WorkerUtils, table: Table) -> None:
    await hold(table)
    trigger = TRIGGER.replace("_private_jobs", "_private_job_queues").replace("new.id = 60", "new.id = 7")
    await table.run(trigger.replace("{body}", BREAK))

    report = await theirs.force_unlock_workers(["w"])

    unfinished = {f"not done: {AWAY}": 30}
    assert report == UnlockReport(["w"], jobs=120, queues=0, unfinished=unfinished)


async def test_old_locks_that_went_before_are_named(theirs: WorkerUtils, table: Table) -> None:
    await hold(table)
    await meddle(table, BREAK)

    report = await release_old_locks(theirs.queue)

    assert [lock.id for lock in report.locks] == list(range(1, 51))
    assert (report.jobs, report.queues, report.busy, report.others) == (50, 0, 0, 100)
    assert report.unfinished == {
        f"not done: {AWAY}": 50, f"not tried: {AWAY}": 50,
    }  # fmt: skip


async def test_a_lock_that_is_not_to_be_had_in_time_is_busy_and_the_others_go(utils: WorkerUtils, table: Table) -> None:
    await hold(table)
    await meddle(table, "raise exception 'locked' using errcode = '55P03';")

    assert await utils.force_unlock_workers(["w"]) == UnlockReport(["w"], jobs=70, queues=30, busy=50)


async def test_a_rule_that_refuses_one_lock_keeps_that_one_only(utils: WorkerUtils, table: Table) -> None:
    await hold(table)
    await meddle(table, "raise exception 'no';")

    report = await utils.force_unlock_workers(["w"])

    words = "not done: a trigger or a function of the database refuses this: no (SQLSTATE P0001)"
    assert report == UnlockReport(["w"], jobs=119, queues=30, unfinished={words: 1})
    assert await held(table) == [1, 0]
