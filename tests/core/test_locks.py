"""Locks taken from named workers: theirs and nobody else's, counted row by row."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from graphile_worker.core.exceptions import InvalidInput, PermissionDenied
from graphile_worker.core.locks.force_unlock import Holder, UnlockReport, holders
from graphile_worker.worker_utils import WorkerUtils
from tests.support.roles import acting_as, login
from tests.support.table import Table


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


async def held(utils: WorkerUtils, table: Table, worker: str | None, queue: str | None = None) -> int:
    """A job that this worker has taken, with its queue; its id."""
    id = (await utils.add_job("t", queue=queue)).id
    await table.lock(id, "1 minute", worker)
    await table.run("update {s}._private_jobs set attempts = 1 where id = $1", id)
    return id


async def still_held(utils: WorkerUtils) -> list[str]:
    rows = await utils.database.pool.fetch(
        f"select locked_by from {utils.schema.quoted}._private_jobs where locked_by is not null union all"
        f" select locked_by from {utils.schema.quoted}._private_job_queues where locked_by is not null order by 1"
    )
    return [row[0] for row in rows]


@pytest.mark.any_schema
async def test_jobs_and_queues_of_the_named_only(utils: WorkerUtils, table: Table) -> None:
    first, _, other = [
        await held(utils, table, worker, queue) for worker, queue in (("dead", "q1"), ("alive", "q2"), ("dead", None))
    ]
    before = await table.row(first)

    preview = await utils.force_unlock_workers(["nobody", "dead", "dead"], dry_run=True)
    assert await still_held(utils) == ["alive", "alive", "dead", "dead", "dead"]
    report = await utils.force_unlock_workers(["nobody", "dead", "dead"])

    assert preview == report == UnlockReport(["dead"], jobs=2, queues=1)
    assert [(one.worker_id, one.jobs, one.queues) for one in report.holders] == [("dead", 2, 1)]
    assert report.holders == preview.holders
    assert await still_held(utils) == ["alive", "alive"]
    for id in (first, other):
        row = await table.row(id)
        assert (row["attempts"], row["locked_at"], row["last_error"], row["is_available"]) == (1, None, None, True)
    assert (await table.row(first))["run_at"] == before["run_at"]


@pytest.mark.parametrize(
    ("ids", "rule"),
    [
        ([], "must name at least one worker"),
        ([""], "must be 1 to"),
        (["\0"], "must not contain a NUL"),
        ([7], "must be text"),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
async def test_wrong_names_are_refused(utils: WorkerUtils, ids: list[str], rule: str, dry_run: bool) -> None:
    with pytest.raises(InvalidInput, match=f"worker_ids {rule}"):
        await utils.force_unlock_workers(ids, dry_run=dry_run)


async def test_hundreds_go_chunk_by_chunk(utils: WorkerUtils, table: Table) -> None:
    await utils.add_job("t")
    await table.run(
        "insert into {s}._private_jobs (task_id, locked_at, locked_by) select 1, now(), 'w' || i % 3"
        " from generate_series(1, 301) i"
    )

    report = await utils.force_unlock_workers(["w2", "w0"])

    assert report == UnlockReport(["w2", "w0"], jobs=200, queues=0)
    assert len(await still_held(utils)) == 101


async def test_rows_somebody_works_on_are_counted(
    utils: WorkerUtils, table: Table, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphile_worker.core.actions.batches.BUSY_WAITS", (0.01,))
    busy = await held(utils, table, "dead")
    await held(utils, table, "dead", "q")
    other = await asyncpg.connect(dsn)
    async with other.transaction():
        await other.execute("select from graphile_worker._private_jobs where id = $1 for update", busy)
        await other.execute("select from graphile_worker._private_job_queues for update")
        report = await utils.force_unlock_workers(["dead"])
    await other.close()

    assert report == UnlockReport(["dead"], jobs=1, queues=0, busy=2)
    assert await utils.force_unlock_workers(["dead"]) == UnlockReport(["dead"], jobs=1, queues=1)


async def test_a_job_that_finds_another_worker_meanwhile_is_left_to_it(
    utils: WorkerUtils, table: Table, dsn: str
) -> None:
    """It is held when first looked at, so it is tried again, and belongs to somebody else by then."""
    id = await held(utils, table, "dead")
    other = await asyncpg.connect(dsn)
    hold = other.transaction()
    await hold.start()
    await other.execute("update graphile_worker._private_jobs set locked_by = 'alive' where id = $1", id)
    unlocking = asyncio.create_task(utils.force_unlock_workers(["dead"]))
    await asyncio.sleep(0.15)
    await hold.commit()
    await other.close()

    assert await unlocking == UnlockReport([], jobs=0, queues=0)
    assert await still_held(utils) == ["alive"]


@pytest.mark.any_schema
async def test_holders(utils: WorkerUtils, table: Table) -> None:
    first = await held(utils, table, "b", "q")
    await table.run("update {s}._private_jobs set locked_at = '2026-01-02T03:04:05Z' where id = $1", first)
    await held(utils, table, "a")
    await held(utils, table, None)

    a, b = await holders(utils.queue)

    assert (a.worker_id, a.jobs, a.queues) == ("a", 1, 0)
    assert b == Holder("b", 1, 1, "2026-01-02T03:04:05Z")


async def test_who_may_only_read_sees_who_holds_what(utils: WorkerUtils, table: Table, dsn: str) -> None:
    user = await login(utils.database.pool, "reader", "bypassrls")
    await table.run(f"grant usage on schema {{s}} to {user}; grant select on all tables in schema {{s}} to {user}")
    await held(utils, table, "dead")
    async with acting_as(dsn, user) as theirs:
        assert [one.jobs for one in await holders(theirs.queue)] == [1]
        for name in ("dead", "nobody"):
            with pytest.raises(PermissionDenied):
                await theirs.force_unlock_workers([name])


async def seen_lock(table: Table, id: int) -> dict[str, Any]:
    """The holder and the time of a job's lock, as a list of jobs shows them."""
    row = await table.row(id)
    return {"locked_by": row["locked_by"], "locked_at": row["locked_at"].isoformat()}


@pytest.mark.any_schema
async def test_one_job_is_unlocked_with_its_queue_and_nothing_else_of_the_worker(
    utils: WorkerUtils, table: Table
) -> None:
    first, other = await held(utils, table, "dead", "q1"), await held(utils, table, "dead", "q2")
    for _ in range(3):
        await utils.add_job("t", queue="q1")
    seen = await seen_lock(table, first)

    preview = await utils.force_unlock_job(first, **seen, dry_run=True)
    assert await still_held(utils) == ["dead"] * 4
    report = await utils.force_unlock_job(first, **seen)

    assert preview == report == UnlockReport(["dead"], jobs=1, queues=1)
    for one in (preview, report):
        assert (one.job_ids, one.queue_names, one.waiting) == ([first], ["q1"], 3)
    assert await still_held(utils) == ["dead", "dead"]
    assert (await table.row(other))["locked_by"] == "dead" and (await table.row(first))["locked_at"] is None


async def test_one_queue_is_unlocked_with_the_job_that_its_holder_runs(utils: WorkerUtils, table: Table) -> None:
    first, other = await held(utils, table, None, "q1"), await held(utils, table, None, "q2")
    row = await table.pool.fetchrow("select * from graphile_worker._private_job_queues where queue_name = 'q1'")
    assert row is not None
    seen = {"locked_by": None, "locked_at": row["locked_at"].isoformat()}
    report = await utils.force_unlock_queue("q1", **seen)
    assert report == UnlockReport([], jobs=1, queues=1) and report.job_ids == [first]
    assert (await table.row(other))["locked_at"] is not None and (await table.row(first))["locked_at"] is None
    assert await utils.force_unlock_queue("gone", **seen) == UnlockReport([], jobs=0, queues=0)


async def test_a_lock_that_changed_hands_is_left_alone(utils: WorkerUtils, table: Table) -> None:
    job = await held(utils, table, "dead", "q")
    seen = await seen_lock(table, job)
    await table.lock(job, "1 second", "dead")
    assert await utils.force_unlock_job(job, **seen) == UnlockReport([], jobs=0, queues=0)
    seen = await seen_lock(table, job)
    assert await utils.force_unlock_job(job, **(seen | {"locked_by": "other"})) == UnlockReport([], jobs=0, queues=0)
    assert await utils.force_unlock_queue("q", **(seen | {"locked_by": "other"})) == UnlockReport([], jobs=0, queues=0)
    assert await still_held(utils) == ["dead", "dead"]
    with pytest.raises(InvalidInput):
        await utils.force_unlock_job(job, locked_by="dead", locked_at="yesterday")


async def test_a_lock_that_changes_hands_while_its_row_is_awaited_is_left_alone(
    utils: WorkerUtils, table: Table
) -> None:
    job = await held(utils, table, "dead")
    seen = await seen_lock(table, job)
    async with table.pool.acquire() as connection, connection.transaction():
        await connection.execute("update graphile_worker._private_jobs set locked_by = 'alive', locked_at = now()")
        unlocking = asyncio.ensure_future(utils.force_unlock_job(job, **seen))
        while not unlocking.done() and not await table.pool.fetchval(
            "select exists (select from pg_stat_activity where query ~ 'skip locked' and pid <> pg_backend_pid())"
        ):
            await asyncio.sleep(0.01)
    report = await unlocking
    assert (report.jobs, report.queues) == (0, 0) and await still_held(utils) == ["alive"]
