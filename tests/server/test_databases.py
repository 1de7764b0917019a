"""Several schemas and databases behind one server: each answer is of the one asked for, and nothing leaks between."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.server.app import ROUTES
from graphile_worker.core.database.transactions import connect
from tests.server.conftest import Door, Opener
from tests.support.templates import Databases

NAME = "the & other = é"


@pytest.fixture
async def other(databases: Databases) -> AsyncIterator[WorkerUtils]:
    """A queue in another database and a schema of another name."""
    async with databases.queue("elsewhere") as utils:
        yield utils


@pytest.fixture
async def both(open_door: Opener, utils: WorkerUtils, other: WorkerUtils) -> Door:
    """Both behind one door, one job here and two there; counts are shared for a minute."""
    await utils.add_job("here")
    await other.add_jobs([])
    await other.add_job("there")
    await other.add_job("there")
    return open_door(name="main", others={NAME: other}, freshness=60)


async def test_the_parameter_chooses_and_the_first_is_meant_without_it(both: Door) -> None:
    there = {"params": {"db": NAME}}
    for _ in range(2):  # the second time from what is shared
        for choice, tasks in (({}, {"here"}), ({"params": {"db": "main"}}, {"here"}), (there, {"there"})):
            jobs = (await both.get("/api/jobs", **choice)).json()["jobs"]
            assert {job["task_identifier"] for job in jobs} == tasks
    assert (await both.get("/api/overview")).json()["stats"]["total"] == 1
    assert (await both.get("/api/overview", **there)).json()["stats"]["total"] == 2
    assert (await both.get("/api/jobs", params={"db": NAME, "state": "ready"})).json()["jobs"][0]["id"] == 1


NEEDED = {"/api/suggest": {"field": "identifier"}, "/api/jobs/progress": {"ids": "1"}}


async def test_every_read_takes_it(both: Door) -> None:
    for route in ROUTES:
        if "GET" not in (route.methods or ()) or not route.path.startswith(("/api/", "/metrics")):
            continue
        path, needed = route.path.replace("{id}", "1"), NEEDED.get(route.path, {})
        answer = await both.get(path, params={"db": NAME, **needed})
        assert answer.status_code == 200, (path, answer.text)
        for name in ("", "main ", "Main", "nothing"):
            refused = await both.get(path, params={"db": name, **needed})
            assert (refused.status_code, refused.json()["code"]) == (404, "unknown_database"), path
            assert refused.json()["hint"] == f"There are: main, {NAME}."
        twice = await both.get(path, params=[("db", "main"), ("db", NAME)])
        assert (twice.status_code, twice.json()["error"]) == (400, "db stands twice")


async def test_a_write_is_done_where_it_says_and_nowhere_else(
    both: Door, utils: WorkerUtils, other: WorkerUtils, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "graphile_worker.audit")
    await both.get("/api/jobs"), await both.get("/api/session")
    action: dict[str, Any] = {"action": "complete", "ids": [1, 2]}
    answer = await both.client.post(
        "/api/jobs/action",
        params={"db": NAME},
        json=action,
        headers=both.headers | {"x-graphile-worker-admin-csrf": (await both.get("/api/session")).json()["csrf_token"]},
    )
    assert answer.json()["message"] == "Completed 2 job(s)"
    assert len((await both.get("/api/jobs")).json()["jobs"]) == 1
    assert (await both.get("/api/jobs", params={"db": NAME})).json()["jobs"] == []
    (event,) = [json.loads(one.getMessage()) for one in caplog.records if one.name == "graphile_worker.audit"]
    assert (event["db"], event["action"]) == (NAME, "complete")


async def test_an_unknown_name_writes_nothing(both: Door, utils: WorkerUtils) -> None:
    for path in ("/api/jobs?db=mian", "/api/jobs?db=main&db=main", "/api/jobs?%64%62=mian", "/api/jobs?db=%ff"):
        assert (await both.post(path, {"identifier": "x"})).status_code in (400, 404)
    assert (await both.get("/api/overview")).json()["stats"]["total"] == 1


async def test_an_empty_name_is_none_of_them(both: Door) -> None:
    said = (await both.get("/api/jobs?db=")).json()
    assert (said["code"], said["field"], said["error"]) == (
        "unknown_database", "db", "there is no database without a name here",
    )  # fmt: skip


async def test_the_session_lists_them(both: Door, utils: WorkerUtils, other: WorkerUtils) -> None:
    names = [await one.database.pool.fetchval("select current_database()") for one in (utils, other)]
    listed = [
        {"name": "main", "schema": "graphile_worker", "database": names[0]},
        {"name": NAME, "schema": "elsewhere", "database": names[1]},
    ]
    first = (await both.get("/api/session")).json()
    second = (await both.get("/api/session", params={"db": NAME})).json()
    assert first["databases"] == second["databases"] == listed
    assert (first["db"], first["schema"], first["database"]) == ("main", "graphile_worker", names[0])
    assert (second["db"], second["schema"], second["database"]) == (NAME, "elsewhere", names[1])
    page = await both.get("/", params={"db": NAME, "view": "queues"})
    assert 'data-schema="elsewhere"' in page.text
    assert 'data-schema="graphile_worker"' in (await both.get("/?db=nothing")).text


async def test_one_that_is_away_takes_nothing_from_the_others(open_door: Opener, utils: WorkerUtils) -> None:
    away = await connect("postgresql://nobody@127.0.0.1:1/nothing")
    door = open_door(others={"away": WorkerUtils(away)})
    session = (await door.get("/api/session")).json()
    assert [one["database"] is None for one in session["databases"]] == [False, True]
    assert (await door.get("/api/jobs")).status_code == 200
    gone = await door.get("/api/jobs", params={"db": "away"})
    assert (gone.status_code, gone.json()["code"]) == (503, "database_unavailable")
    assert (await door.get("/api/session", params={"db": "away"})).json()["warnings"][0]["level"] == "error"
    away.terminate()


async def test_a_single_queue_is_as_it_was(open_door: Opener) -> None:
    door = open_door()
    session = (await door.get("/api/session")).json()
    assert "databases" not in session and "db" not in session
    assert (await door.get("/api/jobs", params={"db": "graphile_worker"})).status_code == 200
    assert (await door.post("/api/jobs?db=staging", {"identifier": "x"})).status_code == 404


async def test_a_public_page_does_not_tell_of_the_others(open_door: Opener, other: WorkerUtils) -> None:
    door = open_door("bearer", others={"two": other})
    assert "elsewhere" not in (await door.client.get("/?db=two")).text
    assert (await door.client.get("/api/jobs?db=nothing")).status_code == 401
    assert "two" not in (await door.client.get("/readyz?db=two")).text


@pytest.mark.parametrize("options", [{"name": ""}, {"name": "a\nb"}, {"others": ["graphile_worker"]}, {"others": [""]}])
def test_impossible_names_raise(open_door: Opener, utils: WorkerUtils, options: dict[str, Any]) -> None:
    names = options.get("others")
    with pytest.raises(ValueError, match="name"):
        open_door(**options | ({"others": dict.fromkeys(names, utils)} if names else {}))
