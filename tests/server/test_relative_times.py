"""Relative times over HTTP: in a new job, a reschedule and a filter, by the clock of the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door
from tests.support.table import Table


async def until(table: Table, id: int) -> timedelta:
    """The time until a job is due."""
    query = f"select run_at - now() from {table.schema}._private_jobs where id = $1"
    left: timedelta = await table.pool.fetchval(query, id)
    return left


async def test_a_new_job_and_a_reschedule(door: Door, utils: WorkerUtils) -> None:
    table, hour, minute = Table.of(utils), timedelta(hours=1), timedelta(minutes=1)
    added = await door.post("/api/jobs", {"identifier": "t", "run_at": "+1h"})
    assert added.status_code == 200 and hour - minute < await until(table, 1) <= hour

    body = {"action": "reschedule", "ids": [1], "run_at": "in 90 min"}
    moved = await door.post("/api/jobs/action", body)
    assert moved.status_code == 200 and hour + 29 * minute < await until(table, 1) <= hour + 30 * minute

    bulk = {"action": "reschedule", "filter": {"created_from": "1h"}, "run_at": "tomorrow 09:00 +02:00"}
    preview = (await door.post("/api/jobs/bulk", bulk | {"dry_run": True})).json()
    assert preview["count"] == 1 and preview["run_at"].endswith("T07:00:00+00:00")
    assert (await door.post("/api/jobs/bulk", bulk)).json()["outcomes"] == {"done": 1}
    job = (await door.get("/api/jobs/1")).json()
    assert datetime.fromisoformat(job["run_at"]) == datetime.fromisoformat(preview["run_at"])


async def test_a_filter(door: Door, utils: WorkerUtils) -> None:
    await utils.add_job("t", run_at="-3h")
    await utils.add_job("t", run_at="+3h")
    for query, count in (
        ("run_at_from=1h", 1), ("run_at_from=4+h+ago", 2), ("run_at_to=in+4+h", 2), ("created_to=1h", 0), ("created_from=1h", 2),
    ):  # fmt: skip
        assert len((await door.get(f"/api/jobs?{query}")).json()["jobs"]) == count, query
        assert (await door.get(f"/api/jobs/count?{query}")).json()["count"] == count, query
        assert len((await door.get(f"/api/jobs/export?{query}")).text.splitlines()) == count, query


async def test_no_time(door: Door, utils: WorkerUtils) -> None:
    await utils.add_job("t")
    refused = await door.post("/api/jobs/action", {"action": "reschedule", "ids": [1], "run_at": "soon"})
    assert refused.status_code == 400 and refused.json()["field"] == "run_at"
    assert "2026-01-01T00:00:00Z, or +90m" in refused.json()["error"]
    assert (await door.get("/api/jobs?created_from=soon")).json()["field"] == "created_from"


async def test_run_next_is_an_action(door: Door, utils: WorkerUtils) -> None:
    await utils.add_job("t", priority=-4)
    await utils.add_job("t")
    done = (await door.post("/api/jobs/action", {"action": "run-next", "ids": [2]})).json()
    assert done["message"] == "Run next 1 job(s)" and done["jobs"][0]["priority"] == -5
    assert "run-next" in (await door.get("/api/session")).json()["offers"]


async def test_a_plus_that_arrives_as_a_space_is_not_the_opposite_time(door: Door, utils: WorkerUtils) -> None:
    """`created_from=+1h` in an address is ` 1h`, which would mean an hour ago."""
    await utils.add_job("t")
    for path in (
        "/api/jobs?created_from=+1h", "/api/jobs/count?failed_to=+1h", "/api/errors?since=+90m", "/api/errors?until=+1+h",
        "/api/errors/histogram?failed_from=+1h", "/api/jobs/export?format=csv&run_at_from=+1h",
    ):  # fmt: skip
        refused = await door.get(path)
        assert refused.status_code == 400 and "+ is written %2B" in refused.json()["error"], path
    assert (await door.answer("/api/jobs/count?created_from=%2B1h"))["count"] == 0
    assert (await door.answer("/api/jobs/count?created_from=1h+"))["count"] == 1
