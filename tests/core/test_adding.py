"""What an add tells about the job that had its key."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from graphile_worker.core.actions import add
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.jobs import AddedJob, JobSpec
from graphile_worker.worker_utils import WorkerUtils
from tests.support.table import Table


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


def told(job: AddedJob) -> tuple[str, int | None]:
    """The outcome and the job it is about."""
    return job.outcome.value, job.previous_id


@pytest.mark.any_schema
async def test_each_of_the_outcomes(utils: WorkerUtils, table: Table) -> None:
    first = await utils.add_job("t", key="k")
    again = await utils.add_job("t", key="k")
    kept = await utils.add_job("t", key="k", job_key_mode="preserve-run-at")
    same = await utils.add_job("t", key="k", job_key_mode="unsafe-dedupe")
    await table.lock(first.id, "1 minute")
    same_running = await utils.add_job("t", key="k", job_key_mode="unsafe-dedupe")
    split = await utils.add_job("t", key="k")
    await utils.permanently_fail_jobs([split.id])
    after_failure = await utils.add_job("t", key="k")

    assert told(await utils.add_job("t")) == ("new", None)
    assert told(first) == ("new", None)
    assert told(again) == told(kept) == ("replaced", first.id)
    assert told(same) == told(same_running) == ("deduplicated", first.id)
    assert told(split) == ("split", first.id)
    assert told(after_failure) == ("new", split.id)
    assert [(await table.row(job.id))["key"] for job in (first, split, after_failure)] == [None, None, "k"]
    assert (await table.row(first.id))["locked_by"] == "w1"


async def test_a_batch_tells_each_of_its_jobs(utils: WorkerUtils, table: Table) -> None:
    waiting, running = [await utils.add_job("t", key=key) for key in ("waiting", "running")]
    await table.lock(running.id, "1 minute")

    jobs = await utils.add_jobs([JobSpec("t", key=key) for key in ("running", None, "fresh", "waiting", "fresh")])

    assert [told(job) for job in jobs] == [
        ("split", running.id), ("new", None), ("new", None), ("replaced", waiting.id), ("replaced", jobs[2].id),
    ]  # fmt: skip


async def test_more_keys_than_the_database_has_locks_for_are_refused_before_anything_is_stored(
    utils: WorkerUtils, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(add, "KEYED_MAX", 100)
    specs = [JobSpec("t", n, key=str(n)) for n in range(101)]

    with pytest.raises(InvalidInput, match="key is given to 101 jobs of one add; at most 100 may have one"):
        await utils.add_jobs(specs)
    assert len(await utils.add_jobs(specs[1:])) == 100
    assert len(await utils.add_jobs([JobSpec("t")] * 500)) == 500


@pytest.mark.any_schema
@pytest.mark.parametrize("names", ["tasks (identifier)", "job_queues (queue_name)"])
async def test_new_names_are_made_in_one_order_whatever_the_order_of_the_jobs(
    utils: WorkerUtils, table: Table, dsn: str, names: str
) -> None:
    """Somebody has made `a` and goes on to `z`; we wait for `a` and have not made `z` yet, so nobody waits in a circle."""
    other = await asyncpg.connect(dsn)
    await other.execute("set deadlock_timeout = '1ms'")  # it is the one that would see the circle
    insert = f"insert into {table.schema}._private_{names} values ($1)"
    async with other.transaction():
        await other.execute(insert, "a")
        specs = [JobSpec("z", queue="z", key="1"), JobSpec("a", queue="a", key="2")]
        waiting = asyncio.create_task(utils.add_jobs(specs))
        while not await table.pool.fetchval("select exists (select from pg_locks where not granted)"):
            await asyncio.sleep(0.01)
        await other.execute(insert, "z")
    await other.close()

    assert [job.task_identifier for job in await waiting] == ["z", "a"]
