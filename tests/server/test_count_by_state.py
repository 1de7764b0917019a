"""The counts by state within a filter: of the jobs that a filter by one of these states finds."""

from __future__ import annotations

import time
from typing import Any
from unittest import mock

import pytest

from graphile_worker.admin.api.jobs import counts
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.support.table import Table

pytestmark = pytest.mark.any_schema
STATES = ("ready", "scheduled", "locked", "failed", "blocked", "retrying")


@pytest.fixture
async def jobs(utils: WorkerUtils) -> None:
    """Two tasks with jobs of every state; the queue `held` is locked."""
    table = Table.of(utils)
    for task in ("mail", "sms"):
        ids = [
            (await utils.add_job(task, {}, queue="held" if n in (1, 2) else None, key=f"{task}{n}")).id
            for n in range(7)
        ]
        await table.lock(ids[1], "1 minute")
        await table.run("update {s}._private_jobs set attempts = 25, last_error = 'x' where id = $1", ids[3])
        await table.run("update {s}._private_jobs set attempts = 2, last_error = 'x' where id = $1", ids[4])
        await table.run("update {s}._private_jobs set run_at = now() + interval '1 h' where id = $1", ids[5])


async def count(door: Door, query: str) -> dict[str, Any]:
    answer: dict[str, Any] = await door.answer("/api/jobs/count" + query)
    return answer


@pytest.mark.parametrize(
    "others", ["identifier=mail", "queue=held", "key=sms4&key=mail3", "search=mail", "identifier=none"]
)
async def test_each_count_is_what_the_filter_by_that_state_finds(door: Door, jobs: None, others: str) -> None:
    for state in STATES:
        answer = await count(door, f"?state={state}&{others}&stats=true")
        found = await count(door, f"?state={state}&{others}")
        assert answer["stats"][state] == answer["count"] == found["count"], state
        assert answer["stats"]["total"] == (await count(door, f"?{others}"))["count"]
        assert not answer["more"] and "stats" not in found
    both = await count(door, f"?state=failed&state=blocked&{others}&stats=true")
    assert both["count"] == (await count(door, f"?state=failed&state=blocked&{others}"))["count"]


async def test_of_every_job_they_are_the_counts_of_the_overview(door: Door, jobs: None) -> None:
    assert (await count(door, "?stats=true"))["stats"] == (await door.answer("/api/overview?parts=stats"))["stats"]
    assert (await door.get("/api/jobs/count?stats=1")).json()["field"] == "stats"


async def test_counts_that_take_too_long_are_null_beside_the_count(
    door: Door, jobs: None, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "STATS_TIMEOUT", 0.3)
    async with Table.of(utils).held("_private_job_queues"):  # only the counts by state read it
        assert await count(door, "?identifier=mail&state=failed&stats=true") == {
            **await count(door, "?identifier=mail&state=failed"),
            "as_of": mock.ANY,
            "age_ms": mock.ANY,
            "stats": None,
        }


async def test_counts_that_timed_out_are_not_tried_again_at_once(
    open_door: Opener, jobs: None, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the states, the order of the parameters and writes; other filters are counted, and these after a rest."""
    monkeypatch.setattr(counts, "STATS_TIMEOUT", 0.3)
    door = open_door("basic")
    async with Table.of(utils).held("_private_job_queues"):
        assert (await count(door, "?identifier=mail&key=mail1&created_from=1h&stats=true"))["stats"] is None
    same = ("state=failed&identifier=mail&key=mail1&created_from=1h", "created_from=1h&key=mail1&identifier=mail")
    assert (await door.post("/api/jobs", {"identifier": "mail", "payload": {}})).status_code == 200
    for query in same:
        answer = await count(door, f"?{query}&stats=true")
        assert (answer["stats"], answer["more"]) == (None, False)
        assert answer["count"] == (await count(door, f"?{query}"))["count"]
    assert (await count(door, "?identifier=sms&stats=true"))["stats"]["total"] == 7
    monkeypatch.setattr(time, "monotonic", lambda now=time.monotonic: now() + 20 * 60)
    assert (await count(door, f"?{same[0]}&stats=true"))["stats"]["total"] == 1


async def test_filters_by_state_share_one_read(open_door: Opener, jobs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    read, door = counts.count_states, open_door("basic", freshness=60.0)
    reads = mock.Mock()

    async def counted(*given: Any) -> Any:
        reads()
        return await read(*given)

    monkeypatch.setattr(counts, "count_states", counted)
    chosen: list[tuple[tuple[str, ...], int | None]] = [((), 14), *(((state,), None) for state in STATES)]
    chosen += [
        (("failed", "blocked"), None),
        (("ready", "blocked", "scheduled", "retrying"), None),
        (("all", "failed"), 14),
    ]
    for states, number in chosen:
        query = "".join(f"&state={state}" for state in states)
        answer = await count(door, f"?stats=true{query}")
        assert answer["count"] == (await count(door, f"?{query[1:]}"))["count"], states
        assert number in (None, answer["count"])
    assert reads.call_count == 1
    answer = await count(door, "?state=ready&state=retrying&stats=true")
    assert answer["count"] == (await count(door, "?state=ready&state=retrying"))["count"] and reads.call_count == 2
