"""Holes 2, 13, 17 and 18 of the attack report: an address is parsed once, odd ones are answered, and none costs too much."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import QueryParams
from starlette.requests import Request

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, AdminUser, create_app
from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.json_codec import nearest
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.screens import VIEWS
from graphile_worker.admin.client.model.url_state import parse
from graphile_worker.admin.client.text import percent_encoding
from graphile_worker.admin.server.app import ROUTES
from graphile_worker.admin.server.databases import split_database
from graphile_worker.admin.server.page import document, prerender
from tests.hardening.volume import volume
from tests.server.conftest import AUTHS, Door, Opener
from tests.support.table import Table
from tests.support.templates import Databases

CANARY = "canary-of-b"
# Addresses by which a second parser may find b.
FOR_B = [
    "?db=b", "??db=b", "???db=b", "??db=b&view=jobs&job=1", "?%3Fdb=b", "?db=a&db=b", "?db=b&db=a", "?%64b=b", "?d%62=%62", "?db=%62",
    "?x=1?db=b", "?x=1&?db=b", "?+db=b", "?db+=b", "?db=b+", "?db=+b", "?db=b%00", "?db=b%20", "?DB=b", "?db%3Db", "?amp;db=b", "?x=1;db=b",
    "?db=a;db=b", "?&&&db=b", "?db==b", "?db=b=", "?db[]=b", "?%00db=b", "?db=%C0%A2", "?=db=b", "?db", "?db=", "?view=jobs&job=1&?db=b",
]  # fmt: skip
ODD = [
    "?x=%-1", "?x=%+1", "?x=% 1", "?x=%1", "?x=%", "?x=%%", "?x=%_1", "?x=%1_", "?x=%zz", "?x=%ff", "?%ff=1", "?x=%ed%a0%80", "?x=%00",
    "?limit=99999999999999999999", "?job=" + "9" * 400, "?cursor=%00", "?sort=%ff", "?state=&state=&state=", "?" + "&" * 3000,
    "?" + "a=1&" * 1500, "?search=" + "%F0%9F%98%80" * 300, "?priority_min=--1", "?created_from=%2B", "?" + "?" * 500, "?view=jobs&view=tasks",
    "?=", "?=&=", "?job=%D9%A1", "?limit=%D9%A1%D9%A0", "?offset=1e3", "?attempts_min=1_0",
]  # fmt: skip
PAGES_AND_READS = sorted({route.path.replace("{id}", "1") for route in ROUTES if "GET" in (route.methods or ())})


def by_database(request: Request) -> AdminUser | None:
    """An application that lets its users see one database each, as docs/embedding.md shows."""
    asked = request.query_params.get("db", "a")
    return AdminUser("ada", ["read"]) if request.headers.get("x-user") == asked else None


@asynccontextmanager
async def two_databases(utils: WorkerUtils, b: WorkerUtils) -> AsyncIterator[httpx.AsyncClient]:
    config = AdminServerConfig(
        utils.database.pool, utils, auth=AdminAuthConfig.host(by_database), name="a", others={"b": b}, freshness=0
    )
    transport = httpx.ASGITransport(create_app(config), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def test_a_user_of_one_database_sees_no_other(utils: WorkerUtils, databases: Databases) -> None:
    """Whatever the address looks like: the page, its first rows and the API answer for the database that was authorised."""
    await utils.add_job("job-of-a")
    async with databases.queue("schema_b") as b:
        await b.add_job(CANARY, {"secret": CANARY}, queue=CANARY)
        await Table.of(b).run("update {s}._private_jobs set attempts = 25, last_error = $1", CANARY)
        async with two_databases(utils, b) as client:
            for _ in range(20):  # a page whose rows take too long to read is sent without them
                seen = await client.get("/?db=b", headers={"x-user": "b"})
                if CANARY in seen.text:
                    break
            assert CANARY in seen.text
            for address, path in product(FOR_B, ("/", "/api/jobs", "/api/jobs/1", "/api/errors", "/metrics")):
                answer = await client.get(
                    httpx.URL(f"http://127.0.0.1{path}", query=address[1:].encode()), headers={"x-user": "a"}
                )
                assert answer.status_code < 500, (path, address)
                assert CANARY not in answer.text, (path, address)


async def test_the_page_asks_only_for_its_own_database(
    utils: WorkerUtils, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the browser program read its address otherwise."""
    monkeypatch.setattr(percent_encoding, "pairs", lambda search: [("db", "b")] if "db=b" in search else [])
    monkeypatch.setattr(url_state, "pairs", percent_encoding.pairs)
    async with databases.queue("schema_b") as b:
        await b.add_job(CANARY)
        async with two_databases(utils, b) as client:
            answer = await client.get("/?x=1;db=b", headers={"x-user": "a"})
            assert answer.status_code == 200 and CANARY not in answer.text


_PIECES = [
    "db",
    "b",
    "a",
    "=",
    "&",
    "?",
    "%64%62",
    "%3D",
    "%26",
    "%62",
    "+",
    "%",
    ";",
    "#",
    "%C3",
    "\xe9",
    "%A9",
    "view=jobs",
    "%00",
    "%-1",
    "x",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
@settings(max_examples=volume(300, 5000), deadline=None, derandomize=True)
def test_every_parser_reads_the_same_database(query: str) -> None:
    """Starlette (the application's check), the router and the browser program."""
    seen = QueryParams(query.encode("latin-1")).getlist("db")
    assert split_database(query.encode("latin-1"))[0] == seen
    drawn = parse("?" + query)[0]["db"]
    if len(seen) <= 1 and "\ufffd" not in "".join(seen) + drawn:
        assert drawn == (seen[0] if seen else "")


@pytest.mark.parametrize("mode", AUTHS)
async def test_an_odd_address_is_never_a_fault_of_the_server(open_door: Opener, mode: str) -> None:
    door, tried = open_door(mode), 0
    for path, address, headers in product(PAGES_AND_READS, ODD, ({}, door.headers)):
        if path.startswith("/assets") or path == "/api/events":
            continue
        answer = await door.client.get(
            httpx.URL(f"http://127.0.0.1{path}", query=address[1:].encode()), headers=headers
        )
        assert answer.status_code < 500 or path == "/readyz", (path, address, answer.text[:200])
        tried += 1
    assert tried > 500


@given(query=st.text(st.characters(max_codepoint=255), max_size=60))
@settings(max_examples=volume(200, 5000), deadline=None, derandomize=True)
def test_any_text_is_an_address_of_the_page(query: str) -> None:
    route, _ = parse("?" + query)
    assert route["view"] in VIEWS


async def test_the_public_page_costs_little(open_door: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may ask for it: it is drawn once for an address, and without the filters of a very long one."""
    drawn: list[str] = []
    draw = prerender.render

    def counting(search: str, *more: Any) -> Any:
        drawn.append(search)
        return draw(search, *more)

    monkeypatch.setattr(prerender, "render", counting)
    document._public_page.cache_clear()
    door = open_door("bearer")
    for _ in range(20):
        assert (await door.client.get("/?view=queues")).status_code == 200
    for n in range(20):
        assert (await door.client.get("/?search=" + "x" * 20_000 + str(n))).status_code == 200
    assert drawn == ["?view=queues", "?"]


async def test_head_of_an_export_reads_nothing(door: Door, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    await utils.add_job("x")
    whole = await door.get("/api/jobs/export?format=csv")

    def forbidden(*_: Any) -> Any:
        raise AssertionError("jobs were read")

    monkeypatch.setattr("graphile_worker.admin.api.jobs.export.export_jobs", forbidden)
    head = await door.client.head("/api/jobs/export?format=csv", headers=door.headers)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-disposition", "x-export-limit", "cache-control"):
        assert head.headers[name] == whole.headers[name]
    assert (await door.client.head("/api/jobs/export?format=xml", headers=door.headers)).status_code == 400


def test_no_name_is_suggested_for_a_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """To compare 2 MB with a handful of names takes a second."""
    assert "did you mean `priority`" in nearest("prioritty", ["priority"])
    monkeypatch.setattr("difflib.get_close_matches", None)
    assert nearest("priority" * 9, ["priority"]) == "; there are priority"


def forged(sort: str, *values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, *values]).encode()).decode().rstrip("=")


BY_ID = ("/api/jobs?partial=true&search=x", "/api/jobs/export")  # which have no other order


@pytest.mark.parametrize(("path", "sort"), [*product(["/api/jobs"], vocabulary.SORTS), *product(BY_ID, ["id", "-id"])])
async def test_a_forged_cursor_is_a_400_that_names_the_field(
    door: Door, utils: WorkerUtils, path: str, sort: str
) -> None:
    await utils.add_job("x")
    times = [
        "2026-13-01 00:00:00+00", "2026-02-30 00:00:00+00", "2026-01-01 25:00:00+00", "999999-01-01 00:00:00+00", "9999-01-01 00:00:00 BC+00",
        "2026-01-01 00:00:00+99", "2026-01-01 00:00:00+1:2:3:4", "4800-01-01 00:00:00+00 BC", "2026-01-01 00:61:00+00", "0000-01-01 00:00:00+00",
    ]  # fmt: skip
    numbers = ["9999999999999999999", "-9999999999999999999", "1e3", "", "0x1", "--1", "٣"]
    odd: list[list[Any]] = [
        [],
        ["next"],
        ["next", 1, 1],
        ["up", "1", 1],
        ["next", "1", 2**63],
        ["next", "1", True],
        ["next", None, 1],
    ]
    keys = times if sort.endswith(("run_at", "created_at")) else numbers
    for values in [*odd, *(["next", key, 1] for key in keys), *(["prev", key, 1] for key in keys)]:
        joined = f"{path}{'&' if '?' in path else '?'}sort={quote(sort)}&cursor={forged(sort, *values)}"
        answer = await door.get(joined)
        assert (answer.status_code, answer.json()["field"]) == (400, "cursor"), (values, answer.text)
