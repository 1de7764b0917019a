"""The command line, the HTTP API, the page and the library find the same jobs for the same filter, and leave the same rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graphile_worker.admin.api.jobs.counts import count_jobs
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.read import PageRequest, list_jobs
from graphile_worker.admin.client.io import bodies
from graphile_worker.admin.client.model import queries, url_state
from graphile_worker.worker_utils import WorkerUtils
from tests.cli.support import Program
from tests.server.conftest import Door
from tests.support.page import seed_of
from tests.support.table import Table

pytestmark = pytest.mark.any_schema
NEW_YEAR, DAY = "2026-01-01T00:00:00Z", "2026-01-20T12:00:00+02:00"
FILTERS: list[dict[str, Any]] = [
    {},
    {"state": ["ready"]},
    {"state": ["failed", "locked"], "sort": "-priority"},
    {"state": ["scheduled"], "sort": "run_at"},
    {"identifier": ["a, b", "send"], "sort": "-id"},
    {"queue": ["q%_\\"], "state": ["ready", "failed"], "sort": "-created_at"},
    {"key": ["key 7", "key 8", "nothing"]},
    {"worker": ["w=1"], "sort": "attempts"},
    {"flag": ["slow", "é"]},
    {"search": " 100% "},
    {"search": "KEY 1", "sort": "-id"},
    {"priority_min": "-1", "priority_max": "1", "sort": "priority"},
    {"attempts_min": "1", "attempts_max": "2"},
    {"run_at_from": NEW_YEAR, "run_at_to": DAY, "sort": "-run_at"},
    {"created_from": NEW_YEAR, "created_to": "2026-02-01T00:00:00Z"},
    {"state": ["failed"], "error": ["no …"], "sort": "-id"},
    {"error": ["no …", "no", "%"], "attempts_min": "2"},
    {"state": ["failed"], "queue": ["none such"]},
    {"failed_from": "2000-01-01T00:00:00Z", "failed_to": "2999-01-01T00:00:00Z", "sort": "-failed_at"},
]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine draws the same page."""
    monkeypatch.setattr("graphile_worker.admin.server.page.document.WAIT", 20.0)


@pytest.fixture
async def table(utils: WorkerUtils) -> Table:
    """48 jobs, a dozen of each state, over three tasks and two queues, their times a day apart."""
    table = Table.of(utils)
    for n in range(1, 49):
        await utils.add_job(
            ("send", "a, b", "other")[n % 3], {"n": n, "text": "100%" if n % 7 == 0 else "1000"},
            queue=(None, "q%_\\", "q")[n % 3], key=f"Key {n}" if n % 2 else None, priority=n % 5 - 2,
            flags=[["slow"], ["é", "slow"], ["x"]][n % 3] if n % 4 == 0 else None, max_attempts=3,
        )  # fmt: skip
    await table.run("update {s}._private_jobs set key = lower(key), attempts = id % 3,"
                    " run_at = '2026-01-01Z'::timestamptz + id * interval '1 day',"
                    " created_at = '2026-01-01Z'::timestamptz + id * interval '1 day'")  # fmt: skip
    await table.run("update {s}._private_jobs set attempts = 3, last_error = 'no ' || id where id % 4 = 1")
    await table.run("update {s}._private_jobs set run_at = now() + id * interval '1 day' where id % 4 = 2")
    await table.run("update {s}._private_jobs set locked_at = now(), locked_by = 'w=' || id % 3 where id % 4 = 3")
    return table


def arguments(asked: dict[str, Any]) -> list[str]:
    """The parameters as options."""
    given = [
        (name, value) for name, values in asked.items() for value in ([values] if isinstance(values, str) else values)
    ]
    return [f"--{name.replace('_', '-')}={value}" for name, value in given]


@pytest.mark.variants(1)
async def test_the_same_jobs(
    dsn: str, schema_name: str, table: Table, utils: WorkerUtils, door: Door, subtests: pytest.Subtests
) -> None:
    program = Program(dsn, schema_name)
    for asked in FILTERS:
        with subtests.test(asked=asked):
            await the_same_jobs(program, utils, door, asked)


async def the_same_jobs(program: Program, utils: WorkerUtils, door: Door, asked: dict[str, Any]) -> None:
    filter = JobFilter.of({name: [v] if isinstance(v, str) else v for name, v in asked.items() if name != "sort"})

    page = PageRequest(sort=asked.get("sort", "id"))
    library = [json.loads(bytes(row)) for row in (await list_jobs(utils.queue, filter, page))["jobs"]]
    over_http = (await door.get("/api/jobs", params=asked)).json()["jobs"]
    ran = program("list", *arguments(asked), "--limit", "500", "--json")
    assert ran.code == 0, ran.err
    assert ran.value == over_http == library
    screen = await door.get("/", params={"sort": "id", **asked, "limit": "500"})
    [drawn] = [body["jobs"] for asks, (_, body) in seed_of(screen.text).items() if asks.startswith("api/jobs?")]
    assert [job["id"] for job in drawn] == [job["id"] for job in library]
    assert all(f'<tr id="row-{job["id"]}"' in screen.text for job in library)
    assert (not asked or len(library) < 48) and (library or asked.get("queue") == ["none such"])

    conditions = {name: value for name, value in asked.items() if name != "sort"}
    counted = await count_jobs(utils.queue, filter)
    told = (await door.get("/api/jobs/count", params=conditions)).json()
    assert program("count", *arguments(conditions)).out == f"{counted['count']}\n"
    assert counted["count"] == told["count"] == len(library)


@pytest.mark.variants(1)
async def test_the_same_errors(dsn: str, schema_name: str, table: Table, door: Door) -> None:
    await table.run("update {s}._private_jobs set last_error = $1 where id in (5, 9)", "a\u202e\x1b\nb")
    program = Program(dsn, schema_name)
    for asked in ({}, {"sort": "name"}, {"search": "NO", "sort": "-last"}, {"limit": "1"}, {"search": "none such"}):
        over_http = (await door.get("/api/errors", params=asked)).json()
        assert program("errors", *arguments(asked), "--json").value == over_http["errors"]
    fingerprints = [row["fingerprint"] for row in (await door.answer("/api/errors"))["errors"]]
    assert fingerprints == ["no …", "a\u202e\x1b"]
    lines = program("errors").out.splitlines()
    assert [line.split("\t")[0:1] + line.split("\t")[3:5] for line in lines] == [
        ["count", "tasks", "error"], ["10", "a, b +2", "no …"], ["2", "other +1", "a\\u202e\\x1b"],
    ]  # fmt: skip
    ran = program("errors", "--limit", "1", "--ndjson")
    assert (ran.out.count("\n"), ran.err) == (1, "1 more: --limit 2\n")
    assert program("retry", "--state=failed", "--error=no …", "--yes", "--ndjson").out.count('"done"') == 10


WRITES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("retry", {}, []),
    ("complete", {}, []),
    ("fail", {"reason": "enough"}, ["--reason", "enough"]),
    ("run-now", {"priority": 7}, ["--priority", "7"]),
    ("reschedule", {"run_at": DAY, "max_attempts": 2}, ["--run-at", DAY, "--max-attempts", "2"]),
]


@pytest.mark.parametrize(("action", "members", "options"), WRITES, ids=[write[0] for write in WRITES])
async def test_the_same_rows_are_left(
    dsn: str,
    schema_name: str,
    table: Table,
    door: Door,
    action: str,
    members: dict[str, Any],
    options: list[str],
) -> None:
    program = Program(dsn, schema_name)
    await table.run("create table kept as select * from {s}._private_jobs")
    ids, filter = [1, 2, 3, 4, 99], {"identifier": ["other"], "attempts_min": "1"}

    answered = (await door.post("/api/jobs/action", {"action": action, "ids": ids, **members})).json()
    walked = (await door.post("/api/jobs/bulk", {"action": action, "filter": filter, **members})).json()
    over_http = await rows_of(table)

    await put_back(table)
    stepped = (await door.post("/api/jobs/bulk", {"action": action, "ids": ids, **members})).json()
    assert (await door.post("/api/jobs/bulk", {"action": action, "filter": filter, **members})).status_code == 200
    assert await rows_of(table) == over_http
    assert [told(result) for result in stepped["results"]] == [told(result) for result in answered["results"]]

    await put_back(table)
    on_page, _ = url_state.parse("?identifier=other&attempts_min=1")
    typed = {name: str(value) for name, value in members.items()}
    body = bodies.action(action, [{"id": str(id)} for id in ids], typed, typed.get("run_at", ""))  # type: ignore[misc]
    clicked = (await door.post("/api/jobs/action", body)).json()
    body = bodies.bulk(action, queries.filter_members(on_page), typed, typed.get("run_at", ""), "", False)
    assert (await door.post("/api/jobs/bulk", body)).status_code == 200
    assert await rows_of(table) == over_http
    assert [told(result) for result in clicked["results"]] == [told(result) for result in answered["results"]]

    await put_back(table)
    named = program(action, *map(str, ids), *options, "--ndjson")
    found = program(action, *arguments(filter), *options, "--yes", "--ndjson")
    by_program = await rows_of(table)

    assert by_program == over_http
    assert [outcome(line) for line in named.out.splitlines()] == [told(result) for result in answered["results"]]
    assert [outcome(line) for line in found.out.splitlines()] == [told(result) for result in walked["results"]]
    assert (named.code, found.code) == (1, 0)


async def put_back(table: Table) -> None:
    """The jobs as they were kept."""
    columns = ("id, job_queue_id, task_id, payload, priority, run_at, attempts, max_attempts, last_error, created_at,"
               " updated_at, key, locked_at, locked_by, revision, flags")  # fmt: skip
    await table.run("delete from {s}._private_jobs")
    await table.run(f"insert into {{s}}._private_jobs ({columns}) overriding system value select {columns} from kept")


async def rows_of(table: Table) -> list[str]:
    """All jobs, with times of the test itself left out."""
    fetched = await table.pool.fetch(
        f"select id, job_queue_id, task_id, payload::text, priority, attempts, max_attempts, last_error, key, locked_by,"
        f" revision, flags::text, case when run_at < now() - interval '1 hour' or run_at > now() then run_at end"
        f" from {table.schema}._private_jobs order by id"
    )
    return [str(tuple(row)) for row in fetched]


def outcome(line: str) -> tuple[Any, ...]:
    return told(json.loads(line))


def told(result: dict[str, Any]) -> tuple[Any, ...]:
    """Without the time since when a job runs."""
    return result["id"], result["outcome"], (result["reason"] or "").partition(" since ")[0]
