"""Maintenance that the database's own rules refuse: no answer says that it is done, and the numbers are true."""

from __future__ import annotations

from typing import Any

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.api import vocabulary
from tests.cli.test_refused import RULE, TRIGGER, WHY
from tests.server.conftest import Door
from tests.support.table import Table

FAILED, TASKS, QUEUES = vocabulary.CLEANUP_TASKS


@pytest.fixture
async def table(utils: WorkerUtils) -> Table:
    """120 failed jobs, 3 jobs and 3 queues that were locked 5 hours ago, and a trigger that refuses changes of jobs."""
    table = Table.of(utils)
    await table.run("insert into {s}._private_tasks (identifier) values ('t')")
    await table.run("insert into {s}._private_jobs (task_id, attempts) select 1, 25 from generate_series(1, 120)")
    lock = "select {0}, now() - interval '5 hours', 'w' from generate_series(1, 3) g"
    await table.run("insert into {s}._private_jobs (task_id, locked_at, locked_by) " + lock.replace("{0}", "1"))
    await table.run(
        "insert into {s}._private_job_queues (queue_name, locked_at, locked_by) " + lock.replace("{0}", "g")
    )
    await table.run(RULE)
    await table.run(TRIGGER)
    return table


async def post(door: Door, action: str, **members: Any) -> Any:
    answer = await door.post("/api/maintenance", {"action": action} | members)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_cleanup_that_was_refused_begins_with_what_stays(door: Door, table: Table) -> None:
    answer = await post(door, "cleanup", cleanup_tasks=[FAILED])
    assert (answer["outcome"], answer["deleted"], answer["refused"]) == ("not_done", {FAILED: 0}, [FAILED])
    assert answer["message"] == f"No failed job deleted: 120 stay: {WHY}; only 100 of them were tried"


async def test_what_was_done_besides_is_said_last(door: Door, table: Table) -> None:
    await table.run("insert into {s}._private_job_queues (queue_name) values ('idle')")
    await table.run("delete from {s}._private_tasks where identifier = 'none'")
    answer = await post(door, "cleanup", cleanup_tasks=[FAILED, QUEUES])
    assert answer["outcome"] == "partly"
    assert answer["message"].startswith("No failed job deleted: 120 stay: ")
    assert answer["message"].endswith(". Deleted: 1 queue"), answer


@pytest.mark.parametrize(("action", "members", "done"), [
    ("release-old-locks", {}, "Released: 0 jobs and 3 queues"), ("force-unlock", {"worker_ids": ["w"]}, "Unlocked: 1 worker"),
])  # fmt: skip
async def test_locks_that_stay_are_counted_first(
    door: Door, table: Table, action: str, members: dict[str, Any], done: str
) -> None:
    answer = await post(door, action, **members)
    assert (answer["outcome"], answer["message"]) == ("partly", f"3 locks stay: {WHY}. {done}")
    assert answer["unfinished"] == {f"not done: {WHY}": 3}


async def test_who_holds_nothing_is_not_unlocked(door: Door) -> None:
    """The reference's message, and an outcome that is no success."""
    answer = await post(door, "force-unlock", worker_ids=["nobody"])
    assert (answer["outcome"], answer["message"]) == ("not_done", "Unlocked 0 worker id(s)")


async def test_a_task_that_was_named_and_left_out_is_not_complete(door: Door, utils: WorkerUtils) -> None:
    await Table.of(utils).run("select {s}.worker_heartbeat('w')")
    named = await post(door, "cleanup", cleanup_tasks=[TASKS])
    assert named["outcome"] == "not_done" and named["message"].startswith("No task identifier deleted: a worker ")
    all_of_them = await post(door, "cleanup", cleanup_tasks=[FAILED, TASKS, QUEUES])
    assert (all_of_them["outcome"], all_of_them["message"]) == ("partly", "Cleanup complete")
