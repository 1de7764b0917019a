"""The sweep: jobs of workers that registered and fell silent, and of nobody else."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from graphile_worker.core.exceptions import Busy, InvalidInput, SchemaMissing, SchemaUnsupported
from graphile_worker.core.locks.sweep import SweepReport, sweep
from graphile_worker.core.queue import Queue
from graphile_worker.core.schema import Schema
from graphile_worker.worker_utils import WorkerUtils

OLD = "10 minutes"


async def run(utils: WorkerUtils, **options: Any) -> SweepReport:
    """Sweeps the schema of the test."""
    return await sweep(utils.queue, **options)


async def worker(utils: WorkerUtils, name: str, silence: str) -> None:
    """Registers a worker whose last heartbeat is that old."""
    await utils.database.pool.execute(
        f"insert into {utils.schema.quoted}._private_workers (id, last_heartbeat_at)"
        " values ($1, now() - $2::text::interval)",
        name,
        silence,
    )


async def held(utils: WorkerUtils, name: str, *, age: str = OLD, queue: str | None = None, **job: Any) -> int:
    """A job that this worker runs since then, with its queue; its id."""
    added = await utils.add_job("t", queue=queue, **job)
    for table, id in (("_private_jobs", added.id), ("_private_job_queues", added.job_queue_id)):
        await utils.database.pool.execute(
            f"update {utils.schema.quoted}.{table} set locked_by = $2, locked_at = now() - $3::text::interval"
            " where id = $1",
            id,
            name,
            age,
        )
    await utils.database.pool.execute(
        f"update {utils.schema.quoted}._private_jobs set attempts = 2 where id = $1", added.id
    )
    return added.id


async def job(utils: WorkerUtils, id: int) -> asyncpg.Record:
    """The row of a job."""
    row = await utils.database.pool.fetchrow(
        "select *, run_at > now() + interval '20 seconds' as later"
        f" from {utils.schema.quoted}._private_jobs where id = $1",
        id,
    )
    assert row is not None
    return row


@pytest.mark.any_schema
async def test_a_silent_worker_gives_its_jobs_and_queues_back(utils: WorkerUtils) -> None:
    await worker(utils, "dead", OLD)
    id = await held(utils, "dead", queue="q")

    preview = await run(utils, dry_run=True)
    assert (await job(utils, id))["locked_by"] == "dead"
    report = await run(utils)

    assert preview == report == SweepReport(["dead"], 1)
    row = await job(utils, id)
    assert (row["locked_by"], row["locked_at"], row["attempts"], row["later"]) == (None, None, 1, True)
    assert row["last_error"] == "Job recovered after worker interruption"
    assert await utils.database.pool.fetchval(f"select is_available from {utils.schema.quoted}._private_job_queues")
    assert await run(utils) == SweepReport([], 0)


async def test_who_never_registered_is_left_alone_however_old_the_lock(utils: WorkerUtils) -> None:
    ids = [await held(utils, name, age="3 days") for name in ("pool-1", "worker-2", "graphile_worker_3")]

    assert await run(utils, dry_run=True) == SweepReport([], 0)
    assert await run(utils) == SweepReport([], 0)
    assert [(await job(utils, id))["locked_by"] for id in ids] == ["pool-1", "worker-2", "graphile_worker_3"]


async def test_who_still_beats_is_left_alone(utils: WorkerUtils) -> None:
    await worker(utils, "alive", "10 seconds")
    await worker(utils, "slow", "4 minutes")
    id = await held(utils, "alive", age="3 days")

    assert await run(utils) == SweepReport([], 0)
    assert (await job(utils, id))["locked_by"] == "alive"
    assert await run(utils, threshold_secs=60) == SweepReport(["slow"], 0)


async def test_who_has_taken_a_job_since_is_not_silent_whatever_its_heartbeat_says(utils: WorkerUtils) -> None:
    """The heartbeat loop of some versions ends at its first database error, and the worker works on."""
    await worker(utils, "deaf", OLD)
    ids = [await held(utils, "deaf", age="1 hour"), await held(utils, "deaf", age="1 minute")]

    assert await run(utils, dry_run=True) == await run(utils) == SweepReport([], 0)
    assert [(await job(utils, id))["locked_by"] for id in ids] == ["deaf", "deaf"]


async def test_holders_of_a_resilient_job_get_three_times_as_long(utils: WorkerUtils) -> None:
    await worker(utils, "patient", OLD)
    await worker(utils, "gone", "16 minutes")
    for name in ("patient", "gone"):
        await held(utils, name, flags=["infrastructure_resilient"])
        await held(utils, name)

    assert await run(utils, dry_run=True) == SweepReport(["gone"], 2)
    assert await run(utils) == SweepReport(["gone"], 2)


async def test_what_was_given_up_while_it_ran_stays_given_up(utils: WorkerUtils) -> None:
    await worker(utils, "dead", OLD)
    removed = await held(utils, "dead", age="9 minutes", key="k")
    replaced = await held(utils, "dead", age="9 minutes", key="k2")
    await utils.remove_job("k")
    await utils.add_job("t", key="k2")

    assert await run(utils) == SweepReport(["dead"], 2)

    for id in (removed, replaced):
        row = await job(utils, id)
        assert (row["attempts"], row["max_attempts"], row["is_available"]) == (25, 25, False)


RUSTS_OWN_AT_20 = """
create or replace function {s}.recover_dead_worker_jobs(worker_ids text[], recovery_delay interval default '0 seconds')
returns integer language sql as $$
  with j as (
    update {s}._private_jobs as jobs
    set attempts = greatest(0, jobs.attempts - 1), locked_by = null, locked_at = null
    where jobs.locked_by = any(worker_ids)
    returning 1
  )
  select count(*)::int from j
$$;
drop table {s}._private_job_retirements
"""


@pytest.mark.any_schema
async def test_without_a_mark_on_them_too_what_was_given_up_stays_so(utils: WorkerUtils) -> None:
    await utils.database.pool.execute(RUSTS_OWN_AT_20.replace("{s}", utils.schema.quoted))
    await worker(utils, "dead", OLD)
    retired, usual = await held(utils, "dead", queue="q"), await held(utils, "dead")
    await utils.database.pool.execute(
        f"update {utils.schema.quoted}._private_jobs set attempts = max_attempts, key = null where id = $1", retired
    )

    assert await run(utils, dry_run=True) == await run(utils) == SweepReport(["dead"], 2)

    row = await job(utils, retired)
    assert (row["attempts"], row["max_attempts"], row["locked_by"], row["is_available"]) == (25, 25, None, False)
    row = await job(utils, usual)
    assert (row["attempts"], row["locked_by"], row["later"]) == (1, None, True)
    assert row["last_error"] == "Job recovered after worker interruption"
    assert await utils.database.pool.fetchval(f"select is_available from {utils.schema.quoted}._private_job_queues")
    assert await run(utils) == SweepReport([], 0)


async def test_each_worker_with_what_it_held(utils: WorkerUtils) -> None:
    for name in ("b", "a", "alive"):
        await worker(utils, name, "1 minute" if name == "alive" else OLD)
    for name, queue in (("a", "q"), ("a", None), ("alive", "q2")):
        await held(utils, name, queue=queue)

    preview = await run(utils, dry_run=True)
    report = await run(utils)

    assert [(one.worker_id, one.jobs, one.queues) for one in report.details] == [("a", 2, 1), ("b", 0, 0)]
    assert report.details == preview.details
    assert all(one.last_heartbeat_at.endswith("Z") for one in report.details)


async def test_no_delay_means_now(utils: WorkerUtils) -> None:
    await worker(utils, "dead", OLD)
    id = await held(utils, "dead")

    await run(utils, recovery_delay_secs=0)

    assert (await job(utils, id))["later"] is False


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold_secs": 59}, "sweep_threshold_secs must be between 60 and"),
        ({"threshold_secs": 0}, "sweep_threshold_secs"),
        ({"threshold_secs": 2**53}, "sweep_threshold_secs"),
        ({"threshold_secs": True}, "sweep_threshold_secs must be a whole number"),
        ({"recovery_delay_secs": -1}, "recovery_delay_secs must be between 0 and"),
        ({"recovery_delay_secs": 2**63}, "recovery_delay_secs"),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
async def test_thresholds_that_would_hit_the_living_are_refused(
    utils: WorkerUtils, options: dict[str, Any], message: str, dry_run: bool
) -> None:
    with pytest.raises(InvalidInput, match=message):
        await run(utils, dry_run=dry_run, **options)


async def test_a_heartbeat_under_way_saves_the_worker(utils: WorkerUtils, dsn: str) -> None:
    await worker(utils, "waking", OLD)
    await worker(utils, "dead", OLD)
    id = await held(utils, "waking")
    other = await asyncpg.connect(dsn)
    async with other.transaction():
        await other.execute("select graphile_worker.worker_heartbeat('waking')")
        assert await run(utils) == SweepReport(["dead"], 0)
    await other.close()

    assert (await job(utils, id))["locked_by"] == "waking"


async def test_one_sweep_at_a_time_whoever_runs_it(utils: WorkerUtils, dsn: str) -> None:
    await worker(utils, "dead", OLD)
    other = await asyncpg.connect(dsn)
    async with other.transaction():
        await other.execute("select pg_advisory_xact_lock(1196905043, 1398228304)")
        with pytest.raises(Busy, match="another sweep is running"):
            await run(utils)
        assert (await run(utils, dry_run=True)).workers == ["dead"]
    await other.close()


async def test_many_at_once_recover_each_job_once(utils: WorkerUtils) -> None:
    await worker(utils, "dead", OLD)
    id = await held(utils, "dead")

    answers = await asyncio.gather(*(run(utils) for _ in range(4)), return_exceptions=True)

    assert sum(answer.jobs for answer in answers if isinstance(answer, SweepReport)) == 1
    assert all(isinstance(answer, (SweepReport, Busy)) for answer in answers)
    assert (await job(utils, id))["attempts"] == 1


async def test_a_database_without_heartbeats_is_named(utils: WorkerUtils) -> None:
    await utils.database.pool.execute("drop table graphile_worker._private_workers")

    for dry_run in (True, False):
        with pytest.raises(SchemaUnsupported, match="no heartbeats") as caught:
            await run(utils, dry_run=dry_run)
        assert "graphile-worker migrate" in (caught.value.hint or "")


async def test_a_missing_schema_is_missing(utils: WorkerUtils) -> None:
    with pytest.raises(SchemaMissing):
        await sweep(Queue(utils.database, Schema("nowhere")))
