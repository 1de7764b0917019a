"""Everything a filter finds as a file: exact, safe in a spreadsheet, cut where it says so, and ended when nobody listens."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from typing import Any

import httpx
import pytest

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs import export
from graphile_worker.admin.api.jobs.counts import count_jobs
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.core.jobs import RawJson
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door
from tests.server.listening import served
from tests.support.table import Table

NAMED = r'attachment; filename="jobs-[a-zA-Z0-9_-]+-\d{4}-\d\d-\d\d\.csv"'


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


async def lines(door: Door, query: str = "") -> list[Any]:
    answer = await door.get(f"/api/jobs/export?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


async def sheet(door: Door, query: str = "") -> list[list[str]]:
    answer = await door.get(f"/api/jobs/export?format=csv&{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(NAMED, answer.headers["content-disposition"])
    return list(csv.reader(io.StringIO(answer.text, newline="")))


async def fill(table: Table, count: int) -> None:
    await table.run("insert into {s}._private_tasks (identifier) values ('t')")
    await table.run("insert into {s}._private_jobs (task_id) select 1 from generate_series(1, $1::int)", count)


async def test_lines_are_the_jobs_of_the_list(door: Door, utils: WorkerUtils, table: Table) -> None:
    for payload in ('{"a" :\n 1e400,\r\n"b":["\\n"]}', "null", '"' + "x" * 100_000 + '"'):
        await utils.add_job("t", RawJson("{}"), queue="q")
        await table.run(
            "update {s}._private_jobs set payload = $1::text::json where id = (select max(id) from {s}._private_jobs)",
            payload,
        )
    await utils.add_job("other", run_at="2100-01-01T00:00:00Z")

    text = (await door.get("/api/jobs/export?identifier=t")).text
    assert len(text.splitlines()) == 3
    assert '"payload":{"a" :  1e400,  "b":["\\n"]},' in text.splitlines()[0]
    listed = (await door.get("/api/jobs")).json()["jobs"]
    assert [job["id"] for job in await lines(door, "sort=-id")] == [job["id"] for job in listed][::-1]
    assert await lines(door, "state=scheduled") == listed[3:]
    assert await lines(door, "key=nothing") == []


async def test_a_sheet_runs_nothing(door: Door, utils: WorkerUtils) -> None:
    for text in ("=1+1", "+1", "-1", "-x", "@a", "\tx", "＝1", "＠x", 'say "hi"', "a,b", "line\nend", "fine - x", "1"):
        await utils.add_job(text, key=f"=key {text}", priority=-3)

    header, *rows = await sheet(door)

    assert tuple(header) == vocabulary.EXPORT_COLUMNS
    assert header[:9] == "id,task_identifier,queue_name,state,run_at,attempts,max_attempts,priority,key".split(",")
    assert [row[1] for row in rows] == [
        "'=1+1", "'+1", "-1", "'-x", "'@a", "'\tx", "'＝1", "'＠x", 'say "hi"', "a,b", "line\nend", "fine - x", "1",
    ]  # fmt: skip
    assert {row[7] for row in rows} == {"-3"}
    assert rows[0][8] == "'=key =1+1"
    assert {len(row) for row in rows} == {len(vocabulary.EXPORT_COLUMNS)}


async def test_it_is_cut_where_it_says_so_and_goes_on_from_there(
    door: Door, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BATCH_JOBS", 10)
    await fill(table, 45)
    first = await lines(door, "limit=25")
    assert [job["id"] for job in first[:-1]] == list(range(1, 26))
    assert (first[-1]["cut"], first[-1]["limit"]) == (True, 25)
    rest = await lines(door, f"limit=20&cursor={first[-1]['next']}")
    assert [job["id"] for job in rest] == list(range(26, 46))
    assert (await sheet(door, "limit=44&sort=-id"))[-1][0].startswith("# cut after 44 jobs; go on with cursor=")
    assert len(await lines(door, "limit=45")) == 45
    assert len(await lines(door)) == 45


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("format=xml", "format"), ("sort=run_at", "sort"), ("limit=0", "limit"), ("limit=1000001", "limit"), ("cursor=x", "cursor"),
        ("payload=none", "payload"), ("state=x", "state"), ("offset=1", "offset"), ("formt=csv", "formt"),
    ],
)  # fmt: skip
async def test_bad_input(door: Door, query: str, field: str) -> None:
    answer = await door.get(f"/api/jobs/export?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)


BUSY = "select count(*) from pg_stat_activity where state <> 'idle' and query like 'with page%' and pid <> pg_backend_pid()"


@pytest.mark.parametrize("ready", [0, 3], ids=["before the first piece", "half-way"])
async def test_who_stops_listening_leaves_nothing_running(
    ready: int, utils: WorkerUtils, table: Table, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(export, "BATCH_JOBS", 3)
    await fill(table, 6)
    await count_jobs(utils.queue, JobFilter())  # what this role may do is known from here on
    await table.run("insert into {s}._private_tasks (identifier) values ('slow')")
    await table.run("update {s}._private_jobs set task_id = 2 where id > $1", ready)
    await table.run("alter table {s}._private_tasks rename to real_tasks")
    slow = "case when identifier = 'slow' then pg_sleep(30) is not null else true end"
    await table.run("create view {s}._private_tasks as select * from {s}.real_tasks where " + slow)

    async def ask(address: str) -> None:
        async with httpx.AsyncClient() as client, client.stream("GET", f"{address}/api/jobs/export") as answer:
            async for line in answer.aiter_lines():
                read.append(line)

    read: list[str] = []
    async with served(utils) as address:
        asked = asyncio.create_task(ask(address))
        async with asyncio.timeout(20):
            while len(read) < ready or not await table.pool.fetchval(BUSY):
                await asyncio.sleep(0.02)
        asked.cancel()
        async with asyncio.timeout(2):
            while await table.pool.fetchval(BUSY):
                await asyncio.sleep(0.02)
        assert (await asyncio.gather(asked, return_exceptions=True))[0] is not None
        assert len(read) == ready
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{address}/api/session")).status_code == 200
    assert [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


async def test_the_file_is_named_after_database_filters_and_date(door: Door, utils: WorkerUtils) -> None:
    await utils.add_job("t")
    database = utils.queue.database_name
    assert database
    for query, words in (
        ("", ""),
        ("state=all", ""),
        ("state=failed&identifier=send_email", "-failed-send_email"),
        ("identifier=a%22%0D%0A%2F..%2Fb%E5%8C%97", "-a-b"),
        ("search=x&priority_min=3", "-filtered"),
        ("queue=" + "&queue=".join(f"queue-{number:030}" for number in range(100)), None),
    ):
        name = (await door.get(f"/api/jobs/export?format=ndjson&{query}")).headers["content-disposition"]
        inside = re.fullmatch(r'attachment; filename="(jobs-[A-Za-z0-9_-]+-\d{4}-\d\d-\d\d\.ndjson)"', name)
        assert inside and len(inside[1]) < 150, name
        assert words is None or inside[1].startswith(f"jobs-{database}{words}-2"), name


@pytest.mark.parametrize("form", vocabulary.EXPORT_FORMATS)
@pytest.mark.parametrize(
    "filter", ["", "state=failed&identifier=a", "search=x", "queue=q&created_from=1h", "flag=f&key=k&worker=w"]
)
async def test_head_names_the_file_as_get(door: Door, utils: WorkerUtils, form: str, filter: str) -> None:
    """Also as the first request of a server, before any read has learnt the name of the database."""
    await utils.add_job("a")
    address, database = f"/api/jobs/export?format={form}&{filter}", utils.queue.database_name
    for known in (True, False):
        if not known:
            utils.queue.forget()
            utils.queue.database_name = None
        head = await door.client.head(address, headers=door.headers)
        got = await door.get(address)
        names = ("content-disposition", "content-type", "x-export-limit")
        assert [head.headers[name] for name in names] == [got.headers[name] for name in names], known
        assert (head.status_code, head.content) == (200, b"") and f"jobs-{database}" in head.headers[names[0]]
