"""Jobs that run for hours, and workers that die in the middle of one: Node's workers send no heartbeats.

Our sweep must not take the living for dead; who knows that one is dead can have its jobs back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.jobs import Job, JobReport, Outcome
from graphile_worker.core.locks.old_locks import release_old_locks
from graphile_worker.core.locks.sweep import SweepReport, sweep
from graphile_worker.core.maintenance.cleanup import DELETE_FAILED, GC_QUEUES
from graphile_worker.worker_utils import WorkerUtils
from tests.peers.database import finished, opened
from tests.peers.node import PACKAGES, Peer, worker


@pytest.mark.parametrize("package", PACKAGES)
async def test_a_job_longer_than_every_threshold_stays_with_its_worker(package: str, dsn: str) -> None:
    async with opened(dsn) as pool, worker(package, dsn) as peer:
        utils = WorkerUtils(pool)
        long, short = await running(utils, peer, queue="serial"), await running(utils, peer)
        await grow_old(pool, long)
        before = await everything(pool)

        await sweep_takes_the_silent_alone(utils)
        report = await release_old_locks(utils.queue, older_than_secs=6 * 3600)
        assert (report.jobs, report.queues) == (0, 0)
        cleaned = await utils.cleanup()
        assert (cleaned.deleted[DELETE_FAILED], cleaned.deleted[GC_QUEUES]) == (0, 0)
        unlocked = await utils.force_unlock_workers(["somebody else"])
        assert (unlocked.workers, unlocked.jobs, unlocked.queues) == ([], 0, 0)
        assert (await utils.migrate()).applied == []
        await every_verb_says_running(utils, short)

        assert await everything(pool) == before
        await finish(pool, long, short)
        assert await peer.stop() == 0
        assert starts(peer) == {long.id: 1, short.id: 1}


@pytest.mark.parametrize("package", PACKAGES)
async def test_the_job_of_a_killed_worker_comes_back_when_it_is_asked_for(package: str, dsn: str) -> None:
    async with opened(dsn) as pool, bereaved(package, dsn, pool) as (heir, job, behind):
        utils = WorkerUtils(pool)
        before = await everything(pool)
        await sweep_takes_the_silent_alone(utils)
        await every_verb_says_running(utils, job)
        assert await everything(pool) == before

        holder = await pool.fetchval("select locked_by from graphile_worker.jobs where id = $1", job.id)
        report = await utils.force_unlock_workers([holder])
        assert (report.workers, report.jobs, report.queues) == ([holder], 1, 1)

        await inherited(pool, heir, job, behind)
        assert list(starts(heir)) == [job.id, behind.id]  # it kept its place in the queue


@pytest.mark.parametrize("package", PACKAGES)
async def test_the_old_lock_of_a_killed_worker_is_released_and_no_other(package: str, dsn: str) -> None:
    async with opened(dsn) as pool, bereaved(package, dsn, pool) as (heir, job, behind):
        utils = WorkerUtils(pool)
        young = await running(utils, heir)
        await grow_old(pool, job)
        before = await everything(pool)

        preview = await release_old_locks(utils.queue, dry_run=True)
        assert [(lock.kind, lock.id) for lock in preview.locks] == [("job", job.id), ("queue", job.job_queue_id)]
        assert await everything(pool) == before

        report = await release_old_locks(utils.queue)

        assert (report.jobs, report.queues, report.busy, report.kept) == (1, 1, 0, {})
        await inherited(pool, heir, job, behind)
        await finished(pool, young.id)
        assert starts(heir)[young.id] == 1
        assert list(starts(heir)) == [young.id, behind.id, job.id]  # it is due since now, as after Node's own reset


@asynccontextmanager
async def bereaved(package: str, dsn: str, pool: Pool) -> AsyncIterator[tuple[Peer, Job, Job]]:
    """A live worker, the job that another one had begun when it was killed, and the job behind it in the queue."""
    utils = WorkerUtils(pool)
    async with worker(package, dsn) as doomed:
        job = await running(utils, doomed, queue="serial")
        behind = await utils.add_job("ok", queue="serial")
        async with worker(package, dsn) as heir:
            await doomed.kill()
            yield heir, job, behind
            assert await heir.stop() == 0
        assert starts(doomed) == {job.id: 1}


async def inherited(pool: Pool, heir: Peer, job: Job, behind: Job) -> None:
    """The job runs again on the other worker, once, and its interrupted try counts; so does what waited behind it."""
    await heir.until_ran(job.id)
    assert await pool.fetchval("select attempts from graphile_worker.jobs where id = $1", job.id) == 2
    await finish(pool, job, behind)
    await heir.until_ran(behind.id)
    assert (starts(heir)[job.id], starts(heir)[behind.id]) == (1, 1)


async def running(utils: WorkerUtils, peer: Peer, *, queue: str | None = None) -> Job:
    """A job that this worker has begun, and runs until `finish`."""
    await utils.database.pool.execute("create table if not exists go ()")
    job = await utils.add_job("hold", queue=queue)
    await peer.until_ran(job.id)
    return job


async def finish(pool: Pool, *jobs: Job) -> None:
    """Lets the running jobs end, and waits until these are done."""
    await pool.execute("insert into go default values")
    for job in jobs:
        await finished(pool, job.id)


async def grow_old(pool: Pool, job: Job) -> None:
    """Makes the locks of a job and of its queue five hours older."""
    for table, id in (("_private_jobs", job.id), ("_private_job_queues", job.job_queue_id)):
        older = f"update graphile_worker.{table} set locked_at = locked_at - interval '5 hours' where id = $1"
        assert await pool.execute(older, id) == "UPDATE 1"


async def sweep_takes_the_silent_alone(utils: WorkerUtils) -> None:
    """The sharpest sweep there is, with one registered worker that is gone, so that it has something to do."""
    registered = "insert into graphile_worker._private_workers values ('silent', now() - interval '1 day')"
    await utils.database.pool.execute(registered)
    for dry_run in (True, False):
        report = await sweep(utils.queue, threshold_secs=60, recovery_delay_secs=0, dry_run=dry_run)
        assert report == SweepReport(["silent"], 0)


async def every_verb_says_running(utils: WorkerUtils, job: Job) -> None:
    """Of a job whose lock is fresh."""
    ids = [job.id]
    reports: list[JobReport] = [
        await utils.complete_jobs(ids),
        await utils.permanently_fail_jobs(ids, "no"),
        await utils.run_now(ids),
        await utils.retry(ids),
        await utils.reschedule_jobs(ids, priority=1),
    ]
    assert [[result.outcome for result in report.results] for report in reports] == [[Outcome.RUNNING]] * 5


async def everything(pool: Pool) -> list[Any]:
    """All jobs and queues, every column."""
    jobs = await pool.fetch("select j::text from graphile_worker._private_jobs j order by id")
    return [*jobs, *await pool.fetch("select q::text from graphile_worker._private_job_queues q order by id")]


def starts(peer: Peer) -> Counter[int]:
    """How often the worker began each job."""
    return Counter(int(event["ran"]) for event in peer.ran)
