"""Case 26: 500,000 named queues.

The kind: what counts jobs makes no row for each queue, and every list of queues or workers has a bound and says what it left
out. `benchmarks/bounded.py` measures all of it with 500,000; here 20,000 are enough to see which rows are made.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.api.tables import overview, samples
from graphile_worker.admin.api.tables.live_counts import ROWS
from graphile_worker.admin.api.tables.overview import PARTS
from graphile_worker.admin.api.tables.sql import statement
from tests.cli.support import Program
from tests.front_door.auditing import Audited
from tests.front_door.explained import nodes, plan
from tests.server.listening import listening, served
from tests.support.table import Table

QUEUES = 20_000


async def many(utils: WorkerUtils, queues: int = QUEUES) -> None:
    """A queue with a job each, the first one held with 5 ready jobs behind it; and an empty one."""
    await utils.add_job("t", queue="held")
    table = Table.of(utils)
    for text in (
        "insert into {s}._private_job_queues (queue_name) select 'tenant-' || n from generate_series(1, $1::int) n",
        "insert into {s}._private_jobs (task_id, job_queue_id) select (select min(id) from {s}._private_tasks), q.id"
        " from {s}._private_job_queues q where $1::int > 0 and q.queue_name like 'tenant-%'",
        "insert into {s}._private_jobs (task_id, job_queue_id) select (select min(id) from {s}._private_tasks), q.id"
        " from {s}._private_job_queues q, generate_series(1, 4) where $1::int > 0 and q.queue_name = 'held'",
        "update {s}._private_job_queues set locked_at = now(), locked_by = 'w' where queue_name = 'held' and $1::int > 0",
        "insert into {s}._private_job_queues (queue_name) select 'empty' where $1::int > 0",
    ):  # fmt: skip
        await table.run(text, queues)
    await table.run("analyze {s}._private_jobs"), await table.run("analyze {s}._private_job_queues")


async def answer(admin: Audited, path: str) -> Any:
    async with admin.client() as client:
        got = await client.get(path)
    assert got.status_code == 200, got.text
    return got.json()


@pytest.mark.parametrize("name", ["overview.counts", "overview.stats", "overview.workers", "overview.pulse"])
async def test_counts_make_no_row_for_a_queue(name: str, utils: WorkerUtils) -> None:
    await many(utils)
    most = {"rows_most": 1000, "bytes_most": 10**6}
    parameters: dict[str, int] = {"overview.pulse": {"rows": ROWS}, "overview.counts": most}.get(name, {})
    text, values = statement(name, beats="beats_seen").bind(utils.schema, parameters)
    async with utils.database.pool.acquire() as connection:
        root = await plan(connection, text, *values)
    for node in nodes(root):
        if node["Node Type"].endswith((" Join", "Nested Loop")):
            continue  # jobs pass through it: each meets its own queue
        if "Scan" not in node["Node Type"] or "CTE" in node["Node Type"]:
            assert node["Actual Rows"] <= 10, node["Node Type"]


async def held_queues(utils: WorkerUtils) -> None:
    """All queues are held, and each has a ready job."""
    await many(utils)
    table = Table.of(utils)
    await table.run("update {s}._private_job_queues set locked_at = now(), locked_by = 'w' where queue_name <> 'empty'")
    await table.run("vacuum analyze {s}._private_job_queues")


def parameters_of(name: str) -> dict[str, Any]:
    """The parameters of a statement that reads jobs or queues: the filter is a search, limits are a hundred."""
    searching, most = {"word_1": "%tenant%"}, {"rows_most": 100, "bytes_most": 10**6}
    parameters: dict[str, dict[str, Any]] = {
        "overview.pulse": {"rows": ROWS},
        "overview.queues": most,
        "overview.counts": most,
        "selection.count": searching | {"most": 100},
        "selection.ids": searching | {"after": 0, "last": 1 << 40, "rows": 100},
    }
    return parameters.get(name, {})


READS = [
    "overview.counts", "overview.stats", "overview.workers", "overview.pulse", "overview.queues", "overview.all_queues",
    "selection.count", "selection.ids",
]  # fmt: skip


@pytest.mark.parametrize("name", READS)
async def test_no_job_is_compared_with_all_held_queues(name: str, utils: WorkerUtils) -> None:
    """A set of queues that exceeds `work_mem` is searched through by an index or a join, not row by row for each job."""
    await held_queues(utils)
    conditions = ("word_in_names(1)",)
    text, values = statement(name, beats="beats_seen", conditions=conditions).bind(utils.schema, parameters_of(name))
    async with utils.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("set local work_mem = '64kB'; set local plan_cache_mode = force_custom_plan")
        explained = await connection.fetchval("explain (verbose, format json) " + text, *values)
    root = json.loads(explained)[0]["Plan"]
    assert any(reads_queues(node) for node in nodes(root))
    for node in nodes(root):
        if node.get("Parent Relationship") == "SubPlan" and any(reads_queues(below) for below in nodes(node)):
            by_id = node["Node Type"].startswith("Index")
            assert by_id or f"hashed {node['Subplan Name']}" in explained, node
        if node.get("Parent Relationship") == "InitPlan" and not node["Subplan Name"].startswith("CTE"):
            assert not reads_queues(node), node  # an array of queues, compared one by one


def reads_queues(node: dict[str, Any]) -> bool:
    """Whether a node of a plan reads the table of queues itself."""
    return bool(node.get("Relation Name") == "_private_job_queues")


async def test_the_list_of_queues_is_made_only_where_it_is_asked_for(
    utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, asked = overview.snapshot, []

    async def noting(*given: Any) -> Any:
        asked.append(given[1])
        return await look(*given)

    monkeypatch.setattr(overview, "snapshot", noting)
    admin = Audited(utils)
    parts = [part for part in PARTS if part != "queues"]
    for path in ["/api/activity", *(f"/api/overview?parts={part}" for part in parts)]:
        assert "queues" not in await answer(admin, path)
    async with served(utils) as address, listening(address) as ear:
        await ear.next("counts")
    assert asked and not any(asked)
    assert await answer(admin, "/api/overview?parts=queues&parts=stats") and asked[-1] is True


async def test_the_overview_is_cut_and_says_so(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    await many(utils)
    admin = Audited(utils)
    whole = await answer(admin, "/api/overview")
    assert len(whole["queues"]) == QUEUES + 2 and "queues_omitted" not in whole
    monkeypatch.setattr(overview, "ROWS_MAX", 100)
    cut = await answer(admin, "/api/overview")
    assert len(cut["queues"]) == 100 and cut["queues_omitted"] == QUEUES + 2 - 100
    names = [queue["queue_name"] for queue in cut["queues"]]
    assert "held" in names and "empty" not in names and names == sorted(names)
    assert cut["queues"][0].keys() == whole["queues"][0].keys()
    assert cut["stats"] == whole["stats"] and cut["stats"]["total"] == QUEUES + 5 and cut["stats"]["blocked"] == 5
    held = next(queue for queue in cut["queues"] if queue["queue_name"] == "held")
    assert (held["job_count"], held["ready_count"], held["locked_by"]) == (5, 5, "w")


async def test_heartbeats_are_cut_and_say_so(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    await Table.of(utils).run(
        "insert into {s}._private_workers (id, last_heartbeat_at, metadata)"
        " select 'worker-' || n, now() - n * interval '1 second', '{}' from generate_series(1, 30) n"
    )
    monkeypatch.setattr(overview, "ROWS_MAX", 10)
    cut = await answer(Audited(utils), "/api/overview?parts=active_workers")
    assert [one["worker_id"] for one in cut["active_workers"]] == [f"worker-{n}" for n in range(1, 11)]
    assert cut["active_workers_omitted"] == 20 and cut.keys() == {
        "active_workers", "active_workers_omitted", "as_of", "age_ms",
    }  # fmt: skip


async def test_lists_are_cut_by_bytes_too_and_say_so(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names and metadata may be long."""
    await many(utils, 500)
    table = Table.of(utils)
    await table.run(
        "update {s}._private_job_queues set queue_name = rpad(queue_name, 128, 'ß') where queue_name like 'tenant-%'"
    )
    await table.run(
        "insert into {s}._private_workers (id, last_heartbeat_at, metadata)"
        " select 'worker-' || n, now() - n * interval '1 second', jsonb_build_object('x', repeat('x', case n when 1 then 70000 else 1000 end))"
        " from generate_series(1, 300) n"
    )
    await table.run(
        "update {s}._private_jobs set locked_at = now(), locked_by = rpad('h' || id, 1000, 'x')"
        " where job_queue_id in (select id from {s}._private_job_queues where queue_name like 'tenant-%')"
    )
    monkeypatch.setattr(overview, "BYTES_MAX", 100_000)
    admin = Audited(utils)
    cut = await answer(admin, "/api/overview")
    for name, found in (("queues", 502), ("workers", 501), ("active_workers", 300)):
        text = json.dumps(cut[name], ensure_ascii=False, separators=(",", ":")).encode()
        assert 60_000 < len(text) < 101_000 and cut[f"{name}_omitted"] == found - len(cut[name]), name
    assert [one["worker_id"] for one in cut["active_workers"]] == [
        f"worker-{n + 1}" for n in range(len(cut["active_workers"]))
    ]
    assert cut["active_workers"][0]["metadata"] == "(too large for a list)"
    assert "held" in [queue["queue_name"] for queue in cut["queues"]]

    monkeypatch.setattr(samples, "BYTES_MAX", 100_000)
    for kind in ("queues", "workers"):
        page = await answer(Audited(utils), f"/api/{kind}?limit=500")
        assert 30 < page["total"] < 300 and page["complete"] is False and len(page[kind]) == page["total"], page[
            "total"
        ]
        assert len(json.dumps(page[kind], ensure_ascii=False)) < 110_000


async def test_the_table_of_queues_is_cut_and_says_so(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    await many(utils, 500)
    monkeypatch.setattr(samples, "ROWS_MAX", 50)
    page = await answer(Audited(utils), "/api/queues?sort=-jobs&limit=500")
    assert (page["total"], page["complete"], page["queues"][0]["queue_name"]) == (50, False, "held")
    assert page["queues"][0]["blocked_count"] == 5


async def test_the_command_line_prints_all_of_them(dsn: str, utils: WorkerUtils) -> None:
    await many(utils)
    program = Program(dsn)
    table = program("queues").out.splitlines()
    assert len(table) == QUEUES + 3 and table[0].split("\t") == [
        "id",
        "queue",
        "jobs",
        "ready",
        "locked_by",
        "locked_at",
    ]
    document = program("queues", "--json")
    found = document.value
    assert len(found) == QUEUES + 2 and document.out == json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    lines = [json.loads(line) for line in program("queues", "--ndjson").out.splitlines()]
    assert lines == found


async def test_without_a_queue_there_is_an_empty_list(dsn: str) -> None:
    program = Program(dsn)
    assert program("queues", "--json").out == "[]\n" and program("queues", "--ndjson").out == ""
    assert len(program("queues").out.splitlines()) == 1
