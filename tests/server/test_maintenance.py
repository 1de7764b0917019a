"""`/api/maintenance`: previews that change nothing, and operations that say what they did."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminServerConfig, create_app
from graphile_worker.admin.api import vocabulary
from graphile_worker.core.locks import config
from graphile_worker.core.locks.old_lock_rules import OldLocksConfig
from graphile_worker.core.maintenance import cleanup as maintenance
from tests.server.conftest import AUTHS, Door, Opener
from tests.support.roles import acting_as, login
from tests.support.table import Table

UP = "/api/maintenance"
FAILED, TASKS, QUEUES = vocabulary.CLEANUP_TASKS
AS_THE_REFERENCES_BROWSER = {
    "cleanup_tasks": [],
    "worker_ids": [],
    "dry_run": False,
    "sweep_threshold_secs": None,
    "recovery_delay_secs": None,
}


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


async def post(door: Door, action: str, **members: Any) -> Any:
    """The answer of an operation that must succeed."""
    answer = await door.post(UP, {"action": action} | members)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def held(utils: WorkerUtils, table: Table, worker: str, age: str, queue: str | None = None) -> int:
    id = (await utils.add_job("send", queue=queue)).id
    await table.lock(id, age, worker)
    return id


async def silent(table: Table, worker: str) -> None:
    await table.run(
        "insert into {s}._private_workers (id, last_heartbeat_at) values ($1, now() - interval '1 hour')", worker
    )


def test_words_that_stand_twice_are_the_same() -> None:
    """The browser cannot read the files of the core."""
    assert vocabulary.CLEANUP_TASKS == maintenance.CLEANUP_TASKS
    assert vocabulary.FORCED_TASKS == (maintenance.GC_TASKS,)
    assert vocabulary.OLD_LOCK_SECONDS == config.OLD_LOCK_SECONDS == OldLocksConfig().older_than_secs
    assert vocabulary.OLD_LOCK_MINIMUM == config.OLD_LOCK_MINIMUM
    assert vocabulary.HEARTBEAT_SILENCE_SECONDS == config.HEARTBEAT_SILENCE_SECONDS
    assert vocabulary.STALE_LOCK_HOURS * 3600 == vocabulary.OLD_LOCK_SECONDS


class TestPreviews:
    """`GET /api/maintenance`."""

    async def test_everything_at_a_glance_also_when_read_only(
        self, open_door: Opener, utils: WorkerUtils, table: Table
    ) -> None:
        await utils.permanently_fail_jobs([(await utils.add_job("dead")).id])
        await table.run("insert into {s}._private_job_queues (queue_name) values ('idle')")
        await silent(table, "gone")
        gone = await held(utils, table, "gone", "20 minutes", "q")
        old = await held(utils, table, "pool-1", "5 hours")

        door = open_door(read_only=True)
        answer = (await door.get(UP)).json()

        assert answer["as_of"].endswith("Z") and answer["age_ms"] >= 0
        assert answer["migrate"] == {
            "verdict": "current",
            "found": "migration 22",
            "would_apply": [],
            "missing": [],
            "closed_to": [],
        }
        cleanup = answer["cleanup"]
        assert (cleanup[FAILED], cleanup[QUEUES]) == ({"count": 1, "skipped": None}, {"count": 1, "skipped": None})
        assert cleanup[TASKS] == {"count": 0, "skipped": "a worker holds a job or a queue"}
        sweep = answer["sweep-stale-workers"]
        assert (sweep["workers"], sweep["jobs"]) == (["gone"], 1)
        (detail,) = sweep["details"]
        assert (detail["worker_id"], detail["jobs"], detail["queues"]) == ("gone", 1, 1)
        release = answer["release-old-locks"]
        assert (release["jobs"], release["queues"], [lock["id"] for lock in release["locks"]]) == (1, 0, [old])
        assert [(one["worker_id"], one["jobs"], one["queues"]) for one in answer["force-unlock"]] == [
            ("gone", 1, 1),
            ("pool-1", 1, 0),
        ]
        assert all(one["oldest_locked_at"].endswith("Z") for one in answer["force-unlock"])
        assert [(await table.row(id))["locked_by"] for id in (gone, old)] == ["gone", "pool-1"]

    async def test_the_numbers_count(self, door: Door, utils: WorkerUtils, table: Table) -> None:
        await silent(table, "gone")
        await held(utils, table, "pool-1", "20 minutes")

        answer = (await door.get(UP + "?older_than_secs=900&sweep_threshold_secs=7200&recovery_delay_secs=0")).json()

        assert (answer["release-old-locks"]["jobs"], answer["sweep-stale-workers"]["workers"]) == (1, [])

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("older_than_secs=899", "older_than_secs"),
            ("older_than_secs=", "older_than_secs"),
            ("older_than_secs=4h", "older_than_secs"),
            (f"older_than_secs={2**63 - 1}", "older_than_secs"),
            ("sweep_threshold_secs=59", "sweep_threshold_secs"),
            ("recovery_delay_secs=-1", "recovery_delay_secs"),
            ("older_than=900", "older_than"),
            ("older_than_secs=900&older_than_secs=900", "older_than_secs"),
        ],
    )
    async def test_wrong_numbers_name_themselves(self, door: Door, query: str, field: str) -> None:
        answer = await door.get(f"{UP}?{query}")
        assert (answer.status_code, answer.json()["field"]) == (400, field)

    async def test_what_cannot_be_told_is_refused_alone(self, door: Door, table: Table) -> None:
        await table.run("drop table {s}._private_workers")

        answer = (await door.get(UP)).json()

        assert "no heartbeats" in answer["sweep-stale-workers"]["refused"]
        assert "migrate" in answer["sweep-stale-workers"]["remedy"]
        assert answer["migrate"]["missing"] == ["workers", "workers_index"]
        assert answer["release-old-locks"]["jobs"] == 0
        assert answer["cleanup"][TASKS] == {"count": 0, "skipped": None}

    async def test_a_missing_schema_can_be_migrated_and_nothing_else(self, door: Door, table: Table) -> None:
        await table.run("drop schema {s} cascade")

        answer = (await door.get(UP)).json()

        assert (answer["migrate"]["verdict"], answer["migrate"]["would_apply"]) == ("missing", list(range(1, 23)))
        for part in ("cleanup", "sweep-stale-workers", "release-old-locks", "force-unlock"):
            assert "holds no Graphile Worker tables" in answer[part]["refused"]

    async def test_identical_looks_are_one(self, utils: WorkerUtils, table: Table) -> None:
        app = create_app(AdminServerConfig(utils.database.pool, utils, auth=AUTHS["none"][0], freshness=60))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            before = (await client.get(UP)).json()
            await held(utils, table, "pool-1", "5 hours")
            after = (await client.get(UP)).json()
            other = (await client.get(UP + "?older_than_secs=901")).json()
        assert (before["as_of"], before["force-unlock"]) == (after["as_of"], after["force-unlock"])
        assert other["as_of"] > before["as_of"] and len(other["force-unlock"]) == 1


class TestReleaseOldLocks:
    """`release-old-locks`."""

    async def test_dry_and_real(self, door: Door, utils: WorkerUtils, table: Table) -> None:
        id = await held(utils, table, "pool-1", "5 hours", "q")

        dry = await post(door, "release-old-locks", dry_run=True)
        assert (dry["message"], dry["dry_run"]) == ("Would release 1 job and 1 queue", True)
        assert (await table.row(id))["locked_by"] == "pool-1"
        real = await post(door, "release-old-locks", **AS_THE_REFERENCES_BROWSER)
        assert (real["message"], real["dry_run"]) == ("Released 1 job and 1 queue", False)
        members = {"jobs", "queues", "used_up", "busy", "locks", "kept"}
        for name in members - {"locks"}:
            assert real[name] == dry[name]
        assert [lock["id"] for lock in real["locks"]] == [lock["id"] for lock in dry["locks"]]
        assert set(real["locks"][0]) == {
            "kind", "id", "task", "queue", "worker", "locked_at", "age_secs", "used_up"
        }  # fmt: skip
        assert (await post(door, "release-old-locks"))["message"] == "No locks older than 4 h"
        assert (await post(door, "release-old-locks", older_than_secs=5400))["message"] == (
            "No locks older than 1 h 30 min"
        )

    async def test_old_locks_that_stay_are_not_denied(self, door: Door, utils: WorkerUtils, table: Table) -> None:
        await silent(table, "gone")
        await held(utils, table, "gone", "5 hours")

        answer = await post(door, "release-old-locks")

        assert answer["message"] == "1 lock stays: its worker sends no heartbeats any more: sweep stale workers"
        assert answer["outcome"] == "not_done"
        assert answer["kept"] == {"its worker sends no heartbeats any more: sweep stale workers": 1}


class TestCleanup:
    """`cleanup`."""

    async def test_a_dry_run_counts(self, door: Door, utils: WorkerUtils) -> None:
        await utils.permanently_fail_jobs([(await utils.add_job("t", queue="q")).id])

        answer = await post(door, "cleanup", dry_run=True)

        assert answer["message"] == "Would delete 1 failed job, 1 queue, 1 task identifier"
        assert (answer["deleted"], answer["skipped"]) == ({FAILED: 1, QUEUES: 1, TASKS: 1}, {})
        assert (await door.get("/api/overview")).json()["stats"]["total"] == 1
        real = await post(door, "cleanup", cleanup_tasks=list(vocabulary.CLEANUP_TASKS))
        assert (real["message"], real["deleted"]) == ("Cleanup complete", answer["deleted"])

    async def test_task_identifiers_only_by_force_while_a_worker_looks_alive(
        self, door: Door, utils: WorkerUtils, table: Table
    ) -> None:
        await table.run("insert into {s}._private_tasks (identifier) values ('unused')")
        await table.run("select {s}.worker_heartbeat('w')")

        assert (await post(door, "cleanup", cleanup_tasks=[TASKS], dry_run=True))["message"] == "Would delete nothing"
        assert list((await post(door, "cleanup"))["skipped"]) == [TASKS]
        forced = {"cleanup_tasks": [TASKS], "force": [TASKS]}
        assert (await post(door, "cleanup", dry_run=True, **forced))["deleted"] == {TASKS: 1}
        assert (await post(door, "cleanup", **forced))["deleted"] == {TASKS: 1}


async def test_force_unlock_dry_and_real(door: Door, utils: WorkerUtils, table: Table) -> None:
    await held(utils, table, "w1", "1 minute", "q")

    dry = await post(door, "force-unlock", worker_ids=["w1", "w2"], dry_run=True)
    real = await post(door, "force-unlock", worker_ids=["w1", "w2"])

    assert (dry["message"], real["message"]) == ("Would unlock 1 worker", "Unlocked 1 worker id(s)")
    for answer in (dry, real):
        assert (answer["workers"], answer["jobs"], answer["queues"], answer["busy"]) == (["w1"], 1, 1, 0)
        assert [(one["worker_id"], one["jobs"], one["queues"]) for one in answer["holders"]] == [("w1", 1, 1)]


BEYOND_RFC_3339 = ("infinity", "-infinity", "0044-03-15 12:00:00.25+00 BC", "12026-01-02 03:04:05+00")


@pytest.mark.parametrize("time", BEYOND_RFC_3339)
async def test_the_api_takes_the_time_of_a_lock_as_it_shows_it(
    door: Door, utils: WorkerUtils, table: Table, time: str
) -> None:
    job = await held(utils, table, "w1", "1 minute", "q")
    await table.run("update {s}._private_jobs set locked_at = $1::text::timestamptz", time)
    shown = (await door.answer(f"/api/jobs/{job}"))["locked_at"]
    assert shown == time
    freed = await post(door, "force-unlock", unlock={"job_id": job, "locked_by": "w1", "locked_at": shown})
    assert (freed["jobs"], freed["queues"]) == (1, 1)


@pytest.mark.parametrize("time", BEYOND_RFC_3339)
async def test_the_api_takes_an_expected_time_as_it_shows_it(
    door: Door, utils: WorkerUtils, table: Table, time: str
) -> None:
    job = (await utils.add_job("t")).id
    await table.run("update {s}._private_jobs set run_at = $1::text::timestamptz", time)
    shown = (await door.answer(f"/api/jobs/{job}"))["run_at"]
    for expected, outcome in (("infinity" if time != "infinity" else "-infinity", "changed"), (shown, "done")):
        body = {"action": "reschedule", "ids": [job], "priority": 3, "expected": {str(job): {"run_at": expected}}}
        (result,) = (await door.post("/api/jobs/action", body)).json()["results"]
        assert result["outcome"] == outcome, result


async def test_unlock_of_one_job_or_queue_as_it_was_seen(door: Door, utils: WorkerUtils, table: Table) -> None:
    job = await held(utils, table, "w1", "1 minute", "q")
    other = await held(utils, table, "w1", "1 minute", "q2")
    await utils.add_job("t", queue="q")
    row = (await door.answer(f"/api/jobs/{job}"))["locked_at"]
    seen = {"locked_by": "w1", "locked_at": row}

    dry = await post(door, "force-unlock", unlock={"job_id": job, **seen}, dry_run=True)
    real = await post(door, "force-unlock", unlock={"job_id": job, **seen})
    assert (dry["message"], real["message"]) == ("Would unlock 1 job and 1 queue", "Unlocked 1 job and 1 queue")
    for answer in (dry, real):
        assert (answer["job_ids"], answer["queue_names"], answer["waiting"]) == ([job], ["q"], 1)
    again = await post(door, "force-unlock", unlock={"job_id": job, **seen})
    assert (again["outcome"], again["jobs"]) == ("not_done", 0) and "another worker has the lock now" in again[
        "message"
    ]

    found = (await door.answer("/api/queues"))["queues"]
    (locked,) = [one for one in found if one["locked_by"]]
    seen = {"locked_by": "w1", "locked_at": locked["locked_at"]}
    real = await post(door, "force-unlock", unlock={"queue_name": "q2", **seen})
    assert (real["jobs"], real["queues"], real["job_ids"]) == (1, 1, [other])

    for wrong in ({}, {"job_id": job, "queue_name": "q"}):
        answer = await door.post(
            "/api/maintenance", {"action": "force-unlock", "unlock": {**seen, **wrong}, "dry_run": True}
        )
        assert answer.status_code == 400 and "either a job or a queue" in answer.json()["error"]


async def test_migrate_dry_and_real(door: Door, table: Table) -> None:
    assert (await post(door, "migrate", dry_run=True))["message"] == "Nothing to migrate"
    await table.run("drop table {s}._private_job_retirements; delete from {s}.migrations where id = 22")

    dry = await post(door, "migrate", dry_run=True)
    again = await post(door, "migrate", dry_run=True)
    real = await post(door, "migrate", **AS_THE_REFERENCES_BROWSER)

    assert dry == again
    assert (dry["message"], dry["verdict"], dry["would_apply"], dry["missing"]) == (
        "Would apply 1 migration: 22", "older", [22], ["retirements"]
    )  # fmt: skip
    assert (real["message"], real["applied"], real["found"]) == ("Migrations complete", [22], dry["found"])
    await table.run("drop view {s}.jobs")
    assert (await post(door, "migrate", dry_run=True))["message"] == "Would repair jobs_view"


async def test_who_may_only_read_gets_the_previews(dsn: str, utils: WorkerUtils, table: Table) -> None:
    """What this role could not do is refused by its dry run too."""
    user = await login(utils.database.pool, "reader", "bypassrls")
    await table.run(
        f"grant usage on schema {{s}} to {user}; grant select on all tables in schema {{s}} to {user};"
        "drop table {s}._private_job_retirements; delete from {s}.migrations where id = 22"
    )
    await held(utils, table, "pool-1", "5 hours")
    async with acting_as(dsn, user) as theirs:
        auth, headers = AUTHS["basic"]
        app = create_app(AdminServerConfig(theirs.database.pool, theirs, auth=auth, freshness=0))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            door = Door(client, headers)
            answer = (await door.get(UP)).json()
            assert "cannot migrate" in answer["migrate"]["refused"]
            assert answer["release-old-locks"]["jobs"] == len(answer["force-unlock"]) == 1
            assert (await door.post(UP, {"action": "migrate", "dry_run": True})).status_code == 403
            for path, body in (
                (UP, {"action": "release-old-locks"}),
                ("/api/jobs/bulk", {"action": "retry", "filter": {"state": "all"}}),
            ):
                dry, real = [await door.post(path, body | {"dry_run": dry_run}) for dry_run in (True, False)]
                assert (dry.status_code, dry.json()["error"]) == (real.status_code, real.json()["error"])
                assert (dry.status_code, dry.json()["code"]) == (403, "permission_denied")


async def test_sweep_dry_and_real(door: Door, utils: WorkerUtils, table: Table) -> None:
    await silent(table, "gone")
    await held(utils, table, "gone", "20 minutes")

    dry = await post(door, "sweep-stale-workers", dry_run=True)
    real = await post(door, "sweep-stale-workers")

    assert dry["message"] == "Would recover 1 worker(s): gone"
    assert real["message"] == "Recovered 1 job(s) from 1 worker(s): gone"
    assert (dry["workers"], dry["jobs"], dry["details"]) == (real["workers"], real["jobs"], real["details"])


USES = {
    "migrate": set[str](),
    "cleanup": {"cleanup_tasks", "force"},
    "force-unlock": {"worker_ids", "unlock"},
    "sweep-stale-workers": {"sweep_threshold_secs", "recovery_delay_secs"},
    "release-old-locks": {"older_than_secs"},
}
SOMETHING: dict[str, Any] = {
    "cleanup_tasks": [QUEUES],
    "force": [TASKS],
    "worker_ids": ["w"],
    "sweep_threshold_secs": 0,
    "recovery_delay_secs": 60,
    "older_than_secs": 14400,
}


@pytest.mark.parametrize("action", USES)
async def test_members_an_action_does_not_use_are_refused(door: Door, action: str) -> None:
    for name in SOMETHING.keys() - USES[action]:
        answer = await door.post(UP, {"action": action, name: SOMETHING[name]})
        assert (answer.status_code, answer.json()["field"]) == (400, name)
        assert answer.json()["error"] == f"{name} is not used by {action}"
    if action != "force-unlock":
        await post(door, action, **AS_THE_REFERENCES_BROWSER, force=[], older_than_secs=None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "release-old-locks", "older_than_secs": 899}, "older_than_secs"),
        ({"action": "release-old-locks", "older_than_secs": "4h"}, "older_than_secs"),
        ({"action": "release-old-locks", "older_than_secs": 2**40, "dry_run": True}, "older_than_secs"),
        ({"action": "cleanup", "force": [QUEUES]}, "force"),
        ({"action": "cleanup", "force": None}, "force"),
        ({"action": "cleanup", "cleanup_tasks": [QUEUES], "force": [TASKS]}, "force"),
        ({"action": "force-unlock", "dry_run": True}, "worker_ids"),
    ],
)
async def test_wrong_values_name_themselves(door: Door, body: dict[str, Any], field: str) -> None:
    answer = await door.post(UP, body)
    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text


async def test_read_only_refuses_dry_runs_too(open_door: Opener) -> None:
    answer = await open_door(read_only=True).post(UP, {"action": "release-old-locks", "dry_run": True})
    assert (answer.status_code, answer.json()["error"]) == (403, "admin UI is running in read-only mode")
