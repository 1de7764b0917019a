"""The payload of one job is changed in one transaction: not under a worker, and not over another change."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from graphile_worker import InvalidInput, Outcome, RawJson, WorkerUtils
from graphile_worker.core.database.transactions import AnyConnection
from tests.support.table import Table

DIGITS = '{"id": 12345678901234567890.10, "big": 1e400,\n  "a": "\\u00fc", "a": -0}'
TAKE = """with taken as (
  select id from {s}._private_jobs where is_available and run_at <= now() order by priority, run_at
  limit 1 for update skip locked
)
update {s}._private_jobs j set attempts = attempts + 1, locked_by = 'worker-1', locked_at = now()
from taken where j.id = taken.id returning j.id, j.payload::text"""  # as the workers of Node and Rust fetch a job


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    """The rows."""
    return Table.of(utils)


async def take(connection: AnyConnection, table: Table) -> asyncpg.Record | None:
    """Fetches a job as a worker does."""
    return await connection.fetchrow(TAKE.replace("{s}", table.schema))


@pytest.mark.any_schema
async def test_only_payload_revision_and_update_time_change(utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t", {"old": 1}, queue="q", key="k", run_at="2999-01-01T00:00:00Z", flags=["f"])
    before = await table.row(job.id)

    report = await utils.change_payload(job.id, RawJson(DIGITS), expected_payload='{"old": 1}')

    after = await table.row(job.id)
    assert (report.done, report.jobs[0].payload, report.jobs[0].revision) == (1, DIGITS, job.revision + 1)
    assert (after["text"], after["revision"]) == (DIGITS, before["revision"] + 1)
    assert after["updated_at"] > before["updated_at"]
    for name in before.keys() - {"payload", "text", "revision", "updated_at"}:
        assert after[name] == before[name], name


async def test_a_failed_job_keeps_its_attempts_and_its_error(utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t")
    await utils.permanently_fail_jobs([job.id], "bad address")
    assert (await utils.change_payload(job.id, {"to": "ada"})).done == 1
    row = await table.row(job.id)
    assert (row["text"], row["attempts"], row["last_error"]) == ('{"to": "ada"}', 25, "bad address")


async def test_a_lost_race_reports_the_present_row(utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t", {"old": 1}, key="k")
    await utils.add_job("t", {"theirs": 1}, key="k")

    lost: list[dict[str, Any]] = [
        {"expected_payload": '{"old": 1}'},
        {"revisions": {job.id: job.revision}},
        {"expected": {job.id: {"updated_at": job.updated_at}}},
    ]
    for preconditions in lost:
        report = await utils.change_payload(job.id, {"mine": 1}, **preconditions)
        assert report.results[0].outcome is Outcome.CHANGED
        assert [row.payload for row in report.jobs] == ['{"theirs": 1}']
        dry = await utils.change_payload(job.id, {"mine": 1}, dry_run=True, **preconditions)
        assert (dry.results, dry.jobs) == (report.results, [])
    assert (await table.row(job.id))["text"] == '{"theirs": 1}'


async def test_running_busy_and_missing_jobs_are_left_alone(utils: WorkerUtils, table: Table) -> None:
    held, taken, old = [await utils.add_job("t", {"n": n}) for n in range(3)]
    await table.lock(taken.id, "1 minute")
    await table.lock(old.id, "5 hours", "dead")
    async with table.pool.acquire() as other, other.transaction():
        await other.execute(f"select from {table.schema}._private_jobs where id = $1 for update", held.id)
        outcomes = [(await utils.change_payload(id, {})).results[0].outcome for id in (held.id, taken.id, 9999)]
    assert outcomes == ["busy", "running", "not_found"]
    assert [(await table.row(job.id))["text"] for job in (held, taken)] == ['{"n": 0}', '{"n": 1}']
    assert (await utils.change_payload(old.id, {"new": 1})).done == 1
    assert (await table.row(old.id))["locked_by"] == "dead"


async def test_a_worker_runs_the_payload_that_is_reported(utils: WorkerUtils, table: Table) -> None:
    """A change and a fetch at the same time: either is first, and nothing is lost."""
    seen = set()
    async with table.pool.acquire() as worker:
        for round in range(40):
            job = await utils.add_job("t", {"old": round})
            delayed = asyncio.create_task(take(worker, table))
            if round % 2:
                await asyncio.sleep(0)
                report = await utils.change_payload(job.id, {"new": round}, expected_payload=job.payload)
                got = await delayed
            else:
                got, report = await asyncio.gather(delayed, utils.change_payload(job.id, {"new": round}))
            if got is None:  # the worker skipped the locked row
                got = await take(worker, table)
            outcome = report.results[0].outcome
            seen.add(outcome)
            assert got is not None and got["id"] == job.id
            stored = (await table.row(job.id))["text"]
            assert stored == got["payload"] == (f'{{"new": {round}}}' if outcome == "done" else f'{{"old": {round}}}')
    assert seen <= {Outcome.DONE, Outcome.RUNNING, Outcome.BUSY}


async def test_a_worker_skips_the_row_while_it_is_changed(utils: WorkerUtils, table: Table) -> None:
    """Two connections: the change waits in its transaction, and the worker takes the job after its commit."""
    job = await utils.add_job("t", {"old": 1})
    await table.run(
        "create function {s}.slow() returns trigger language plpgsql as "
        "$$begin perform pg_advisory_xact_lock(7); return new; end$$"
    )
    await table.run("create trigger slow before update on {s}._private_jobs for each row execute function {s}.slow()")
    async with table.pool.acquire() as gate, table.pool.acquire() as worker:
        await gate.execute("select pg_advisory_lock(7)")
        change = asyncio.create_task(utils.change_payload(job.id, {"new": 1}))
        while not await worker.fetchval("select count(*) from pg_locks where not granted and locktype = 'advisory'"):
            await asyncio.sleep(0.01)
        assert await take(worker, table) is None
        await gate.execute("select pg_advisory_unlock(7)")
        assert (await change).done == 1
        got = await take(worker, table)
    assert got is not None and got["payload"] == '{"new": 1}'


@pytest.mark.parametrize(
    "wrong", ["", " ", "{", "[1,]", "NaN", "'a'", "1\0", '"\ud800"', "[" * 7000, "[" * 200_000, "{} {}"]
)
async def test_text_that_is_not_json_is_refused(utils: WorkerUtils, table: Table, wrong: str) -> None:
    job = await utils.add_job("t", {"old": 1})
    for dry_run in (True, False):
        with pytest.raises(InvalidInput, match="^payload ") as refused:
            await utils.change_payload(job.id, RawJson(wrong), dry_run=dry_run)
        assert "\n" not in refused.value.message
    assert (await table.row(job.id))["text"] == '{"old": 1}'


async def test_wrong_arguments_are_refused(utils: WorkerUtils) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"id": 0, "payload": {}}, "id"),
        ({"id": 1, "payload": {}, "expected_payload": "a\0"}, "expected_payload"),
        ({"id": 1, "payload": {}, "revisions": {2: 0}}, "revisions"),
        ({"id": 1, "payload": {1, 2}}, "payload"),
    ]
    for arguments, field in wrong:
        with pytest.raises(InvalidInput) as refused:
            await utils.change_payload(**arguments)
        assert refused.value.field == field
