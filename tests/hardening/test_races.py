"""Jobs that admins, live workers and maintenance want at once; and what a kill -9 leaves of bulk actions and migrations.

The servers of the tests look for deadlocks after 100 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable

import asyncpg
import httpx

from graphile_worker.core.exceptions import Busy
from graphile_worker.core.jobs import JobReport, JobSpec, Outcome
from graphile_worker.core.locks.sweep import sweep
from graphile_worker.core.maintenance.cleanup import GC_QUEUES
from graphile_worker.core.migration.schema_state import TARGET
from graphile_worker.worker_utils import WorkerUtils
from tests.cli.support import PROGRAM, Program
from tests.hardening.admin_process import AdminProcess, admin_process, until_no_transaction
from tests.hardening.volume import volume
from tests.peers.database import deadlocks, opened
from tests.peers.ledger import Ledger, Work
from tests.peers.node import workers
from tests.support.catalog import catalog
from tests.support.templates import Databases

Record = Callable[[str, object], None]
ADMINS, WORKERS, JOBS = 8, 4, 500
SOME = JOBS // 50  # that an admin completes earlier than the others
ROUNDS = volume(1, 40)
LATER = "2100-01-01T00:00:00Z"
BULK_JOBS, BULK_KILLS = volume(1000, 3000), volume(2, 10)
MIGRATOR_KILLS = volume(4, 20)


async def test_every_raced_job_ends_once(dsn: str, record_property: Record) -> None:
    calm = asyncio.Event()
    ledger = Ledger()
    async with opened(dsn) as pool, workers(["node-0.18"] * WORKERS, dsn) as peers:
        utils = WorkerUtils(pool)
        upkeep = [asyncio.create_task(maintain(dsn, calm)) for _ in range(2)]
        for number in range(ROUNDS):
            jobs = await utils.add_jobs([spec(number, place) for place in range(JOBS)])
            ids = [job.id for job in jobs]
            ledger.ids += ids
            await asyncio.gather(*(admin(one, dsn, ids, ledger) for one in range(ADMINS)))
        calm.set()
        cycles = sum(await asyncio.gather(*upkeep))
        assert [await peer.stop() for peer in peers] == [0] * WORKERS
        lost_queues = await pool.fetchval(
            "select count(*) from graphile_worker._private_jobs j where job_queue_id is not null and not exists "
            "(select from graphile_worker._private_job_queues q where q.id = j.job_queue_id)"
        )
        left = [row["id"] for row in await pool.fetch("select id from graphile_worker._private_jobs order by id")]
        if left:
            ledger.note("complete", left, await utils.complete_jobs(left))
        rows = await pool.fetchval("select count(*) from graphile_worker._private_jobs")
    work, circles = Work.of(peers), await deadlocks(dsn)
    completed = ledger.reported(Outcome.DONE, "complete")
    ends = work.successes + completed
    wrong = [id for id in ledger.ids if ends[id] != 1]
    record_property(
        "figures",
        f"jobs raced {len(ledger.ids):,} by {ADMINS} admins and {WORKERS} workers: completed {completed.total():,}, "
        f"ran {work.successes.total():,}, differences {len(wrong)}, maintenance cycles {cycles:,}, "
        f"outcomes {ledger.answers}, deadlocks {circles}",
    )

    assert (circles, rows, lost_queues, wrong) == (0, 0, 0, [])
    assert ends.total() == len(ledger.ids) == ROUNDS * JOBS
    assert work.overlaps == [] and work.starts == work.successes + work.failures
    assert completed and work.successes and cycles


def spec(number: int, place: int) -> JobSpec:
    """Not due before an admin says so, then some milliseconds; half in queues of this round, every third fails at first."""
    queue = f"queue {number} {place % 25}" if place % 2 else None
    return JobSpec("step", {"ms": 20 + place % 40, "queue": queue, "stumbles": place % 3 == 0}, queue, LATER)


async def admin(number: int, dsn: str, jobs: list[int], ledger: Ledger) -> None:
    """Every action on all jobs of a round, in this admin's own order of actions and of jobs; completing all comes last."""
    ids = list(jobs)
    random.Random(number + ids[0]).shuffle(ids)
    async with opened(dsn) as pool:
        utils = WorkerUtils(pool)
        some = ids[:SOME]
        complete_all = ("complete", ids, lambda: utils.complete_jobs(ids))
        actions: list[tuple[str, list[int], Callable[[], Awaitable[JobReport]]]] = [
            ("run_now", ids, lambda: utils.run_now(ids)),
            ("reschedule", ids, lambda: utils.reschedule_jobs(ids, run_at=LATER, priority=number)),
            ("fail", ids, lambda: utils.permanently_fail_jobs(ids, f"admin {number}")),
            ("retry", ids, lambda: utils.retry(ids)),
            ("complete", some, lambda: utils.complete_jobs(some)),
        ]
        first = number % len(actions)
        for name, asked, act in [*actions[first:], *actions[:first], complete_all]:
            ledger.note(name, asked, await act())


async def maintain(dsn: str, calm: asyncio.Event) -> int:
    """GC of queues, the sweep and the release of nobody's locks, again and again; how often."""
    cycles = 0
    async with opened(dsn) as pool:
        utils = WorkerUtils(pool)
        while not calm.is_set():
            with contextlib.suppress(Busy):  # the other one sweeps
                await utils.cleanup([GC_QUEUES])
                report = await sweep(utils.queue, threshold_secs=60)
                assert (report.workers, report.jobs) == ([], 0)
                cycles += 1
            await asyncio.sleep(0.01)
    return cycles


async def test_what_a_killed_bulk_acknowledged_is_in_the_database(dsn: str, record_property: Record) -> None:
    dice, acknowledged, killed_midway = random.Random(7), Counter[str](), 0
    async with opened(dsn) as pool:
        utils = WorkerUtils(pool)
        for number in range(BULK_KILLS):
            task = f"bulk {number}"
            await utils.add_jobs([JobSpec(task, run_at=LATER) for _ in range(BULK_JOBS)])
            done = await killed_bulk(dsn, task, dice)
            await until_no_transaction(dsn)
            stored = {
                row["id"]
                for row in await pool.fetch(
                    "select j.id from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id "
                    "where t.identifier = $1 and j.attempts = j.max_attempts and j.last_error = $1",
                    task,
                )
            }
            acknowledged["acknowledged"] += len(done)
            acknowledged["missing"] += len(done - stored)
            acknowledged["unknown"] += len(stored - done)
            killed_midway += len(stored) < BULK_JOBS
    record_property(
        "figures",
        f"bulk killed {BULK_KILLS} times ({killed_midway} midway): acknowledged {acknowledged['acknowledged']:,}, "
        f"missing {acknowledged['missing']}, done but not acknowledged {acknowledged['unknown']:,}",
    )
    assert acknowledged["missing"] == 0
    assert acknowledged["acknowledged"] and killed_midway


async def killed_bulk(dsn: str, task: str, dice: random.Random) -> set[int]:
    """The ids that answers reported as done until the process was killed."""
    done: set[int] = set()
    async with admin_process(dsn) as served:
        bulk = asyncio.create_task(fail_all(served, task, done))
        async with asyncio.timeout(60):
            while not done and not bulk.done():
                await asyncio.sleep(0.001)
        await asyncio.sleep(dice.random() * 0.2)
        served.process.kill()
        await served.process.wait()
        with contextlib.suppress(httpx.TransportError):
            await bulk
    return done


async def fail_all(served: AdminProcess, task: str, done: set[int]) -> None:
    """Steps of the bulk action, some ids each, so that there is much to be killed in."""
    ids = [
        job["id"]
        for job in (await served.client.get("/api/jobs", params={"identifier": task, "limit": 1})).json()["jobs"]
    ]
    for first in range(ids[0], ids[0] + BULK_JOBS, 60):
        wanted = list(range(first, min(first + 60, ids[0] + BULK_JOBS)))
        answer = await served.post("/api/jobs/bulk", {"action": "fail", "ids": wanted, "reason": task})
        assert answer.status_code == 200, answer.text
        done.update(result["id"] for result in answer.json()["results"] if result["outcome"] == "done")


async def test_killed_migrators_leave_what_the_next_one_needs(
    databases: Databases, empty_dsn: str, dsn: str, record_property: Record
) -> None:
    """Each killed at a random moment of the time that it takes in the database; the next finds what it left."""
    dice, states, killed, finished = random.Random(3), Counter[int](), 0, 0
    async with opened(empty_dsn) as pool:
        begun, _ = await migrated(pool, empty_dsn, None)
        span = time.monotonic() - begun
        while killed < MIGRATOR_KILLS:
            if await applied(pool) == TARGET:
                await pool.execute("drop schema graphile_worker cascade")
            _, code = await migrated(pool, empty_dsn, dice.uniform(0, span * 0.8))
            killed, finished = killed + (code != 0), finished + (code == 0)
            states[await applied(pool)] += 1
        await until_no_transaction(empty_dsn)
        assert await (await migrator(empty_dsn)).wait() == 0
        async with opened(dsn) as clean:
            assert await catalog(pool) == await catalog(clean)
            numbers = "select id from graphile_worker.migrations order by id"
            assert await pool.fetch(numbers) == await clean.fetch(numbers)
        await usable(pool)
    record_property(
        "figures",
        f"migrators killed {killed} (span {span * 1000:.0f} ms, {finished} were done before), "
        f"migrations found after a kill {dict(states)}, differences of the schema 0",
    )


async def migrated(pool: asyncpg.Pool, dsn: str, seconds: float | None) -> tuple[float, int]:
    """When a migrator was first seen in the database, and its exit code; it is killed so many seconds later."""
    process = await migrator(dsn)
    busy = "select exists (select from pg_stat_activity where datname = current_database() and xact_start is not null "
    busy += "and application_name = 'graphile-worker-cli')"
    while not await pool.fetchval(busy) and process.returncode is None:
        await asyncio.sleep(0.001)
    seen = time.monotonic()
    if seconds is not None:
        await asyncio.sleep(seconds)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    return seen, await asyncio.wait_for(process.wait(), 60)


async def migrator(dsn: str) -> asyncio.subprocess.Process:
    """A `migrate` that has just been started."""
    return await asyncio.create_subprocess_exec(
        *PROGRAM, "migrate", env=Program(dsn).environment, stdout=asyncio.subprocess.DEVNULL
    )


async def applied(pool: asyncpg.Pool) -> int:
    """How many migrations the schema says it has."""
    if await pool.fetchval("select to_regclass('graphile_worker.migrations')") is None:
        return 0
    return int(await pool.fetchval("select count(*) from graphile_worker.migrations"))


async def usable(pool: asyncpg.Pool) -> None:
    """A job can be added and completed."""
    utils = WorkerUtils(pool)
    job = await utils.add_job("t")
    assert (await utils.complete_jobs([job.id])).done == 1
