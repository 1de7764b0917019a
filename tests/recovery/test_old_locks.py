"""Locks let go by their age: only those of workers that nobody knows, and exactly what the dry run listed."""

from __future__ import annotations

from typing import Any

import pytest

from graphile_worker.core.database.transactions import connect
from graphile_worker.core.diagnosis.roles import Recipe
from graphile_worker.core.exceptions import InvalidInput, PermissionDenied, SchemaMissing
from graphile_worker.core.locks.old_locks import OldLocksReport, preview_old_locks
from graphile_worker.core.schema import Schema
from graphile_worker.worker_utils import WorkerUtils
from tests.recovery.old_locks import OLD, YOUNG, held, holders, previewed, run
from tests.support import roles
from tests.support.roles import acting_as, login
from tests.support.table import Table


@pytest.mark.any_schema
async def test_a_job_and_its_queue_are_free_again(utils: WorkerUtils, table: Table) -> None:
    id = await held(utils, table, OLD, queue="q")
    await table.run("update {s}._private_jobs set last_error = 'was', run_at = now() - interval '9 hours'")
    young = await held(utils, table, YOUNG, queue="young")
    before = await table.row(id)

    report = await previewed(utils)

    assert (report.jobs, report.queues, report.used_up, report.busy, report.kept) == (1, 1, 0, 0, {})
    job, queue = report.locks
    assert (job.kind, job.id, job.task, job.queue, job.worker, job.used_up) == ("job", id, "t", "q", "pool-1", False)
    assert (queue.kind, queue.task, queue.queue, queue.worker) == ("queue", None, "q", "pool-1")
    assert job.age_secs is not None and 5 * 3600 <= job.age_secs < 5 * 3600 + 60 and job.locked_at.endswith("Z")
    row = await table.row(id)
    assert (row["locked_at"], row["locked_by"], row["is_available"], row["due"]) == (None, None, True, True)
    assert (row["attempts"], row["last_error"], row["updated_at"]) == (1, "was", before["updated_at"])
    assert row["run_at"] > before["run_at"]
    assert (await table.row(young))["locked_by"] == "pool-1"
    assert await run(utils) == OldLocksReport(0, 0, 0, 0, [], {})


async def test_a_job_of_the_future_keeps_its_time(utils: WorkerUtils, table: Table) -> None:
    id = await held(utils, table, OLD, run_at="2100-01-01T00:00:00Z")

    await run(utils)

    assert (await table.row(id))["run_at"].year == 2100


@pytest.mark.parametrize(
    ("seconds", "jobs"), [(900, 3), (5 * 3600 - 60, 2), (5 * 3600 + 60, 1), (9 * 3600, 0), (366 * 86400, 0)]
)
async def test_the_age_is_the_one_asked_for(utils: WorkerUtils, table: Table, seconds: int, jobs: int) -> None:
    for age in ("16 minutes", OLD, "6 hours"):
        await held(utils, table, age)

    assert (await previewed(utils, older_than_secs=seconds)).jobs == jobs


@pytest.mark.parametrize("seconds", [899, 0, -1, 366 * 86400 + 1, 2**63, True, "4h", None, 1e4])
@pytest.mark.parametrize("dry_run", [True, False])
async def test_ages_that_would_hit_the_living_are_refused(utils: WorkerUtils, seconds: Any, dry_run: bool) -> None:
    with pytest.raises(InvalidInput, match="older_than_secs"):
        await run(utils, older_than_secs=seconds, dry_run=dry_run)


async def test_who_registered_is_left_alone(utils: WorkerUtils, table: Table) -> None:
    for worker, silence in (("alive", "1 minute"), ("silent", "2 days")):
        await held(utils, table, OLD, worker, queue=worker)
        await table.run(
            "insert into {s}._private_workers (id, last_heartbeat_at) values ($1, now() - $2::text::interval)",
            worker,
            silence,
        )

    report = await previewed(utils)

    assert (report.jobs, report.queues) == (0, 0)
    assert report.kept == {
        "its worker sends heartbeats": 2,
        "its worker sends no heartbeats any more: sweep stale workers": 2,
    }
    assert await holders(utils) == ["alive", "alive", "silent", "silent"]


async def test_whom_worker_pro_lists_is_left_alone(utils: WorkerUtils, table: Table) -> None:
    await table.pro("workers", "worker_id", "worker-9")
    await table.pro("pools", "pool_id", "pool-9")
    for worker in ("worker-9", "pool-9", "pool-1"):
        await held(utils, table, OLD, worker)

    report = await previewed(utils)

    assert (report.jobs, report.kept) == (1, {"listed by Worker Pro": 2})
    assert await holders(utils) == ["pool-9", "worker-9"]


@pytest.mark.parametrize("name", ["workers", "pools"])
async def test_worker_pro_may_list_anybody_where_it_calls_them_otherwise(
    utils: WorkerUtils, table: Table, name: str
) -> None:
    await table.pro(name, "name", "pro-1")
    await held(utils, table, OLD, "worker-9")

    report = await previewed(utils)

    assert (report.jobs, report.kept) == (0, {"listed by Worker Pro": 1})
    await table.run(f"truncate {{s}}._private_pro_{name}")
    assert (await previewed(utils)).jobs == 1


async def test_resilient_jobs_need_three_times_the_age(utils: WorkerUtils, table: Table) -> None:
    patient = await held(utils, table, OLD, flags=["infrastructure_resilient"], queue="patient")
    gone = await held(utils, table, "13 hours", flags=["infrastructure_resilient", "other"], queue="gone")
    usual = await held(utils, table, OLD, flags=["other"])

    report = await previewed(utils)

    assert [lock.id for lock in report.locks if lock.kind == "job"] == [gone, usual]
    assert [lock.queue for lock in report.locks if lock.kind == "queue"] == ["gone"]
    assert report.kept["resilient, younger than three times the age"] == 1
    assert report.kept["a job of the queue is still held"] == 1
    assert (await table.row(patient))["locked_by"] == "pool-1"


async def test_a_lock_of_nobody_is_an_orphan_too(utils: WorkerUtils, table: Table) -> None:
    id = await held(utils, table, OLD, None, queue="q")

    report = await previewed(utils)

    assert [(lock.kind, lock.worker) for lock in report.locks] == [("job", None), ("queue", None)]
    assert (await table.row(id))["is_available"]


async def test_the_last_attempt_stays_used_and_is_counted(utils: WorkerUtils, table: Table) -> None:
    last = await held(utils, table, OLD, max_attempts=1)
    retired = await held(utils, table, YOUNG, key="k")
    await utils.remove_job("k")
    await table.lock(retired, OLD)

    report = await previewed(utils)

    assert (report.jobs, report.used_up, [lock.used_up for lock in report.locks]) == (2, 2, [True, True])
    for id, attempts in ((last, 1), (retired, 25)):
        row = await table.row(id)
        assert (row["attempts"], row["locked_at"], row["is_available"]) == (attempts, None, False)


async def test_a_queue_lock_without_a_job_goes_by_its_own_age(utils: WorkerUtils, table: Table) -> None:
    for name, age in (("old", OLD), ("young", YOUNG)):
        await table.run(
            "insert into {s}._private_job_queues (queue_name, locked_by, locked_at)"
            " values ($1, 'pool-1', now() - $2::text::interval)",
            name,
            age,
        )

    report = await previewed(utils)

    assert [(lock.kind, lock.queue) for lock in report.locks] == [("queue", "old")]


async def test_a_queue_goes_with_its_job_however_young_its_lock(utils: WorkerUtils, table: Table) -> None:
    await held(utils, table, OLD, queue="q")
    await table.run("update {s}._private_job_queues set locked_at = now()")

    assert [lock.kind for lock in (await previewed(utils)).locks] == ["job", "queue"]
    assert await holders(utils) == []


async def test_a_queue_stays_held_while_another_job_of_it_runs(utils: WorkerUtils, table: Table) -> None:
    """Node 0.17 takes several jobs of one queue at once."""
    await held(utils, table, YOUNG, queue="q")
    await held(utils, table, OLD, queue="q")

    report = await previewed(utils)

    assert (report.jobs, report.queues) == (1, 0)
    assert report.kept == {"a job of the queue is still held": 1}
    assert await holders(utils) == ["pool-1", "pool-1"]


async def test_at_most_200_are_named_and_all_are_counted(utils: WorkerUtils, table: Table) -> None:
    await utils.add_job("t")
    await table.run(
        "insert into {s}._private_jobs (task_id, locked_at, locked_by, attempts)"
        " select 1, now() - interval '5 hours', 'pool-1', 1 from generate_series(1, 260)"
    )

    report = await previewed(utils)

    assert (report.jobs, len(report.locks)) == (260, 200)


async def test_times_without_an_end_do_not_stop_it(utils: WorkerUtils, table: Table) -> None:
    id = await held(utils, table, OLD)
    await table.run("update {s}._private_jobs set locked_at = '-infinity' where id = $1", id)

    (lock,) = (await previewed(utils)).locks

    assert (lock.locked_at, lock.age_secs) == ("-infinity", None)


async def test_nodes_own_database_has_no_heartbeats_and_is_served(utils: WorkerUtils, table: Table) -> None:
    await table.run("drop table {s}._private_workers")
    await held(utils, table, OLD, queue="q")

    assert ((await previewed(utils)).jobs, await holders(utils)) == (1, [])


@pytest.mark.parametrize("hidden", ["_private_workers", "_private_pro_pools"])
async def test_who_may_not_see_the_living_may_not_judge(
    utils: WorkerUtils, table: Table, dsn: str, hidden: str
) -> None:
    user = await login(utils.database.pool, "half_blind", "bypassrls")
    await table.pro("pools", "pool_id")
    await table.run(
        f"grant usage on schema {{s}} to {user};"
        f"grant all on all tables in schema {{s}} to {user}; revoke all on {{s}}.{hidden} from {user}"
    )
    id = await held(utils, table, OLD)
    async with acting_as(dsn, user) as theirs:
        for dry_run in (True, False):
            with pytest.raises(PermissionDenied, match="may not read") as caught:
                await run(theirs, dry_run=dry_run)
            assert "grant select" in (caught.value.hint or "")
    assert (await table.row(id))["locked_by"] == "pool-1"


@pytest.mark.parametrize("secured", [False, True])
async def test_what_opens_the_list_of_the_living_is_said(
    utils: WorkerUtils, table: Table, dsn: str, *, secured: bool
) -> None:
    """A grant, or where row security hides the rows from whoever has one, the recipe with its policies."""
    user = await login(utils.database.pool, "half_blind")
    await table.pro("pools", "pool_id")
    recipe = Recipe("operator", user)
    await table.pool.execute(recipe.sql((await roles.capabilities(utils)).facts))
    if secured:
        await table.run("alter table {s}._private_pro_pools enable row level security")
    else:
        await table.run(f"revoke all on {{s}}._private_pro_pools from {user}")
    await held(utils, table, OLD)
    async with acting_as(dsn, user) as theirs:
        with pytest.raises(PermissionDenied, match="may not read _private_pro_pools") as caught:
            await run(theirs)
        hint = str(caught.value.hint)
        if secured:
            assert f"--operator {user}" in hint
            await table.pool.execute(recipe.sql((await roles.capabilities(utils)).facts))
        else:
            await table.pool.execute(hint.partition(": ")[2])
        assert (await run(theirs)).jobs == 1


async def test_who_may_only_read_sees_the_preview(utils: WorkerUtils, table: Table, dsn: str) -> None:
    user = await login(utils.database.pool, "reader", "bypassrls")
    await table.run(f"grant usage on schema {{s}} to {user}; grant select on all tables in schema {{s}} to {user}")
    await held(utils, table, OLD)
    async with acting_as(dsn, user) as theirs:
        assert (await preview_old_locks(theirs.queue)).jobs == 1
        with pytest.raises(PermissionDenied):
            await run(theirs)


async def test_a_missing_schema_is_missing(empty_dsn: str) -> None:
    pool = await connect(empty_dsn)
    try:
        with pytest.raises(SchemaMissing):
            await run(WorkerUtils(pool, Schema("nowhere")))
    finally:
        await pool.close()
