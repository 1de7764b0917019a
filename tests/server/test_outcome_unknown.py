"""A write that the database may have committed: 503 `outcome_unknown` without Retry-After, and an outcome for each id."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphile_worker.core.database.transactions import connect
from graphile_worker.core.jobs import JobSpec
from graphile_worker.worker_utils import WorkerUtils
from tests.hardening.proxy import Proxy, proxied
from tests.server.conftest import Door, Opener


@pytest.fixture
async def proxy(dsn: str) -> AsyncIterator[Proxy]:
    """Between the admin and its database."""
    async with proxied(dsn) as proxy:
        yield proxy


@pytest.fixture
async def utils(proxy: Proxy) -> AsyncIterator[WorkerUtils]:
    """What the admin works with: all of it goes through the proxy."""
    pool = await connect(proxy.dsn)
    yield WorkerUtils(pool)
    pool.terminate()


BODIES: dict[str, dict[str, Any]] = {
    "/api/jobs": {"identifier": "t"},
    "/api/jobs/action": {"action": "complete", "ids": [1]},
    "/api/jobs/payload": {"id": 1, "payload": {}},
    "/api/jobs/remove-by-key": {"key": "k"},
    "/api/maintenance": {"action": "force-unlock", "worker_ids": ["w"]},
}


@pytest.mark.parametrize("path", BODIES)
async def test_a_write_that_may_be_done_is_not_answered_with_try_again(
    path: str, door: Door, utils: WorkerUtils, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    await utils.add_job("t", key="k")
    await utils.database.pool.execute(
        "update graphile_worker._private_jobs set locked_by = 'w', locked_at = '2020-01-01'"
    )
    await door.get("/api/session")
    proxy.cut = "after"

    with caplog.at_level(logging.INFO, "graphile_worker.audit"):
        answer = await door.post(path, BODIES[path])

    assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown"), answer.text
    assert "retry-after" not in answer.headers
    assert "may or may not be done" in answer.json()["error"]
    assert answer.json()["hint"] and "try again" not in answer.text.lower()
    if "ids" in BODIES[path]:
        assert [(one["id"], one["outcome"]) for one in answer.json()["results"]] == [(1, "unknown")]
    (event,) = [json.loads(one.getMessage()) for one in caplog.records if one.name == "graphile_worker.audit"]
    assert (event["audit"], event["outcome"], event["path"]) == ("write", "unknown", path)
    if "ids" in BODIES[path]:
        assert (event["ids"], event["outcomes"]) == ([1], {"unknown": 1})


async def test_what_was_shown_before_is_asked_for_anew(open_door: Opener, utils: WorkerUtils, proxy: Proxy) -> None:
    """The shared counts do not hide what may have been done."""
    door = open_door(freshness=600)
    assert (await door.answer("/api/overview"))["stats"]["total"] == 0
    proxy.cut = "after"
    assert (await door.post("/api/jobs", {"identifier": "t"})).json()["code"] == "outcome_unknown"
    proxy.cut = None
    assert (await door.answer("/api/overview"))["stats"]["total"] == 1


async def test_a_bulk_step_goes_on_after_those_that_may_be_done(door: Door, utils: WorkerUtils, proxy: Proxy) -> None:
    """No step is asked to repeat them, also where nothing else was done in it."""
    await utils.add_jobs([JobSpec("t")] * 120)
    body = {"action": "complete", "filter": {"state": "all"}}
    proxy.cut = "after"
    first = (await door.post("/api/jobs/bulk", body)).json()
    proxy.cut = None
    second = (await door.post("/api/jobs/bulk", {**body, "cursor": first["next"]})).json()

    assert first["outcomes"] == {"unknown": 50}
    assert second["outcomes"] == {"done": 70} and second["next"] is None
    assert not {one["id"] for one in first["results"]} & {one["id"] for one in second["results"]}


async def test_an_action_on_many_ids_has_an_outcome_for_each(door: Door, utils: WorkerUtils, proxy: Proxy) -> None:
    ids = [job.id for job in await utils.add_jobs([JobSpec("t")] * 120)]
    proxy.cut, proxy.skip = "after", 1
    answer = await door.post("/api/jobs/action", {"action": "retry", "ids": ids})
    assert answer.status_code == 200
    outcomes = [one["outcome"] for one in answer.json()["results"]]
    assert outcomes == ["done"] * 50 + ["unknown"] * 50 + ["refused"] * 20
