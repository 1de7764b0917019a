"""Verbs on many ids when the database refuses one, or goes away half-way: what was done is said, the rest too."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from graphile_worker.core.database import connect
from graphile_worker.core.errors import DatabaseUnavailable
from graphile_worker.core.utils import WorkerUtils
from tests.support.table import Table

TRIGGER = """
create function {s}.meddle() returns trigger language plpgsql as $$ begin {body} return new; end $$;
create trigger meddle before update on {s}._private_jobs for each row when (new.id = 60) execute function {s}.meddle()
"""


@pytest.fixture
async def table(utils: WorkerUtils) -> Table:
    """120 jobs, ids 1 to 120."""
    table = Table.of(utils)
    await table.run("insert into {s}._private_tasks (identifier) values ('t')")
    await table.run("insert into {s}._private_jobs (task_id) select 1 from generate_series(1, 120)")
    return table


async def meddle(table: Table, body: str) -> None:
    """From now on this happens whenever job 60 is changed."""
    await table.run(TRIGGER.replace("{body}", body))


async def test_a_rule_that_refuses_one_id_refuses_that_one_only(utils: WorkerUtils, table: Table) -> None:
    await meddle(table, "raise exception 'no' using errcode = 'P0001';")

    report = await utils.permanently_fail_jobs(range(1, 121))

    assert Counter(result.outcome.value for result in report.results) == {"done": 119, "refused": 1}
    assert report.results[59].reason == "a trigger or a function of the database refuses this"
    assert await table.pool.fetchval("select count(*) from graphile_worker.jobs where attempts = 25") == 119


async def test_a_deadlock_or_a_lock_that_is_not_to_be_had_is_busy(utils: WorkerUtils, table: Table) -> None:
    await meddle(table, "raise exception 'locked' using errcode = '55P03';")

    report = await utils.reschedule_jobs(range(1, 121), priority=5)

    assert Counter(result.outcome.value for result in report.results) == {"done": 70, "busy": 50}
    assert await table.pool.fetchval("select count(*) from graphile_worker.jobs where priority = 5") == 70


async def test_a_connection_that_breaks_half_way_loses_no_report(utils: WorkerUtils, table: Table, dsn: str) -> None:
    await meddle(table, "perform pg_terminate_backend(pg_backend_pid());")
    pool = await connect(dsn)
    theirs = WorkerUtils(pool)
    try:
        report = await theirs.retry(range(120, 0, -1))
        alone = await theirs.retry([1])
        with pytest.raises(DatabaseUnavailable):
            await theirs.retry([60])
    finally:
        await pool.close()

    assert [result.id for result in report.results] == list(range(120, 0, -1))
    said = {result.id: result for result in report.results}
    assert {said[id].outcome.value for id in range(1, 51)} == {"done"}
    assert all("may or may not be done" in str(said[id].reason) for id in range(51, 101))
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
