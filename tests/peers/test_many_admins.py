"""Eight admins and four workers want the same 500 jobs: nobody waits in a circle, and every job has one end.

The servers of the tests look for circles after 100 ms, long before our lock timeout would hide one.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from graphile_worker.core.jobs import AddedJob, JobReport, JobSpec, Outcome
from graphile_worker.worker_utils import WorkerUtils
from tests.peers.database import deadlocks, opened
from tests.peers.ledger import Balance, Ledger, Work
from tests.peers.node import workers

ADMINS, WORKERS, JOBS = 8, 4, 500
BATCHES, NAMES = 20, 30
LATER = "2100-01-01T00:00:00Z"


@pytest.mark.long
async def test_eight_admins_on_the_same_jobs(dsn: str, record_property: Callable[[str, object], None]) -> None:
    async with opened(dsn) as pool, workers(["node-0.18"] * WORKERS, dsn) as peers:
        jobs = await WorkerUtils(pool).add_jobs([spec(number) for number in range(JOBS)])
        ledger = Ledger([job.id for job in jobs])
        await asyncio.gather(*(admin(number, dsn, ledger) for number in range(ADMINS)))
        assert [await peer.stop() for peer in peers] == [0] * WORKERS
        left = [row["id"] for row in await pool.fetch("select id from graphile_worker.jobs where locked_at is null")]
    work = Work.of(peers)
    balance, circles = Balance.of(ledger, work, left), await deadlocks(dsn)
    record_property(
        "figures",
        f"{ADMINS} admins, {WORKERS} workers: {JOBS} jobs, completed by us {len(balance.completed)}, "
        f"ran {len(balance.ran)}, left {len(left)}, verbs {ledger.calls.total()} ({ledger.answers}), deadlocks {circles}",
    )

    assert circles == 0
    assert len(balance.completed) + len(balance.ran) + len(left) == JOBS
    assert (balance.unnamed, balance.doubled, work.overlaps) == (set(), set(), [])
    assert set(ledger.reported(Outcome.DONE, "complete").values()) <= {1}
    assert ledger.reported(Outcome.RUNNING).keys() <= work.starts.keys()
    assert not ledger.gone.keys() & balance.left


def spec(number: int) -> JobSpec:
    """Not due before an admin says so, then a third of a second; half in 25 queues, every third fails at first."""
    queue = f"queue {number % 25}" if number % 2 else None
    return JobSpec("step", {"ms": 250 + number % 150, "queue": queue, "stumbles": number % 3 == 0}, queue, LATER)


async def admin(number: int, dsn: str, ledger: Ledger) -> None:
    """Every verb on all jobs, in this admin's own order of verbs and of jobs; completing comes last."""
    ids = list(ledger.ids)
    random.Random(number).shuffle(ids)
    async with opened(dsn) as pool:
        utils = WorkerUtils(pool)
        verbs: list[tuple[str, Callable[[], Awaitable[JobReport]]]] = [
            ("run_now", lambda: utils.run_now(ids)),
            ("reschedule", lambda: utils.reschedule_jobs(ids, run_at=LATER, priority=number)),
            ("fail", lambda: utils.permanently_fail_jobs(ids, f"admin {number}")),
            ("retry", lambda: utils.retry(ids)),
        ]
        first = number % len(verbs)
        for name, verb in [*verbs[first:], *verbs[:first], ("complete", lambda: utils.complete_jobs(ids))]:
            ledger.note(name, ids, await verb())


async def test_eight_admins_add_jobs_of_the_same_new_names(
    dsn: str, record_property: Callable[[str, object], None]
) -> None:
    """Batch after batch of tasks, queues and keys that nobody has used yet."""
    start = asyncio.Barrier(ADMINS)
    batches = await asyncio.gather(*(adder(number, dsn, start) for number in range(ADMINS)))
    added = [job for jobs in batches for job in jobs]
    async with opened(dsn) as pool:
        kept = await pool.fetch("select task_identifier, queue_name, revision from graphile_worker.jobs")
        names = [
            await pool.fetchval(f"select count(*) from graphile_worker._private_{t}") for t in ("tasks", "job_queues")
        ]
    outcomes, circles = Counter(job.outcome.value for job in added), await deadlocks(dsn)
    record_property(
        "figures", f"{ADMINS} admins adding {BATCHES * NAMES} keyed jobs each: {outcomes}, deadlocks {circles}"
    )

    assert circles == 0
    assert outcomes == {"new": BATCHES * NAMES, "replaced": BATCHES * NAMES * (ADMINS - 1)}
    assert len(kept) == names[0] == names[1] == BATCHES * NAMES
    assert {(row["task_identifier"] == row["queue_name"], row["revision"]) for row in kept} == {(True, ADMINS - 1)}


async def adder(number: int, dsn: str, start: asyncio.Barrier) -> list[AddedJob]:
    """The batches one by one; every second admin gives the names to the keys, and so makes them, from the other end."""
    jobs: list[AddedJob] = []
    async with opened(dsn) as pool:
        utils = WorkerUtils(pool)
        for batch in range(BATCHES):
            names = [f"{batch} {n}" for n in range(NAMES)]
            pairs = zip(names, names[:: (-1) ** number], strict=True)
            await start.wait()
            jobs += await utils.add_jobs([JobSpec(name, queue=name, key=key) for key, name in pairs])
    return jobs
