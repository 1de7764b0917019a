"""Release of old locks while other sessions hold or change the same rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.worker_utils import WorkerUtils
from tests.recovery.old_locks import OLD, held, holders, previewed, run
from tests.support.table import Table


async def test_rows_somebody_holds_are_counted_and_keep_their_queue(
    utils: WorkerUtils, table: Table, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphile_worker.core.actions.batches.BUSY_WAITS", (0.01,))
    busy = await held(utils, table, OLD, queue="busy")
    free = await held(utils, table, OLD, queue="free")
    other = await asyncpg.connect(dsn)
    async with other.transaction():
        await other.execute("select from graphile_worker._private_jobs where id = $1 for update", busy)
        await other.execute("select from graphile_worker._private_job_queues where queue_name = 'free' for update")
        report = await run(utils)
    await other.close()

    assert (report.jobs, report.queues, report.busy) == (1, 0, 2)
    assert [lock.id for lock in report.locks] == [free]
    assert (await table.row(busy))["locked_by"] == "pool-1"
    assert (await previewed(utils)).queues == 2


async def test_rows_held_for_a_moment_are_waited_for(utils: WorkerUtils, table: Table, dsn: str) -> None:
    id = await held(utils, table, OLD)
    other = await asyncpg.connect(dsn)
    hold = other.transaction()
    await hold.start()
    await other.execute("select from graphile_worker._private_jobs where id = $1 for update", id)
    releasing = asyncio.create_task(run(utils))
    await asyncio.sleep(0.15)
    await hold.commit()
    await other.close()

    assert ((await releasing).jobs, (await releasing).busy) == (1, 0)


def meanwhile(monkeypatch: pytest.MonkeyPatch, table: Table, *statements: str) -> None:
    """Runs statements after the look and before the first row is taken."""
    left = list(statements)

    @asynccontextmanager
    async def late(queue: Queue, *args: Any, **options: Any) -> AsyncIterator[Transaction]:
        while left:
            await table.run(left.pop(0))
        async with write(queue, *args, **options) as tx:
            yield tx

    write = Queue.write
    monkeypatch.setattr(Queue, "write", late)


async def test_what_changed_since_it_was_found_is_not_touched(
    utils: WorkerUtils, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, retaken, registered, old = [await held(utils, table, OLD, name) for name in ("a", "b", "c", "d")]
    meanwhile(
        monkeypatch,
        table,
        f"delete from {{s}}._private_jobs where id = {ended}",
        f"update {{s}}._private_jobs set locked_at = now() where id = {retaken}",
        "select {s}.worker_heartbeat('c')",
    )

    report = await run(utils)

    assert (report.jobs, report.busy, [lock.id for lock in report.locks]) == (1, 0, [old])
    assert [(await table.row(id))["locked_by"] for id in (retaken, registered)] == ["b", "c"]


async def test_a_job_that_was_marked_resilient_since_is_not_touched(
    utils: WorkerUtils, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked, usual, older = [await held(utils, table, age, queue=age) for age in (OLD, "6 hours", "13 hours")]
    flags = """'{"infrastructure_resilient": true}'"""
    meanwhile(monkeypatch, table, f"update {{s}}._private_jobs set flags = {flags} where id in ({marked}, {older})")

    report = await run(utils)

    assert [lock.id for lock in report.locks if lock.kind == "job"] == [usual, older]
    assert [lock.queue for lock in report.locks if lock.kind == "queue"] == ["6 hours", "13 hours"]
    assert (await table.row(marked))["locked_by"] == "pool-1"


async def test_a_queue_whose_next_job_was_taken_since_is_not_touched(
    utils: WorkerUtils, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await held(utils, table, OLD, queue="q")
    await utils.add_job("t", queue="q")
    meanwhile(
        monkeypatch,
        table,
        "update {s}._private_job_queues set locked_at = now(), locked_by = 'pool-2'",
        f"update {{s}}._private_jobs set locked_at = now(), locked_by = 'pool-2' where id > {first}",
    )

    report = await run(utils)

    assert (report.jobs, report.queues, report.busy) == (1, 0, 0)
    assert await holders(utils) == ["pool-2", "pool-2"]


async def test_several_at_once_release_each_lock_once(utils: WorkerUtils, table: Table) -> None:
    for number in range(120):
        await held(utils, table, OLD, queue=f"q{number % 7}" if number < 7 else None)

    reports = await asyncio.gather(*(run(utils) for _ in range(4)))

    assert (sum(r.jobs for r in reports), sum(r.queues for r in reports)) == (120, 7)
    assert await holders(utils) == []
