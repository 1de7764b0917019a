"""Run next: a worker takes the job before every other job that is due."""

from __future__ import annotations

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.core.jobs import JobSpec, Outcome
from tests.support.table import Table

pytestmark = pytest.mark.any_schema

# The order of a worker's own statement, in Node's programs and in the Rust one.
TAKEN = """
    select id from {s}._private_jobs where is_available and run_at <= now() and attempts < max_attempts
    order by priority, run_at, id
"""


async def order(table: Table) -> list[int]:
    """The jobs as a worker takes them."""
    return [row["id"] for row in await table.pool.fetch(TAKEN.replace("{s}", table.schema))]


async def priorities(table: Table) -> dict[int, int]:
    """The priority of each job."""
    rows = await table.pool.fetch(f"select id, priority from {table.schema}._private_jobs")
    return {row["id"]: row["priority"] for row in rows}


async def test_a_job_comes_before_all_that_are_due(utils: WorkerUtils) -> None:
    table = Table.of(utils)
    await utils.add_jobs([JobSpec("t", {}, priority=priority) for priority in (5, -3, 0, 0)])  # 1 to 4
    await utils.add_job("t", run_at="+1d", priority=-100)  # 5: not due
    await utils.add_job("t", run_at="+2d", priority=7)  # 6
    await table.run("update {s}._private_jobs set run_at = now() - interval '3 days' where id = 2")

    report = await utils.run_next([6])
    assert [(result.id, result.outcome) for result in report.results] == [(6, Outcome.DONE)]
    assert (await order(table))[:2] == [6, 2] and (await priorities(table))[6] == -4

    assert (await utils.run_next([3, 1])).done == 2
    assert (await order(table))[:3] == [1, 3, 6] and (await priorities(table))[1] == -5
    assert (await utils.run_next([1, 3])).done == 2  # they are first already
    assert (await priorities(table))[1] == -5


async def test_the_priority_stays_where_it_is_low_enough(utils: WorkerUtils) -> None:
    table = Table.of(utils)
    await utils.add_job("t", priority=4, run_at="+1d")
    await utils.run_next([1])
    assert await order(table) == [1] and await priorities(table) == {1: 4}  # nothing else is due

    await utils.add_job("t", priority=-9, run_at="+1d")
    await utils.run_next([2])
    assert await order(table) == [2, 1] and await priorities(table) == {1: 4, 2: -9}


async def test_the_least_priority_that_there_is(utils: WorkerUtils) -> None:
    table = Table.of(utils)
    await utils.add_jobs(
        [JobSpec("t", {}, priority=-32768, run_at="-1h"), JobSpec("t", {}), JobSpec("t", {}, run_at="+1d")]
    )
    await utils.run_next([3])
    assert await order(table) == [3, 1, 2]
    await utils.run_next([2])
    assert await order(table) == [2, 3, 1]
    assert set((await priorities(table)).values()) == {-32768}


async def test_what_cannot_run_next(utils: WorkerUtils) -> None:
    table = Table.of(utils)
    await utils.add_jobs([JobSpec("t", {}), JobSpec("t", {}), JobSpec("t", {})])
    await table.run("update {s}._private_jobs set attempts = max_attempts where id = 1")
    await table.lock(2, "1 minute")

    report = await utils.run_next([1, 2, 3, 99])
    assert [result.outcome for result in report.results] == [
        Outcome.USED_UP, Outcome.RUNNING, Outcome.DONE, Outcome.NOT_FOUND,
    ]  # fmt: skip


async def test_many_jobs_in_batches_come_before_the_others(utils: WorkerUtils) -> None:
    table = Table.of(utils)
    await utils.add_jobs([JobSpec("t", {}, run_at="-1h") for _ in range(5)])
    await utils.add_jobs([JobSpec("t", {}) for _ in range(120)])
    assert (await utils.run_next(range(6, 126))).done == 120
    assert (await order(table))[-5:] == [1, 2, 3, 4, 5]
