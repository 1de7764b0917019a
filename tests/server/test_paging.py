"""Pages of any order: nothing skipped or repeated while rows vanish, both ways, and searches that answer in slices."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs import read, search
from graphile_worker.admin.api.jobs.cursors import Cursor
from graphile_worker.admin.client.model import queries, url_state
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door
from tests.support.table import Table

FAR = ["-infinity", "0044-03-15 12:00:00 BC", "2001-01-01", "2001-01-01 00:00:00.000001", "infinity", "12026-01-01"]


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


async def page(door: Door, query: str) -> Any:
    answer = await door.get(f"/api/jobs?payload=none&{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("sort", ["id", "-id"])
def test_the_page_knows_a_cursor_that_leads_back(sort: str) -> None:
    for way in ("next", "prev"):
        route, _ = url_state.parse(f"?search=x&sort={sort}&cursor={Cursor(sort, way, '7', 7).encode()}")
        assert queries.sliced(route) == (way == "next")


def ids(answer: Any) -> list[int]:
    return [job["id"] for job in answer["jobs"]]


async def fill(table: Table, count: int) -> None:
    """Jobs whose keys of order repeat a lot, and times no calendar holds."""
    await table.run("insert into {s}._private_tasks (identifier) values ('t')")
    await table.run(
        "insert into {s}._private_jobs (task_id, priority, attempts, run_at, created_at, updated_at, last_error)"
        " select 1, n % 3, n % 5, ($2::text[])[1 + n % 6]::timestamptz, ($2::text[])[1 + n % 4]::timestamptz,"
        " ($2::text[])[2 + n % 3]::timestamptz, case when n % 4 > 0 then 'no' end"
        " from generate_series(1, $1::int) n",
        count,
        FAR,
    )


FAILED_AT = """case when last_error is not null then greatest(updated_at, case
  when attempts > 0 and run_at > '2000-01-01Z' and run_at < now() then run_at - exp(least(attempts, 10)) * interval '1 second' end) end"""


@pytest.mark.parametrize("sort", vocabulary.SORTS)
async def test_every_order_forwards_and_back(door: Door, table: Table, sort: str) -> None:
    await fill(table, 40)
    column, way = sort.lstrip("-"), "desc" if sort[0] == "-" else "asc"
    key = FAILED_AT if column == "failed_at" else column
    order = f"select array_agg(id order by {key} {way} nulls last, id {way}) from {table.schema}._private_jobs"
    wanted = await table.pool.fetchval(order)

    seen, cursor, pages = [], "", []
    while True:
        answer = await page(door, f"sort={sort}&limit=7{cursor}")
        pages.append(answer)
        seen += ids(answer)
        assert answer["has_more"] == (answer["next"] is not None)
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert seen == wanted
    back: list[int] = []
    answer = pages[-1]
    while answer["prev"]:
        answer = await page(door, f"sort={sort}&limit=7&cursor={answer['prev']}")
        back = ids(answer) + back
    assert back == wanted[: len(back)]
    assert len(back) == 40 - len(ids(pages[-1]))
    assert [ids(await page(door, f"sort={sort}&limit=7&offset={at}")) for at in (0, 13)] == [wanted[:7], wanted[13:20]]


@pytest.mark.parametrize("sort", ["run_at", "-priority", "-id"])
async def test_rows_that_vanish_between_two_pages_shift_nothing(door: Door, table: Table, sort: str) -> None:
    await fill(table, 30)
    first = await page(door, f"sort={sort}&limit=10")
    await table.run("delete from {s}._private_jobs where id = any($1::bigint[])", ids(first)[3:])
    wanted = ids(await page(door, f"sort={sort}&limit=100"))[3:13]

    assert ids(await page(door, f"sort={sort}&limit=10&cursor={first['next']}")) == wanted


async def test_cursors_are_checked(door: Door, table: Table) -> None:
    await fill(table, 5)
    right = (await page(door, "sort=run_at&limit=2"))["next"]
    other = await door.get(f"/api/jobs?sort=-run_at&cursor={right}")
    assert (other.status_code, other.json()["code"]) == (400, "cursor_mismatch")
    for forged in (
        ["run_at", "next", "now", 1], ["run_at", "next", "2001-01-01", 1], ["run_at", "next", "1", 1], ["run_at", "up", "infinity", 1],
        ["run_at", "next", "infinity", "1"], ["run_at", "next", "infinity", 2**63], ["run_at", "next", "infinity", True],
        ["run_at", "next", "infinity"], {"sort": "run_at"}, "run_at", None, ["run_at", "next", "9" * 500, 1],
        ["", "next", "1", 1], ["run_at", "next", "2001-01-01 00:00:00+00'; drop", 1],
    ):  # fmt: skip
        text = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
        answer = await door.get(f"/api/jobs?sort=run_at&cursor={text}")
        assert (answer.status_code, answer.json()["field"]) == (400, "cursor"), forged
    day = base64.urlsafe_b64encode(b'["run_at","next","2001-99-99 00:00:00+00",1]').decode().rstrip("=")
    assert (await door.get(f"/api/jobs?sort=run_at&cursor={day}")).status_code in (400, 409)


@pytest.mark.parametrize("sort", ["id", "-id"])
async def test_a_search_in_slices_finds_what_the_whole_search_finds(
    door: Door, table: Table, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(table, 5000)
    await table.run("update {s}._private_jobs set key = 'needle ' || id where id % 700 = 3")
    await table.run("delete from {s}._private_jobs where id between 1000 and 2000")
    wanted = ids(await page(door, f"sort={sort}&limit=500&search=needle"))
    monkeypatch.setattr(search, "FIRST_WINDOW", 450)
    monkeypatch.setattr(search, "SLICE_SECONDS", 0.0)

    found, query, partial, edges = [], f"sort={sort}&limit=2&search=needle&partial=true", 0, []
    answer = await page(door, query)
    while True:
        assert len(ids(answer)) <= 2
        found += ids(answer)
        partial += answer["partial"]
        edges.append(answer["searched"]["from"])
        if answer["next"] is None:
            break
        assert answer["has_more"]
        answer = await page(door, f"{query}&cursor={answer['next']}")

    assert found == wanted
    assert len(wanted) == 7
    assert partial > 5
    assert edges[0] == (1 if sort == "id" else 5000)
    assert not answer["partial"]
    assert answer["searched"]["to"] == (5000 if sort == "id" else 1)


async def test_a_search_that_is_quick_is_whole(door: Door, table: Table) -> None:
    assert (await page(door, "search=x&partial=true"))["searched"] == {"from": None, "to": None}
    await fill(table, 10)
    await table.run("update {s}._private_jobs set key = 'needle'  || id where id in (2, 4, 6)")
    answer = await page(door, "search=needle&partial=true")
    assert (ids(answer), answer["partial"], answer["next"]) == ([2, 4, 6], False, None)
    answer = await page(door, "search=needle&partial=true&limit=2")
    assert (ids(answer), answer["partial"], answer["has_more"]) == ([2, 4], False, True)
    answer = await page(door, f"search=needle&partial=true&limit=2&cursor={answer['next']}")
    assert (ids(answer), answer["has_more"]) == ([6], False)
    assert ids(await page(door, f"search=needle&limit=2&cursor={answer['prev']}")) == [2, 4]


async def test_an_order_that_cannot_be_had_in_time_says_so(
    door: Door, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    await page(door, "limit=1")  # what this role may do is known from here on
    monkeypatch.setattr(read, "TIMEOUT", 0.5)
    async with table.held("_private_jobs"):
        answer = await door.get("/api/jobs?sort=run_at&payload=none")
    assert (answer.status_code, answer.json()["code"]) == (503, "sort_unbounded")
    assert "sort=id" in answer.json()["hint"] and "partial=true" in answer.json()["hint"]


async def test_a_search_that_takes_too_long_names_the_slices(
    door: Door, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    await page(door, "limit=1")
    monkeypatch.setattr(read, "TIMEOUT", 0.5)
    async with table.held("_private_jobs"):
        found = (await door.get("/api/jobs?search=xxx&payload=none")).json()
        every = (await door.get("/api/jobs?payload=none")).json()
    assert (found["code"], every["code"]) == ("query_timeout", "query_timeout")
    assert "partial=true" in found["hint"] and "partial" not in every["hint"]
