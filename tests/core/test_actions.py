"""Every verb of WorkerUtils, by the row it leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.jobs import JobKeyMode, JobReport, JobSpec, Outcome, RawJson, RemoveOutcome
from graphile_worker.core.sql import statement, texts
from graphile_worker.worker_utils import WorkerUtils
from tests.support.roles import acting_as, capabilities, login
from tests.support.table import Table

pytestmark = pytest.mark.any_schema
FAR = "2100-01-01T00:00:00Z"


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


def outcomes(report: JobReport) -> list[tuple[int, str]]:
    return [(result.id, result.outcome.value) for result in report.results]


async def test_an_added_job_has_everything_it_was_given(utils: WorkerUtils, table: Table) -> None:
    text = '{"b" : 1,"a":  1e400, "b":"\\u0000"}'
    job = await utils.add_job(
        "send mail", RawJson(text), queue="q 1", run_at=datetime(2100, 1, 1, tzinfo=UTC), max_attempts=3,
        key=" k ", priority=-7, flags=["slow", "eu"],
    )  # fmt: skip
    row = await table.row(job.id)
    assert (job.payload, row["text"]) == (text, text)
    assert (job.task_identifier, row["identifier"], row["queue_name"]) == ("send mail", "send mail", "q 1")
    assert (job.run_at, row["run_at"]) == (FAR, datetime(2100, 1, 1, tzinfo=UTC))
    assert (row["max_attempts"], row["attempts"], row["key"], row["priority"]) == (3, 0, " k ", -7)
    assert job.flags == {"slow": True, "eu": True}
    assert row["marks"] == '{"eu": true, "slow": true}'


async def test_an_added_job_has_the_defaults_for_the_rest(utils: WorkerUtils, table: Table) -> None:
    row = await table.row((await utils.add_job("t")).id)
    assert row["text"] == "{}"
    assert row["due"]
    assert (row["max_attempts"], row["priority"], row["revision"]) == (25, 0, 0)
    assert [row[name] for name in ("job_queue_id", "key", "flags", "last_error", "locked_at")] == [None] * 5
    assert (await table.row((await utils.add_job("t", RawJson("null"))).id))["text"] == "null"


async def test_key_modes(utils: WorkerUtils, table: Table) -> None:
    for mode, payload, year in (
        (None, '{"n": 2}', 2200),
        ("replace", '{"n": 2}', 2200),
        ("preserve-run-at", '{"n": 2}', 2100),
        ("unsafe-dedupe", '{"n": 1}', 2100),
    ):
        key = f"key of {mode}"
        first = await utils.add_job("t", {"n": 1}, key=key, run_at=FAR)
        again = await utils.add_job("t", {"n": 2}, key=key, run_at="2200-01-01T00:00:00Z", job_key_mode=mode)
        row = await table.row(first.id)
        assert again.id == first.id
        assert (row["text"], row["run_at"].year, row["revision"]) == (payload, year, 1), mode


async def test_a_keyed_add_leaves_a_running_job_to_its_worker(utils: WorkerUtils, table: Table) -> None:
    first = await utils.add_job("t", key="k")
    await table.lock(first.id, "1 minute")
    second = await utils.add_job("t", {"n": 2}, key="k")
    row = await table.row(first.id)
    assert second.id != first.id
    assert (row["key"], row["attempts"], row["locked_by"]) == (None, 25, "w1")
    assert (await table.row(second.id))["key"] == "k"


async def test_an_add_that_lost_its_row_is_tried_again(utils: WorkerUtils, table: Table) -> None:
    """Node's add_job answers a row of nulls when a worker takes the keyed job in the same moment."""
    await table.run("create sequence {s}.calls")
    await table.run("""create or replace function {s}.add_job(identifier text, payload json default null,
        queue_name text default null, run_at timestamptz default null, max_attempts int default null,
        job_key text default null, priority int default null, flags text[] default null,
        job_key_mode text default 'replace') returns {s}._private_jobs language plpgsql as $$
        declare added {s}._private_jobs;
        begin
          if nextval('{s}.calls') >= 3 then
            select * into added
            from {s}.add_jobs(array[row(identifier, payload, null, null, null, job_key, null, null)::{s}.job_spec]);
          end if;
          return added;
        end $$""")
    job = await utils.add_job("t", {"n": 1}, key="k")
    assert (await table.row(job.id))["text"] == '{"n": 1}'
    assert await table.run("select from {s}.calls where last_value = 3") == "SELECT 1"


async def test_a_batch_comes_back_in_its_order_and_is_stored_whole(utils: WorkerUtils, table: Table) -> None:
    specs = [JobSpec("t", n, key=key) for n, key in enumerate(["z", None, "a", "m", None])]
    jobs = await utils.add_jobs(specs)
    assert [job.payload for job in jobs] == ["0", "1", "2", "3", "4"]
    assert [(await table.row(job.id))["key"] for job in jobs] == ["z", None, "a", "m", None]
    with pytest.raises(InvalidInput, match="priority must be between"):
        await utils.add_jobs([JobSpec("t"), JobSpec("t", priority=40000)])
    assert await table.pool.fetchval(f"select count(*) from {table.schema}._private_jobs") == 5


async def test_a_batch_may_preserve_run_at(utils: WorkerUtils, table: Table) -> None:
    [first] = await utils.add_jobs([JobSpec("t", key="k", run_at=FAR)])
    await utils.add_jobs([JobSpec("t", 2, key="k")], preserve_run_at=True)
    assert (await table.row(first.id))["run_at"] == datetime(2100, 1, 1, tzinfo=UTC)
    await utils.add_jobs([JobSpec("t", 3, key="k", job_key_mode=JobKeyMode.REPLACE)], preserve_run_at=True)
    assert (await table.row(first.id))["due"]


async def test_complete_deletes_and_answers_in_the_order_asked(utils: WorkerUtils, table: Table) -> None:
    ids = [(await utils.add_job("t", n)).id for n in range(3)]
    await table.lock(ids[1], "239 minutes")
    report = await utils.complete_jobs([ids[2], 999, ids[1], ids[2], ids[0]])
    assert outcomes(report) == [(ids[2], "done"), (999, "not_found"), (ids[1], "running"), (ids[0], "done")]
    assert "w1" in (report.results[2].reason or "")
    assert [job.payload for job in report.jobs] == ["2", "0"]
    assert await table.job(ids[0]) is None
    assert (await table.row(ids[1]))["locked_by"] == "w1"


async def test_fail_uses_up_the_attempts(utils: WorkerUtils, table: Table) -> None:
    one, two = [(await utils.add_job("t")).id for _ in range(2)]
    await utils.permanently_fail_jobs([one], "too ‘late’")
    await utils.permanently_fail_jobs([two])
    row = await table.row(one)
    assert (row["attempts"], row["max_attempts"], row["last_error"]) == (25, 25, "too ‘late’")
    assert (await table.row(two))["last_error"]


async def test_reschedule_changes_what_is_given_and_keeps_the_rest(utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t", priority=3, max_attempts=9)
    assert (await utils.reschedule_jobs([job.id], run_at=FAR)).done == 1
    row = await table.row(job.id)
    assert (row["run_at"].year, row["priority"], row["attempts"], row["max_attempts"]) == (2100, 3, 0, 9)
    await utils.reschedule_jobs([job.id], priority=-1, attempts=2, max_attempts=4)
    row = await table.row(job.id)
    assert (row["run_at"].year, row["priority"], row["attempts"], row["max_attempts"]) == (2100, -1, 2, 4)
    with pytest.raises(InvalidInput):
        await utils.reschedule_jobs([job.id])


async def test_attempts_above_max_attempts_are_refused(utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t", max_attempts=3)
    for report in (
        await utils.reschedule_jobs([job.id], attempts=4),
        await utils.run_now([job.id], attempts=3, max_attempts=2),
    ):
        assert [result.outcome for result in report.results] == [Outcome.REFUSED]
        assert "max_attempts" in (report.results[0].reason or "")
    row = await table.row(job.id)
    assert (row["attempts"], row["max_attempts"]) == (0, 3)


async def test_run_now_needs_an_attempt_left_and_retry_gives_them_back(utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t", run_at=FAR, max_attempts=2)
    assert (await utils.run_now([job.id], priority=5)).done == 1
    row = await table.row(job.id)
    assert (row["due"], row["priority"]) == (True, 5)
    await utils.permanently_fail_jobs([job.id], "no")
    await utils.reschedule_jobs([job.id], run_at=FAR)
    assert outcomes(await utils.run_now([job.id])) == [(job.id, "used_up")]
    row = await table.row(job.id)
    assert (row["due"], row["attempts"]) == (False, 2)
    assert outcomes(await utils.run_now([job.id], max_attempts=3)) == [(job.id, "done")]
    assert outcomes(await utils.retry([job.id])) == [(job.id, "done")]
    row = await table.row(job.id)
    assert (row["due"], row["attempts"], row["is_available"]) == (True, 0, True)


async def test_remove_says_which_of_three_things_happened(utils: WorkerUtils, table: Table) -> None:
    waiting, running = await utils.add_job("t", key="a"), await utils.add_job("t", key="b")
    await table.lock(running.id, "1 minute")
    assert (await utils.remove_job("a")).outcome is RemoveOutcome.REMOVED
    assert await table.job(waiting.id) is None
    assert (await utils.remove_job("b")).outcome is RemoveOutcome.KEY_RELEASED
    row = await table.row(running.id)
    assert (row["key"], row["attempts"], row["locked_by"]) == (None, 25, "w1")
    assert (await utils.remove_job("b")).outcome is RemoveOutcome.NOT_FOUND


async def test_a_row_in_somebody_elses_transaction_is_busy(utils: WorkerUtils, table: Table) -> None:
    held, free = [(await utils.add_job("t")).id for _ in range(2)]
    async with table.pool.acquire() as other, other.transaction():
        await other.execute(f"select from {table.schema}._private_jobs where id = $1 for update", held)
        report = await asyncio.wait_for(utils.complete_jobs([held, free]), 10)
    assert outcomes(report) == [(held, "busy"), (free, "done")]
    assert await table.job(held)
    assert await table.job(free) is None


async def test_a_lock_older_than_4_hours_leaves_no_locked_queue(utils: WorkerUtils, table: Table) -> None:
    acts: dict[str, Callable[[list[int]], Awaitable[JobReport]]] = {
        "complete": utils.complete_jobs,
        "fail": utils.permanently_fail_jobs,
        "retry": utils.retry,
        "run_now": utils.run_now,
        "reschedule": lambda ids: utils.reschedule_jobs(ids, priority=1),
    }
    for verb in (*acts, "remove"):
        job = await utils.add_job("t", queue=verb, key=verb)
        await table.lock(job.id, "241 minutes", None if verb == "retry" else "w1")
        if verb == "remove":
            assert (await utils.remove_job(verb)).outcome is RemoveOutcome.REMOVED
        else:
            assert outcomes(await acts[verb]([job.id])) == [(job.id, "done")]
        row = await table.job(job.id)
        assert (row is None) == (verb in ("complete", "remove"))
        assert row is None or (row["locked_at"], row["locked_by"]) == (None, None)
        locked = "select from {s}._private_job_queues where locked_at is not null or locked_by is not null"
        assert await table.run(locked) == "SELECT 0", verb


async def test_another_old_lock_does_not_keep_the_queue_from_a_freed_job(utils: WorkerUtils, table: Table) -> None:
    """A batch of a worker that died holds several jobs of one queue."""
    freed, other = await utils.add_jobs([JobSpec("t", queue="q")] * 2)
    for job in (freed, other):
        await table.lock(job.id, "5 hours", "gone")

    assert outcomes(await utils.retry([freed.id])) == [(freed.id, "done")]

    assert await table.pool.fetchval(f"select is_available from {table.schema}._private_job_queues")
    assert (await table.row(other.id))["locked_by"] == "gone"


async def test_a_queue_stays_with_a_worker_that_has_begun_another_job_of_it(utils: WorkerUtils, table: Table) -> None:
    freed, other = await utils.add_jobs([JobSpec("t", queue="q")] * 2)
    await table.lock(freed.id, "5 hours", "w1")
    await table.lock(other.id, "1 minute", "w1")

    assert outcomes(await utils.retry([freed.id])) == [(freed.id, "done")]

    assert not await table.pool.fetchval(f"select is_available from {table.schema}._private_job_queues")


@pytest.mark.parametrize("verb", ["complete", "fail", "retry", "run-now", "run-next", "reschedule", "remove-by-key"])
async def test_who_could_not_free_a_queue_is_offered_no_verb_on_jobs(
    utils: WorkerUtils, dsn: str, table: Table, schema_name: str, verb: str
) -> None:
    """Row security answers an update of hidden rows with silence: the queue of an old lock would stay locked."""
    role = await login(utils.database.pool, "half")
    await table.run(f"grant usage on schema {{s}} to {role}; grant all on all tables in schema {{s}} to {role}")
    for name, rights in {"jobs": "all", "tasks": "all", "job_queues": "select"}.items():
        check = "" if rights == "select" else " with check (true)"
        await table.run(f"create policy p on {{s}}._private_{name} for {rights} to {role} using (true){check}")
    async with acting_as(dsn, role, schema_name) as theirs:
        assert "update _private_job_queues" in str((await capabilities(theirs)).offers[verb])


async def test_a_payload_that_is_no_json_is_refused(utils: WorkerUtils, table: Table) -> None:
    for wrong in (
        float("nan"),
        {1, 2},
        "\ud800",
        RawJson('"\ud800"'),
        RawJson("{"),
        RawJson("1\0"),
        RawJson("[" * 20_000),
    ):
        with pytest.raises(InvalidInput, match="^payload "):
            await utils.add_job("t", wrong)
    assert await table.run("select from {s}._private_jobs") == "SELECT 0"


async def test_an_old_lock_of_a_living_worker_is_left_alone_by_every_verb(utils: WorkerUtils, table: Table) -> None:
    """By its heartbeat, or because Worker Pro lists it; where nobody may look, everybody may live."""
    job = await utils.add_job("t", queue="q", key="k")
    await table.lock(job.id, "5 hours", "w1")
    await table.run("select {s}.worker_heartbeat('w1')")
    for report in (
        await utils.complete_jobs([job.id]),
        await utils.permanently_fail_jobs([job.id]),
        await utils.retry([job.id]),
        await utils.run_now([job.id]),
        await utils.reschedule_jobs([job.id], priority=1),
    ):
        assert outcomes(report) == [(job.id, "running")]
    assert (await utils.remove_job("k", dry_run=True)).outcome is RemoveOutcome.KEY_RELEASED
    assert (await utils.remove_job("k")).outcome is RemoveOutcome.KEY_RELEASED
    row = await table.row(job.id)
    assert (row["locked_by"], row["key"], row["attempts"]) == ("w1", None, 25)
    assert await table.pool.fetchval(f"select locked_by from {table.schema}._private_job_queues") == "w1"
    assert await table.pool.fetchval(f"select count(*) from {table.schema}._private_job_retirements") == 1


@pytest.mark.parametrize(("name", "column"), [("workers", "worker_id"), ("pools", "pool_id")])
async def test_an_old_lock_of_somebody_worker_pro_lists_is_left_alone(
    utils: WorkerUtils, table: Table, name: str, column: str
) -> None:
    await table.pro(name, column, "pro-1")
    listed, other = await utils.add_jobs([JobSpec("t")] * 2)
    await table.lock(listed.id, "5 hours", "pro-1")
    await table.lock(other.id, "5 hours", "gone")
    assert outcomes(await utils.retry([listed.id, other.id])) == [(listed.id, "running"), (other.id, "done")]


@pytest.mark.parametrize("name", ["workers", "pools"])
async def test_worker_pro_may_list_anybody_where_it_calls_them_otherwise(
    utils: WorkerUtils, table: Table, name: str
) -> None:
    await table.pro(name, "name", "pro-1")
    job = await utils.add_job("t")
    await table.lock(job.id, "5 hours", "gone")
    assert outcomes(await utils.retry([job.id])) == [(job.id, "running")]
    await table.run(f"truncate {{s}}._private_pro_{name}")
    assert outcomes(await utils.retry([job.id])) == [(job.id, "done")]


async def test_where_nobody_may_see_whom_worker_pro_lists_every_lock_holds(
    utils: WorkerUtils, table: Table, dsn: str, schema_name: str
) -> None:
    operator = await login(utils.database.pool, "operator", "bypassrls")
    job = await utils.add_job("t")
    await table.lock(job.id, "5 hours", "gone")
    await table.pro("workers", "worker_id")
    await table.run(f"grant usage on schema {{s}} to {operator}; grant all on all tables in schema {{s}} to {operator}")
    await table.run(f"revoke all on {{s}}._private_pro_workers from {operator}")
    async with acting_as(dsn, operator, schema_name) as theirs:
        assert outcomes(await theirs.retry([job.id])) == [(job.id, "running")]
    assert (await utils.retry([job.id])).done == 1


@pytest.mark.parametrize("lock", ["without_lock", "skip_locked_jobs"])
async def test_rows_are_judged_and_locked_in_the_order_of_their_ids(
    utils: WorkerUtils, table: Table, lock: str
) -> None:
    """However they are asked for, and wherever they lie: whoever takes several rows takes them in this order."""
    await utils.add_jobs([JobSpec("t")] * 5)
    await table.run("update {s}._private_jobs set priority = 1 where id in (1, 3)")  # now behind the others
    query = statement("jobs.checked", lock=lock)
    async with utils.queue.write_unchecked() as tx:
        await tx.connection.execute("set local enable_indexscan = off; set local enable_indexonlyscan = off")
        rows = await tx.fetch(query, ids=texts([5, 1, 4, 2, 3]), alive=[])
    assert [row["id"] for row in rows] == [1, 2, 3, 4, 5]


async def test_removing_under_an_old_lock_of_nobody_frees_the_queue(utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t", queue="q", key="k")
    await table.lock(job.id, "5 hours", None)
    assert (await utils.remove_job("k")).outcome is RemoveOutcome.REMOVED
    assert await table.pool.fetchval(f"select is_available from {table.schema}._private_job_queues")


async def test_run_now_that_would_leave_no_attempt_is_used_up(utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t", max_attempts=3)
    assert outcomes(await utils.run_now([job.id], attempts=3)) == [(job.id, "used_up")]
    assert (await table.row(job.id))["attempts"] == 0


@pytest.mark.parametrize("verb", ["fail", "retry", "run_now", "reschedule"])
async def test_the_row_in_the_answer_is_the_row_that_is_left_also_after_an_old_lock(
    utils: WorkerUtils, table: Table, verb: str
) -> None:
    job = await utils.add_job("t", queue="q")
    await table.lock(job.id, "5 hours", "gone")
    report = await {
        "fail": lambda: utils.permanently_fail_jobs([job.id]),
        "retry": lambda: utils.retry([job.id]),
        "run_now": lambda: utils.run_now([job.id]),
        "reschedule": lambda: utils.reschedule_jobs([job.id], priority=3),
    }[verb]()
    (said,), row = report.jobs, await table.row(job.id)
    assert (said.locked_at, said.locked_by) == (row["locked_at"], row["locked_by"]) == (None, None)
    assert (said.attempts, said.priority, said.last_error) == (row["attempts"], row["priority"], row["last_error"])


async def test_a_completed_job_is_answered_as_it_was_its_old_lock_too(utils: WorkerUtils, table: Table) -> None:
    """There is no row left."""
    job = await utils.add_job("t")
    await table.lock(job.id, "5 hours", "gone")
    assert [gone.locked_by for gone in (await utils.complete_jobs([job.id])).jobs] == ["gone"]
