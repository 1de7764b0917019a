"""Jobs that are retried, and blocked ones: as a filter of every read and bulk action, and in every count."""

from __future__ import annotations

import json
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from graphile_worker.core.actions.table import JOB_ACTIONS
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door
from tests.support.table import Table

pytestmark = pytest.mark.any_schema
BLOCKED, RETRYING = ["blocked", "both"], ["backing off", "both"]


@pytest.fixture
async def ids(utils: WorkerUtils) -> dict[str, int]:
    """A job of each kind; the queue `held` is locked by the job `runs`."""
    table = Table.of(utils)
    queued = ("blocked", "both", "runs", "later")
    kinds = ("fresh", "backing off", *queued, "failed", "reset")
    ids = {
        name: (await utils.add_job("t", {"is": name}, queue="held" if name in queued else None)).id for name in kinds
    }
    await table.lock(ids["runs"], "1 minute")
    error = "update {s}._private_jobs set last_error = $2, attempts = $3 where id = $1"
    for name, attempts in {"backing off": 1, "both": 24, "runs": 2, "failed": 25, "reset": 0}.items():
        await table.run(error, ids[name], f"smtp {attempts}", attempts)
    await table.run(
        "update {s}._private_jobs set run_at = now() + interval '1 hour' where id = any($1::bigint[])",
        [ids["backing off"], ids["later"]],
    )
    return ids


async def test_every_read_takes_them_as_a_state(door: Door, utils: WorkerUtils, ids: dict[str, int]) -> None:
    for state, names in {"retrying": RETRYING, "blocked": BLOCKED}.items():
        wanted = sorted(ids[name] for name in names)
        listed = (await door.answer(f"/api/jobs?state={state}"))["jobs"]
        assert [job["id"] for job in listed] == wanted and all(job[state] for job in listed)
        assert (await door.answer(f"/api/jobs/count?state={state}"))["count"] == len(wanted)
        sliced = await door.answer(f"/api/jobs?state={state}&partial=true&search=is")
        exported = (await door.get(f"/api/jobs/export?state={state}")).text.split("\n")[:-1]
        assert [job["id"] for job in sliced["jobs"]] == [json.loads(line)["id"] for line in exported] == wanted
        assert [job.id for job in (await utils.list_jobs(states=[state])).jobs] == wanted
        assert (await utils.count_jobs(states=[state])).count == len(wanted)
    either = (await door.answer("/api/jobs?state=retrying&state=failed&state=blocked"))["jobs"]
    assert [job["id"] for job in either] == sorted(ids[name] for name in {*BLOCKED, *RETRYING, "failed"})
    members = {job["id"]: (job["retrying"], job["blocked"]) for job in (await door.answer("/api/jobs"))["jobs"]}
    assert members == {id: (name in RETRYING, name in BLOCKED) for name, id in ids.items()}
    job = await utils.get_job(ids["backing off"])
    assert job is not None and (job.retrying, job.state) == (True, "scheduled")


@pytest.mark.parametrize("action", JOB_ACTIONS)
async def test_every_bulk_action_takes_them(door: Door, utils: WorkerUtils, ids: dict[str, int], action: str) -> None:
    more = {"priority": 3} if action == "reschedule" else {}
    body: dict[str, Any] = {"action": action, "filter": {"state": "retrying"}, **more}
    preview = (await door.post("/api/jobs/bulk", {**body, "dry_run": True})).json()
    assert (preview["count"], preview["sample"]) == (2, sorted(ids[name] for name in RETRYING))
    done = (await door.post("/api/jobs/bulk", body)).json()
    assert (done["outcomes"], done["next"]) == ({"done": 2}, None)
    assert (await utils.count_jobs()).count == len(ids) - (2 if action == "complete" else 0)


async def test_every_count_has_them_and_the_five_states_stay(
    door: Door, utils: WorkerUtils, ids: dict[str, int]
) -> None:
    states = {"total": 8, "ready": 4, "scheduled": 2, "locked": 1, "failed": 1, "blocked": 2, "retrying": 2}
    assert (await door.answer("/api/overview"))["stats"] == states
    stats = await utils.stats()
    assert {name: getattr(stats, name) for name in states} == states
    queues = {row["queue_name"]: row["retrying_count"] for row in (await door.answer("/api/queues"))["queues"]}
    assert queues == {"held": 1, None: 1}
    assert {row.queue_name: row.retrying_count for row in (await utils.queues()).queues} == queues
    (task,) = (await door.answer("/api/tasks"))["tasks"]
    assert (task["retrying"], task["failed"], task["total"]) == (2, 1, 8)
    families = {one.name: one for one in text_string_to_metric_families((await door.get("/metrics")).text)}
    (sample,) = families["graphile_worker_jobs_retrying"].samples
    assert (sample.labels, sample.value) == ({"task": "t"}, 2)


async def test_tables_are_sorted_by_them(door: Door, utils: WorkerUtils, ids: dict[str, int]) -> None:
    await utils.add_job("a", queue="a")
    failed = (await utils.add_job("t")).id
    await utils.permanently_fail_jobs([failed], "once")
    queues = (await door.answer("/api/queues?sort=-retrying"))["queues"]
    tasks = (await door.answer("/api/tasks?sort=retrying"))["tasks"]
    errors = (await door.answer("/api/errors?sort=-retrying"))["errors"]
    assert [row["queue_name"] for row in queues] == ["held", None, "a"]
    assert [row["task_identifier"] for row in tasks] == ["a", "t"]
    assert [row["fingerprint"] for row in errors] == ["smtp …", "once"]


async def test_groups_of_errors_have_failed_and_retrying_jobs(
    door: Door, utils: WorkerUtils, ids: dict[str, int]
) -> None:
    await Table.of(utils).run("update {s}._private_jobs set last_error = 'timeout' where id = $1", ids["both"])
    answer = await door.answer("/api/errors?sort=name")
    smtp, timeout = answer["errors"]
    assert (smtp["fingerprint"], smtp["count"], smtp["retrying"], smtp["job"]) == ("smtp …", 1, 1, ids["failed"])
    assert smtp["tasks"] == [{"task_identifier": "t", "count": 1, "retrying": 1}]
    assert (timeout["fingerprint"], timeout["count"], timeout["retrying"]) == ("timeout", 0, 1)
    assert (answer["looked"], answer["retrying_read"], answer["complete"]) == (1, 2, True)
    for row in answer["errors"]:
        for state, count in (("failed", row["count"]), ("retrying", row["retrying"])):
            filter = {"state": state, "error": row["fingerprint"]}
            assert (await door.get("/api/jobs/count", params=filter)).json()["count"] == count


async def test_failed_jobs_are_grouped_however_many_are_retried(
    door: Door, utils: WorkerUtils, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphile_worker.admin.api.tables.samples.FAILED_MAX", 1)
    answer = await door.answer("/api/errors")
    assert [(row["count"], row["retrying"]) for row in answer["errors"]] == [(1, 1)]
    assert (answer["looked"], answer["retrying_read"], answer["complete"]) == (1, 1, False)
