"""`migrate` creates missing objects again and replaces old function bodies, whatever the recorded numbers are."""

from __future__ import annotations

import pytest

from graphile_worker.core.database.transactions import Database, Pool
from graphile_worker.core.exceptions import SchemaUnsupported
from graphile_worker.core.migration.migrate import migrate
from graphile_worker.core.queue import Queue
from graphile_worker.core.schema import Schema
from graphile_worker.worker_utils import WorkerUtils
from tests.support.catalog import STATE_22, catalog
from tests.support.roles import capabilities


@pytest.mark.parametrize(
    "damage",
    [
        "drop view {s}.jobs",
        "drop table {s}._private_job_retirements",
        "drop table {s}._private_workers",
        "drop index {s}._private_workers_last_heartbeat_at_idx",
        "drop index {s}.jobs_main_index",
        "drop index {s}.jobs_no_queue_index",
        "drop table {s}._private_known_crontabs",
        "alter table {s}._private_tasks disable row level security",
        "drop type {s}.job_spec cascade",
        "drop function {s}.remove_job",
        "drop function {s}._private_return_jobs",
        "drop function {s}.list_stale_workers",
        "drop function {s}.complete_jobs(bigint[])",
    ],
)
async def test_what_is_missing_is_made_again_whatever_the_numbers_say(pool: Pool, damage: str) -> None:
    await WorkerUtils(pool).add_job("kept")
    await pool.execute(damage.format(s="graphile_worker"))

    report = await migrate(Queue(Database(pool), Schema()))

    assert (report.applied, report.found) == ([], "migration 22")
    assert "repaired" in report.message
    assert await catalog(pool) == STATE_22
    assert await pool.fetchval("select count(*) from graphile_worker.jobs") == 1


async def test_an_old_body_is_replaced(pool: Pool) -> None:
    await pool.execute(
        "create or replace function graphile_worker.add_jobs("
        " specs graphile_worker.job_spec[], job_key_preserve_run_at boolean default false)"
        " returns setof graphile_worker._private_jobs language sql as $$ select * from graphile_worker._private_jobs $$"
    )

    assert "functions" in (await migrate(Queue(Database(pool), Schema()))).message
    assert (await WorkerUtils(pool).add_job("t")).task_identifier == "t"


async def test_a_reschedule_that_leaves_jobs_retired_is_replaced(pool: Pool) -> None:
    await pool.execute(
        "create or replace function graphile_worker.reschedule_jobs(job_ids bigint[], run_at timestamptz default null,"
        " priority integer default null, attempts integer default null, max_attempts integer default null)"
        " returns setof graphile_worker._private_jobs language sql as"
        " $$ update graphile_worker._private_jobs j set attempts = 0 where id = any(job_ids) returning j.* $$"
    )

    assert "functions" in (await migrate(Queue(Database(pool), Schema()))).message
    utils = WorkerUtils(pool)
    job = await utils.add_job("t")
    await utils.permanently_fail_jobs([job.id], "enough")
    await utils.reschedule_jobs([job.id], attempts=0)
    assert await pool.fetchval("select count(*) from graphile_worker._private_job_retirements") == 0


@pytest.mark.parametrize("name", ["old_queue", 'an "odd" one', "Old"])
async def test_a_renamed_schema_does_nothing_to_the_one_that_has_its_name_now(pool: Pool, name: str) -> None:
    theirs = WorkerUtils(pool, name)
    kept = await WorkerUtils(pool).add_job("old", key="same")
    await pool.execute(f"alter schema graphile_worker rename to {theirs.schema.quoted}")
    live = WorkerUtils(pool)
    await live.migrate()
    job = await live.add_job("live", key="same")
    for act in (
        lambda: theirs.complete_jobs([kept.id]),
        lambda: theirs.permanently_fail_jobs([kept.id]),
        lambda: theirs.reschedule_jobs([kept.id], priority=7),
        lambda: theirs.remove_job("same"),
        lambda: theirs.add_job("lost"),
    ):
        with pytest.raises(
            SchemaUnsupported, match="was renamed: its functions still act on the schema of the old name"
        ):
            await act()
    assert (await theirs.migrate()).message.endswith("repaired: functions")
    await theirs.add_job("found")
    assert (await theirs.complete_jobs([kept.id])).done == 1
    assert [row["id"] for row in await pool.fetch("select id from graphile_worker._private_jobs")] == [job.id]
    assert not [one for one in (await capabilities(theirs)).findings if one.level == "error"]
