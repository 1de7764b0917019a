"""What a row says of a queue, a worker, a task."""

from __future__ import annotations

import pytest

from graphile_worker.core.database.transactions import Pool
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.support.queues import fill
from tests.support.roles import acting_as, login
from tests.support.table import Table

LOST = "queue 4 (its row is missing)"


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


@pytest.mark.any_schema
async def test_queues(door: Door, utils: WorkerUtils, table: Table) -> None:
    ids = await fill(utils, table)
    answer = await door.answer("/api/queues")
    rows = {row["queue_name"] or "none": row for row in answer["queues"]}
    assert list(rows) == ["Alpha", "beta", "empty", "gamma", LOST, "none"]
    counts = ("job_count", "ready_count", "scheduled_count", "failed_count", "locked_count", "blocked_count")
    assert {name: [row[count] for count in counts] for name, row in rows.items()} == {
        "Alpha": [2, 1, 1, 0, 0, 0], "beta": [2, 1, 0, 0, 1, 1], "empty": [0] * 6, "gamma": [1, 0, 0, 0, 1, 0],
        LOST: [1, 1, 0, 0, 0, 0], "none": [3, 1, 0, 1, 1, 0],
    }  # fmt: skip
    assert {name: (row["state"], row["locked_by"], row["current_job"]) for name, row in rows.items()} == {
        "Alpha": ("free", None, None), "beta": ("held", "worker-1", ids["held"]), "empty": ("free", None, None),
        "gamma": ("held_too_long", "pool-2", ids["stuck"]), LOST: ("missing", None, None), "none": ("free", None, None),
    }  # fmt: skip
    assert [name for name, row in rows.items() if row["id"] is None] == ["none"]
    assert rows["Alpha"]["oldest_ready_at"] == "2001-01-01T00:00:00Z"
    assert rows["beta"]["oldest_ready_at"] == "2002-02-02T02:02:02.500Z"
    assert rows["gamma"]["oldest_ready_at"] is None
    assert 5400 <= rows["beta"]["locked_secs"] < 5500
    assert rows["beta"]["locked_at"].endswith("Z")
    about = {name: answer[name] for name in ("total", "has_more", "complete")}
    assert about == {"total": 6, "has_more": False, "complete": True}
    assert answer["as_of"].endswith("Z")
    assert answer["age_ms"] >= 0
    overview = (await door.answer("/api/overview"))["queues"]
    assert overview == [
        {name: row[name] for name in overview[0]} for name, row in rows.items() if name not in (LOST, "none")
    ]


@pytest.mark.any_schema
async def test_workers(door: Door, utils: WorkerUtils, table: Table) -> None:
    ids = await fill(utils, table)
    await table.run(
        "insert into {s}._private_workers (id, started_at, last_heartbeat_at, metadata) values"
        " ('graphile_worker_x', '2001-01-01', now() - interval '301 seconds', '{\"host\": \"h\"}'),"
        " ('worker-1', '2001-01-01', now(), '{}'), ('otpool-9', now(), now(), '{}')"
    )
    await table.lock((await utils.add_job("t")).id, "1 second", None)
    answer = await door.answer("/api/workers")
    assert answer["heartbeats"] == "seen"
    rows = {row["worker_id"]: row for row in answer["workers"]}
    assert list(rows) == ["graphile_worker_x", "otpool-9", "pool-2", "worker-1", None]
    shown = ("kind", "is_stale", "locked_jobs", "locked_queues")
    assert {id: [row[name] for name in shown] for id, row in rows.items()} == {
        "graphile_worker_x": ["rust", True, 0, 0], "otpool-9": ["node_once", False, 0, 0],
        "pool-2": ["node_pool", None, 1, 1], "worker-1": ["node_worker", False, 2, 1], None: [None, None, 1, 0],
    }  # fmt: skip
    assert rows["worker-1"]["jobs"] == [ids["held"], ids["works"]]
    assert 5400 <= rows["worker-1"]["oldest_locked_secs"] < 5500
    assert rows["graphile_worker_x"]["started_at"] == "2001-01-01T00:00:00Z"
    assert rows["graphile_worker_x"]["metadata"] == {"host": "h"}
    assert [rows["otpool-9"][name] for name in ("oldest_locked_at", "oldest_locked_secs", "jobs")] == [None, None, []]
    assert [rows["pool-2"][name] for name in ("last_heartbeat_at", "started_at", "metadata")] == [None] * 3
    for worker in (await door.answer("/api/overview"))["workers"]:
        assert worker == {name: rows[worker["worker_id"]][name] for name in worker}


async def test_only_some_jobs_of_a_worker_are_named(door: Door, utils: WorkerUtils, table: Table) -> None:
    ids = [(await utils.add_job("t")).id for _ in range(7)]
    for place, id in enumerate(ids):
        await table.lock(id, f"{place + 1} minutes", "w")
    (row,) = (await door.answer("/api/workers"))["workers"]
    assert (row["locked_jobs"], row["jobs"], row["kind"]) == (7, ids[:1:-1], None)


@pytest.mark.any_schema
async def test_tasks(door: Door, utils: WorkerUtils, table: Table) -> None:
    await fill(utils, table)
    rows = {row["task_identifier"]: row for row in (await door.answer("/api/tasks"))["tasks"]}
    (lost,) = [name for name, row in rows.items() if row["task_missing"]]
    assert lost == f"task {rows[lost]['task_id']} (its row is missing)"
    assert list(rows) == ["mail", "push", lost, "unused"]
    counts = ("total", "ready", "scheduled", "locked", "failed", "failed_share")
    assert {name: [row[count] for count in counts] for name, row in rows.items()} == {
        "mail": [5, 1, 1, 2, 1, 0.2], "push": [3, 2, 0, 1, 0, 0.0], lost: [1, 1, 0, 0, 0, 0.0],
        "unused": [0, 0, 0, 0, 0, None],
    }  # fmt: skip
    assert rows["push"]["oldest_ready_at"] == "2002-02-02T02:02:02.500Z"
    assert rows["unused"]["oldest_ready_at"] is None
    assert [name for name, row in rows.items() if row["last_failed_job"] is not None] == ["mail"]


async def test_a_task_tells_the_newest_of_its_errors(door: Door, utils: WorkerUtils) -> None:
    old, new, waiting = [await utils.add_job("mail") for _ in range(3)]
    await utils.permanently_fail_jobs([new.id], "x" * 1000)
    await utils.permanently_fail_jobs([old.id], "an older one")
    (row,) = (await door.answer("/api/tasks"))["tasks"]
    assert (row["last_failed_job"], row["last_error"]) == (new.id, "x" * 300)
    assert waiting.id > new.id
    await utils.permanently_fail_jobs([waiting.id], 'Traceback (most recent call last):\n  File "a.py"\nKeyError: 12\n')
    (row,) = (await door.answer("/api/tasks"))["tasks"]
    assert row["last_error"] == "KeyError: 12"


async def test_rows_that_other_programs_wrote(door: Door, utils: WorkerUtils, table: Table) -> None:
    for name, time in {"a": "-infinity", "b": "infinity", "c": "294276-12-31", "d": "0044-03-15 12:00:00 BC"}.items():
        id = (await utils.add_job(name, queue=name)).id
        await table.run("update {s}._private_jobs set run_at = $2::text::timestamptz where id = $1", id, time)
        held = (
            "update {s}._private_job_queues set locked_at = $2::text::timestamptz, locked_by = $1 where queue_name = $1"
        )
        await table.run(held, name, time)
        lock = "update {s}._private_jobs set locked_at = $2::text::timestamptz, locked_by = $3 where id = $1"
        await table.run(lock, (await utils.add_job("locks")).id, time, name)
    await table.run(
        "insert into {s}._private_workers (id, last_heartbeat_at, started_at) values ('a', '-infinity', 'infinity')"
    )
    queues = {row["queue_name"]: row for row in (await door.answer("/api/queues?sort=held"))["queues"]}
    assert [queues[name]["locked_secs"] is None for name in "abcd"] == [True, True, False, False]
    assert [queues[name]["state"] for name in "abcd"] == ["held_too_long", "held", "held", "held_too_long"]
    assert queues["a"]["oldest_ready_at"] == "-infinity"
    assert (await door.answer("/api/workers?sort=-oldest"))["total"] == 4
    assert (await door.answer("/api/workers?sort=heartbeat"))["workers"][0]["is_stale"]
    assert (await door.answer("/api/tasks?sort=oldest"))["tasks"][0]["task_identifier"] == "a"


async def test_heartbeats_that_cannot_be_seen_or_are_not_there(
    open_door: Opener, utils: WorkerUtils, pool: Pool, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Table.of(utils).lock((await utils.add_job("t")).id, "1 second", "w")
    beats = "insert into graphile_worker._private_workers (id, last_heartbeat_at) values ('w', now()), ('x', now())"
    await pool.execute(beats)
    role = await login(pool, "viewer", "bypassrls")
    await pool.execute(
        f"grant usage on schema graphile_worker to {role};"
        f"grant select on all tables in schema graphile_worker to {role};"
        f"revoke select on graphile_worker._private_workers from {role}"
    )
    async with acting_as(dsn, role) as theirs:
        with monkeypatch.context() as patch:
            patch.setattr(utils, "database", theirs.database)
            answer = await open_door().answer("/api/workers")
    assert (answer["heartbeats"], [row["is_stale"] for row in answer["workers"]]) == ("unseen", [None])

    await pool.execute("drop table graphile_worker._private_workers cascade")
    utils.queue.forget()
    answer = await open_door().answer("/api/workers")
    assert (answer["heartbeats"], [row["worker_id"] for row in answer["workers"]]) == ("none", ["w"])
