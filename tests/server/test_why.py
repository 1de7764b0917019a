"""One job: why it is not running, in words that are true, and when it would run again."""

from __future__ import annotations

from typing import Any

import pytest

from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door
from tests.support.table import Table


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


async def one(door: Door, id: int) -> Any:
    answer = await door.get(f"/api/jobs/{id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def why(door: Door, id: int) -> tuple[str, str]:
    """Code and sentence."""
    found = (await one(door, id))["why"]
    return found["code"], found["sentence"]


async def test_each_reason(door: Door, utils: WorkerUtils, table: Table) -> None:
    first = (await utils.add_job("t", priority=-1)).id
    second = (await utils.add_job("t")).id
    assert await why(door, first) == ("ready", "Ready. No due job comes first.")
    assert await why(door, second) == ("ready", "Ready. 1 due job comes first.")

    later = (await utils.add_job("t", run_at="2999-01-01T00:00:00Z")).id
    assert (await why(door, later))[0] == "scheduled"
    never = (await utils.add_job("t")).id
    await table.run("update {s}._private_jobs set run_at = 'infinity' where id = $1", never)
    assert await why(door, never) == ("scheduled", "It never becomes due: run at is infinity.")

    failing = (await utils.add_job("t", max_attempts=3)).id
    await table.run(
        "update {s}._private_jobs set attempts = 1, run_at = now() + interval '125 seconds', last_error = E'\\n no route\\nx'"
        " where id = $1",
        failing,
    )
    told = (await one(door, failing))["why"]
    assert told["code"] == "backing_off"
    assert told["sentence"] in (
        "It waits for its next attempt, in 2 min.",
        "It waits for its next attempt, in 2 min 4 s.",
    )
    assert told["detail"] == "The last attempt ended with “no route”. 1 of 3 attempts are used."
    await utils.permanently_fail_jobs([failing])
    assert await why(door, failing) == ("used_up", "It will not run again: all 3 attempts are used.")
    await utils.permanently_fail_jobs([failing], 'Traceback (most recent call last):\n  File "a.py"\nKeyError: 12\n')
    assert "ended with “KeyError: 12”." in (await one(door, failing))["why"]["detail"]


async def test_queues_workers_and_lost_rows(door: Door, utils: WorkerUtils, table: Table) -> None:
    runs = (await utils.add_job("t", queue="q")).id
    waits = (await utils.add_job("t", queue="q")).id
    await table.lock(runs, "90 minutes", "w7")
    assert await why(door, runs) == ("running", "Running on w7 for 1 h 30 min.")
    found = (await one(door, waits))["why"]
    assert found["sentence"] == f"Its queue q is held by w7 for 1 h 30 min, running job {runs}."
    assert found["facts"]["queue_job"] == runs
    await table.run("update {s}._private_jobs set locked_at = null, locked_by = null where id = $1", runs)
    assert "running no job that can be seen" in (await why(door, waits))[1]

    old = (await utils.add_job("t")).id
    await table.lock(old, "3 days", None)
    found = (await one(door, old))["why"]
    assert found["sentence"] == "Locked by an unnamed worker for 3 d."
    assert "most likely died" in found["detail"]

    lost = (await utils.add_job("gone")).id
    await table.run("delete from {s}._private_tasks where identifier = 'gone'")
    await table.run("delete from {s}._private_job_queues")
    assert (await why(door, lost))[0] == "task_missing"
    assert (await why(door, waits))[0] == "queue_missing"


async def test_a_worker_that_fell_silent(door: Door, utils: WorkerUtils, table: Table) -> None:
    job = (await utils.add_job("t")).id
    await table.lock(job, "90 minutes", "w7")
    await table.run("insert into {s}._private_workers (id, last_heartbeat_at) values ('w7', now())")
    found = (await one(door, job))["why"]
    assert found["sentence"] == "Running on w7 for 1 h 30 min." and found["facts"]["heartbeat_secs"] < 60
    await table.run("update {s}._private_workers set last_heartbeat_at = now() - interval '1 hour'")
    found = (await one(door, job))["why"]
    assert found["sentence"] == "Locked by w7 for 1 h 30 min; its last heartbeat was 1 h ago."
    sweep = "A sweep of stale workers (Maintenance) gives all of its jobs back."
    assert found["detail"] == f"The worker has most likely died. Unlock gives this job back. {sweep}"
    await table.run("update {s}._private_jobs set attempts = max_attempts")
    found = (await one(door, job))["why"]
    then = "Unlock, then Retry, because no attempt is left."
    assert found["detail"] == f"The worker has most likely died. {then} {sweep}"


async def test_a_running_job_says_what_can_be_done(door: Door, utils: WorkerUtils, table: Table) -> None:
    job = (await utils.add_job("t", max_attempts=3)).id
    await table.lock(job, "90 minutes", "w7")
    await table.run("update {s}._private_jobs set attempts = 2")
    assert (await one(door, job))["why"]["detail"] == (
        "It cannot be changed meanwhile. This is attempt 2 of 3. Worker gone? Unlock gives the job back."
    )
    await table.run("update {s}._private_jobs set attempts = 3")
    assert (await one(door, job))["why"]["detail"] == (
        "It cannot be changed meanwhile. This is attempt 3 of 3, the last."
        " Worker gone? Unlock, then Retry, because no attempt is left."
    )
    await table.run("insert into {s}._private_workers (id, last_heartbeat_at) values ('w7', now())")
    detail = (await one(door, job))["why"]["detail"]
    assert detail.startswith("w7 sent a heartbeat ") and "died" not in detail


async def test_the_verb_for_an_old_lock_depends_on_the_attempts_left(
    door: Door, utils: WorkerUtils, table: Table
) -> None:
    job = (await utils.add_job("t", max_attempts=3)).id
    await table.lock(job, "5 hours", "w7")
    await table.run("update {s}._private_jobs set attempts = 2")
    assert (await one(door, job))["why"]["detail"] == (
        "The lock is older than 4 h, so the worker has most likely died. Unlock gives the job back now; without it, workers"
        " may take the job again by themselves."
    )
    assert "Retry" not in (await one(door, job))["why"]["detail"]

    await table.run("update {s}._private_jobs set attempts = 3")
    assert (await one(door, job))["why"]["detail"] == (
        "The lock is older than 4 h, so the worker has most likely died. It used the last of 3 attempts, so no worker takes"
        " the job again: Retry sets attempts to 0 and runs it now, unless its worker sends heartbeats."
    )
    (skipped,) = (await utils.run_now([job])).results
    assert skipped.outcome == "used_up"
    (done,) = (await utils.retry([job])).results
    assert done.outcome == "done" and (await why(door, job))[0] == "ready"


async def test_the_holder_of_a_queue_says_what_frees_it(door: Door, utils: WorkerUtils, table: Table) -> None:
    runs = (await utils.add_job("t", queue="q")).id
    waits = (await utils.add_job("t", queue="q")).id

    async def detail() -> str:
        return str((await one(door, waits))["why"]["detail"])

    await table.lock(runs, "90 minutes", "w7")
    assert await detail() == "Jobs of one queue run one after the other. If w7 has died, Unlock frees the queue."
    await table.lock(runs, "5 hours", "w7")
    assert (await detail()).endswith("so the worker has most likely died. Unlock frees the queue.")
    await table.lock(runs, "5 hours", None)
    assert (await detail()).endswith("Release old locks (Maintenance) frees the queue.")
    await table.lock(runs, "5 hours", "w7")
    await table.run("insert into {s}._private_workers (id, last_heartbeat_at) values ('w7', now() - interval '1 hour')")
    assert (await detail()).endswith(
        "The last heartbeat of w7 was 1 h ago, so it has most likely died."
        " A sweep of stale workers (Maintenance) frees the queue."
    )


async def test_jobs_of_held_queues_are_before_nobody(door: Door, utils: WorkerUtils, table: Table) -> None:
    for _ in range(3):
        await utils.add_job("t", queue="held", priority=-5)
    await utils.add_job("t", priority=-5)
    job = (await utils.add_job("t")).id
    await table.run("update {s}._private_job_queues set locked_at = now(), locked_by = 'w'")
    assert await why(door, job) == ("ready", "Ready. 1 due job comes first.")
    await table.run(
        "insert into {s}._private_jobs (task_id, job_queue_id, priority)"
        " select min(t.id), min(q.id), -9 from {s}._private_tasks t, {s}._private_job_queues q, generate_series(1, 1200) n"
        " group by n"
    )
    assert (await why(door, job))[1].endswith("come first.") and (await one(door, job))["why"]["facts"]["ahead_more"]


async def test_the_ladder_of_attempts(door: Door, utils: WorkerUtils, table: Table) -> None:
    fresh = await utils.add_job("t", max_attempts=4, run_at="2100-01-01T00:00:00Z")
    rungs = (await one(door, fresh.id))["retry_ladder"]
    assert [rung["attempt"] for rung in rungs] == [1, 2, 3, 4]
    assert [round(rung["wait_secs"], 1) for rung in rungs] == [2.7, 7.4, 20.1, 54.6]
    assert [rung["run_at"][:19] for rung in rungs] == [
        "2100-01-01T00:00:00", "2100-01-01T00:00:02", "2100-01-01T00:00:10", "2100-01-01T00:00:30",
    ]  # fmt: skip

    await table.lock(fresh.id, "1 second")
    await table.run("update {s}._private_jobs set attempts = 3 where id = $1", fresh.id)
    assert [rung["attempt"] for rung in (await one(door, fresh.id))["retry_ladder"]] == [3, 4]
    await table.run("update {s}._private_jobs set attempts = 4, locked_at = null where id = $1", fresh.id)
    assert (await one(door, fresh.id))["retry_ladder"] == []
    for odd, count in (("infinity", 0), ("-infinity", 100), ("294276-12-31", 0), ("99999-12-31", 100)):
        await table.run(
            "update {s}._private_jobs set run_at = $2::text::timestamptz, attempts = 0, max_attempts = 32767 where id = $1",
            fresh.id,
            odd,
        )
        assert len((await one(door, fresh.id))["retry_ladder"]) == count, odd


async def test_jobs_before_one_that_is_not_due_are_not_counted(door: Door, utils: WorkerUtils, table: Table) -> None:
    await utils.add_job("t", priority=-5)
    ids = {
        "scheduled": (await utils.add_job("t", run_at="2999-01-01T00:00:00Z")).id,
        "running": (await utils.add_job("t")).id,
        "used_up": (await utils.add_job("t")).id,
        "ready": (await utils.add_job("t")).id,
    }
    await table.lock(ids["running"], "1 minute", "w7")
    await table.run("update {s}._private_jobs set attempts = max_attempts where id = $1", ids["used_up"])
    found = {code: (await one(door, id))["why"] for code, id in ids.items()}
    assert {code: why["code"] for code, why in found.items()} == dict(zip(ids, ids, strict=True))
    assert {code: why["facts"].get("ahead") for code, why in found.items()} == {
        "scheduled": None, "running": None, "used_up": None, "ready": 1,
    }  # fmt: skip


async def test_a_sentence_quotes_the_error_in_every_form_of_it(door: Door, utils: WorkerUtils, table: Table) -> None:
    job = (await utils.add_job("t", max_attempts=1)).id
    await table.run(
        "update {s}._private_jobs set attempts = 1, last_error = $2 where id = $1",
        job,
        "Traceback (most recent call last):\n" + "  File x\n" * 4000 + "ValueError: no such user",
    )
    for form in ("full", "cut"):
        answer = (await door.get(f"/api/jobs/{job}?last_error={form}")).json()
        assert answer["why"]["detail"].startswith("The last attempt ended with “ValueError: no such user”.")
        assert "last_error" not in answer["why"]["facts"]
