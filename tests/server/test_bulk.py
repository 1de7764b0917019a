"""Counting what a filter finds, and acting on all of it a step at a time."""

from __future__ import annotations

from typing import Any

import pytest

from graphile_worker.admin.api.bulk import batches
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.server.steps import post, run
from tests.support.table import Table

pytestmark = pytest.mark.usefixtures("whole_steps")


@pytest.fixture
async def table(utils: WorkerUtils) -> Table:
    """1,200 failed jobs (ids 1 to 1,200), 100 of them of another queue, and 10 ready ones."""
    table = Table.of(utils)
    await table.run("insert into {s}._private_tasks (identifier) values ('t')")
    await table.run("insert into {s}._private_job_queues (queue_name) values ('a'), ('b')")
    await table.run(
        "insert into {s}._private_jobs (task_id, job_queue_id, attempts)"
        " select 1, case when n % 12 = 0 then 2 else 1 end, 25 from generate_series(1, 1200) n"
    )
    await table.run("insert into {s}._private_jobs (task_id) select 1 from generate_series(1, 10)")
    return table


async def test_a_count_is_exact_up_to_its_bound(door: Door, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    async def count(query: str) -> tuple[int, bool]:
        answer = (await door.get(f"/api/jobs/count?{query}")).json()
        assert {"age_ms", "as_of"} < set(answer)
        return answer["count"], answer["more"]

    assert await count("") == (1210, False)
    assert await count("state=failed&queue=b") == (100, False)
    assert await count("queue=nothing") == (0, False)
    monkeypatch.setattr("graphile_worker.admin.api.jobs.counts.EXACT", 100)
    assert await count("state=failed") == (100, True)
    assert await count("state=failed&queue=b") == (100, False)
    refused = await door.get("/api/jobs/count?limit=1")
    assert (refused.status_code, refused.json()["field"]) == (400, "limit")


async def test_a_preview_changes_nothing_and_names_the_first(door: Door, table: Table) -> None:
    told = await post(door, action="retry", filter={"state": "failed", "queue": ["b"]}, dry_run=True)

    assert (told["message"], told["count"], told["more"], told["sample"]) == (
        "Would look at 100 jobs", 100, False, [12, 24, 36, 48, 60],
    )  # fmt: skip
    assert await table.pool.fetchval(f"select count(*) from {table.schema}._private_jobs where attempts = 0") == 10


async def test_every_match_is_met_once_though_the_verb_changes_what_matches(door: Door, table: Table) -> None:
    steps = await run(door, action="retry", filter={"state": "failed", "attempts_min": 25})

    ids = [result["id"] for step in steps for result in step["results"]]
    assert ids == list(range(1, 1201))
    assert len(steps) == 3
    assert [step["outcomes"] for step in steps] == [{"done": 500}, {"done": 500}, {"done": 200}]
    assert await table.pool.fetchval(f"select count(*) from {table.schema}._private_jobs where attempts = 25") == 0


async def test_a_step_says_what_it_left_alone_and_stopping_is_not_asking_again(door: Door, table: Table) -> None:
    await table.lock(2, "1 minute")
    first = await post(door, action="complete", filter={"queue": "a"})

    assert first["outcomes"] == {"done": 499, "running": 1}
    assert first["message"] == "Completed 499 job(s)"
    assert {"id": 2, "outcome": "running"}.items() <= first["results"][1].items()
    assert await table.pool.fetchval(f"select count(*) from {table.schema}._private_jobs") == 1210 - 499


async def test_what_is_added_meanwhile_is_not_met(door: Door, table: Table, utils: WorkerUtils) -> None:
    first = await post(door, action="reschedule", filter={"state": "all"}, priority=5)
    late = await utils.add_job("t")
    await run(door, action="reschedule", filter={"state": "all"}, priority=5, cursor=first["next"])

    assert (await table.row(late.id))["priority"] == 0
    assert await table.pool.fetchval(f"select count(*) from {table.schema}._private_jobs where priority = 5") == 1210


async def test_a_step_ends_after_its_time_and_goes_on_where_it_was(
    door: Door, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PAGE_SECONDS", 0.0)
    steps = await run(door, action="fail", filter={"queue": "b"}, reason="enough")
    assert [len(step["results"]) for step in steps] == [50, 50]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"filter": {}}, "filter"),
        ({"filter": {"status": "failed"}}, "filter"),
        ({"filter": {"limit": "5"}}, "filter"),
        ({"filter": {"search": ["a", "b"]}}, "search"),
        ({"filter": {"state": "Failed"}}, "state"),
        ({"filter": {"priority_min": "x"}}, "priority_min"),
        ({"filter": {"key": "a\0"}}, "key"),
        ({"filter": {"key": None}}, "filter"),
        ({"filter": {"key": [1]}}, "filter"),
        ({"filter": {"queue": ""}}, "queue"),
        ({"filter": {"queue": []}}, "queue"),
        ({"filter": {"state": []}}, "state"),
        ({"filter": {"state": "failed", "identifier": ["t", ""]}}, "identifier"),
        ({"filter": {"search": "  "}}, "search"),
        ({}, "filter"),
        ({"filter": {"state": "all"}, "cursor": "x"}, "cursor"),
        ({"filter": {"state": "all"}, "cursor": f"{2**63}-1"}, "cursor"),
        ({"filter": {"state": "all"}, "cursor": "1-2-3"}, "cursor"),
        ({"filter": {"state": "all"}, "priority": 1}, "priority"),
        ({"filter": {"state": "all"}, "ids": [1]}, "ids"),
    ],
)
async def test_bad_input_changes_nothing(door: Door, table: Table, body: dict[str, Any], field: str) -> None:
    answer = await door.post("/api/jobs/bulk", {"action": "retry", **body})

    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text
    assert await table.pool.fetchval(f"select count(*) from {table.schema}._private_jobs where attempts = 0") == 10


async def test_read_only_refuses_it_dry_runs_too(open_door: Opener, table: Table) -> None:
    door = open_door(read_only=True)
    answer = await door.post("/api/jobs/bulk", {"action": "retry", "filter": {"state": "all"}, "dry_run": True})
    assert answer.status_code == 403


async def test_too_many_ids_name_the_way_out(door: Door) -> None:
    answer = await door.post("/api/jobs/action", {"action": "retry", "ids": list(range(1, 2002))})
    assert answer.status_code == 400
    assert "api/jobs/bulk" in answer.json()["hint"]
