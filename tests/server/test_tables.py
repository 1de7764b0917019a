"""Queues, workers, tasks and errors: searched, sorted and paged, from one scan that is shared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.tables import samples
from graphile_worker.core.jobs import JobSpec
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.support.queues import fill
from tests.support.table import Table

TABLES = tuple(vocabulary.TABLE_SORTS)
LOST = "queue 4 (its row is missing)"


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


async def names(door: Door, path: str) -> list[str | None]:
    """The first member but `id` of each row is its name."""
    kind = path.partition("?")[0]
    member = {"queues": "queue_name", "workers": "worker_id", "tasks": "task_identifier", "errors": "fingerprint"}
    return [row[member[kind]] for row in (await door.answer(f"/api/{path}"))[kind]]


async def test_every_order(door: Door, utils: WorkerUtils, table: Table) -> None:
    await fill(utils, table)
    await table.run("insert into {s}._private_workers (id, last_heartbeat_at) values ('a', now()), ('b', '2001-01-01')")
    orders: dict[str, list[Any]] = {
        "queues?sort=name": ["Alpha", "beta", "empty", "gamma", LOST, None],
        "queues?sort=-name": [LOST, "gamma", "empty", "beta", "Alpha", None],
        "queues?sort=ready": ["empty", "gamma", "Alpha", "beta", LOST, None],
        "queues?sort=-ready": ["Alpha", "beta", LOST, None, "empty", "gamma"],
        "queues?sort=-jobs": [None, "Alpha", "beta", "gamma", LOST, "empty"],
        "queues?sort=-failed": [None, "Alpha", "beta", "empty", "gamma", LOST],
        "queues?sort=oldest": ["Alpha", "beta", None, LOST, "empty", "gamma"],
        "queues?sort=-oldest": [LOST, None, "beta", "Alpha", "empty", "gamma"],
        "queues?sort=-held": ["gamma", "beta", "Alpha", "empty", LOST, None],
        "queues?sort=-urgency": ["beta", "Alpha", None, LOST, "empty", "gamma"],
        "queues?held=true": ["beta", "gamma"],
        "queues?held=true&sort=-held&search=a&limit=1": ["gamma"],
        "queues?held=false&search=alph": ["Alpha"],
        "workers?sort=-id": ["worker-1", "pool-2", "b", "a"],
        "workers?sort=-jobs": ["worker-1", "pool-2", "a", "b"],
        "workers?sort=oldest": ["pool-2", "worker-1", "a", "b"],
        "workers?sort=-heartbeat": ["a", "b", "pool-2", "worker-1"],
        "tasks?sort=-total": ["mail", "push", "task 3 (its row is missing)", "unused"],
        "tasks?sort=ready": ["unused", "mail", "task 3 (its row is missing)", "push"],
        "tasks?sort=-failed&limit=1": ["mail"],
        "tasks?sort=oldest": ["mail", "push", "task 3 (its row is missing)", "unused"],
    }
    assert {path: await names(door, path) for path in orders} == orders
    for kind, words in vocabulary.TABLE_SORTS.items():
        for word in words:
            there, back = await names(door, f"{kind}?sort={word}"), await names(door, f"{kind}?sort=-{word}")
            assert sorted(map(str, there)) == sorted(map(str, back)), word


async def test_errors_of_a_range(door: Door, utils: WorkerUtils, table: Table) -> None:
    for name, hours in (("old", 30), ("new", 2)):
        job = await utils.add_job("t")
        await table.run("update {s}._private_jobs set attempts = max_attempts, last_error = $1, run_at = now() - $2::text::interval,"
                        " updated_at = now() - $2::text::interval where id = $3", name, f"{hours} hours", job.id)  # fmt: skip
    moment = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    for query, found in (
        ("since=1d", ["new"]), ("until=1d", ["old"]), (f"since={moment}", ["new"]), (f"until={moment}", ["old"]),
        ("since=2d&until=1%20h%20ago", ["new", "old"]), ("since=1h", []), ("since=2d&search=ol", ["old"]),
    ):  # fmt: skip
        assert await names(door, f"errors?sort=name&{query}") == found, query
    for kind, query, field in (
        ("errors", "since=soon", "since"), ("errors", "until=", "until"), ("queues", "since=1h", "since"),
        ("queues", "held=yes", "held"), ("errors", "held=true", "held"), ("errors", "since=1h&since=2h", "since"),
    ):  # fmt: skip
        answer = await door.get(f"/api/{kind}?{query}")
        assert (answer.status_code, answer.json()["field"]) == (400, field), query


async def test_search_and_pages(door: Door, utils: WorkerUtils) -> None:
    await utils.add_jobs([JobSpec("t", queue=f"Übung {n:02}") for n in range(25)])
    await utils.add_job("t", queue="50%_\\x")
    assert (await door.answer("/api/queues?search=übung&limit=10&offset=20"))["total"] == 25
    for query, found, more in (
        ("search=ÜBUNG&limit=10", [f"Übung {n:02}" for n in range(10)], True),
        ("search=%20übung%20&limit=10&offset=20", [f"Übung {n}" for n in range(20, 25)], False),
        ("search=g+07", ["Übung 07"], False),
        ("search=50%25_%5C", ["50%_\\x"], False),
        ("search=5__", [], False),
        ("limit=0", [], True),
        ("offset=9223372036854775807", [], False),
    ):
        answer = await door.answer(f"/api/queues?{query}")
        assert ([row["queue_name"] for row in answer["queues"]], answer["has_more"]) == (found, more), query


@pytest.mark.parametrize("kind", TABLES)
async def test_an_empty_table(door: Door, kind: str) -> None:
    answer = await door.answer(f"/api/{kind}")
    assert (answer[kind], answer["total"], answer["has_more"], answer["complete"]) == ([], 0, False, True)


@pytest.mark.parametrize("kind", TABLES)
async def test_wrong_parameters_name_themselves(door: Door, kind: str) -> None:
    for query, field in {
        "limit=": "limit", "limit=-1": "limit", "limit=1.5": "limit", "limit=1&limit=1": "limit", "offset=-1": "offset",
        f"offset={2**63}": "offset", "sort=": "sort", "sort=run_at": "sort", "sort=--name": "sort", "sort=-": "sort",
        "search=%00": "search", "search=%ff": "query", "search=" + "x" * 1001: "search", "state=ready": "state",
        "search=a&search=b": "search",
    }.items():  # fmt: skip
        answer = await door.get(f"/api/{kind}?{query}")
        assert (answer.status_code, answer.json().get("field")) == (400, field), (query[:40], answer.text)
    assert "did you mean `offset`?" in (await door.get(f"/api/{kind}?ofset=1")).json()["error"]
    first = vocabulary.TABLE_SORTS[kind][0]
    assert f"sort must be one of {first}, -{first}, " in (await door.get(f"/api/{kind}?sort=x")).json()["error"]


async def test_one_scan_serves_all_who_ask(open_door: Opener, utils: WorkerUtils) -> None:
    door = open_door(freshness=60.0)
    await utils.add_job("t", queue="a")
    seen = [await door.answer(f"/api/queues?{query}") for query in ("", "sort=-jobs", "search=a&limit=3", "offset=1")]
    await utils.add_job("t", queue="b")  # not through this server
    assert len({answer["as_of"] for answer in [*seen, await door.answer("/api/queues")]}) == 1
    assert await names(door, "queues") == ["a"]
    await door.post("/api/jobs", {"identifier": "t", "queue": "c"})
    assert await names(door, "queues") == ["a", "b", "c"]


async def test_more_rows_than_are_kept(
    door: Door, utils: WorkerUtils, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(utils, table)
    monkeypatch.setattr(samples, "ROWS_MAX", 3)
    answer = await door.answer("/api/queues")
    assert (answer["total"], answer["complete"]) == (3, False)
    assert [row["job_count"] for row in answer["queues"]] == [2, 2, 3]


async def test_twenty_thousand_queues(open_door: Opener, table: Table) -> None:
    await table.run(
        "insert into {s}._private_job_queues (queue_name) select 'queue ' || n from generate_series(1, 20000) n"
    )
    door = open_door(freshness=60.0)
    answer = await door.answer("/api/queues?sort=-name&limit=1000&offset=19400")
    assert (answer["total"], answer["has_more"], len(answer["queues"])) == (20000, True, 500)
    assert await names(door, "queues?search=UE+19999") == ["queue 19999"]
