"""Holes 7, 8, 11 and 12 of the attack report: reads are bounded in bytes and places, and end with their clients."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.server.http.disconnect import CancelOnDisconnect
from graphile_worker.admin.server.limits import admission
from graphile_worker.admin.server.live.shared_reads import SharedReads
from graphile_worker.core.database.transactions import connect
from graphile_worker.core.exceptions import PoolBusy
from tests.hardening.process import SECRET, Sockets, admin
from tests.hardening.volume import volume
from tests.server.conftest import Door
from tests.server.listening import served
from tests.support.table import Table

MEGABYTE = 1 << 20
BASIC = ("admin", SECRET)
RUNNING = (
    "select count(*) from pg_stat_activity where state = 'active' and datname = current_database()"
    " and pid <> pg_backend_pid() and application_name like 'graphile-worker%'"
)


async def big(utils: WorkerUtils, jobs: int, size: int) -> None:
    """Jobs whose payloads do not compress."""
    await utils.add_jobs([])
    for n in range(jobs):
        await utils.add_job(f"big{n}", {"n": n})
    text = "(select string_agg(md5(random()::text), '') from generate_series(1, $1::int / 32))"
    await Table.of(utils).run(f"update {{s}}._private_jobs set payload = json_build_object('t', {text})", size)


async def test_a_list_holds_16_mebibytes_and_names_what_it_leaves_out(door: Door, utils: WorkerUtils) -> None:
    await utils.add_job("small", {"n": 1})
    await big(utils, 12, 2_000_000)
    await Table.of(utils).run(
        "update {s}._private_jobs set payload = '{\"n\": 2}', last_error = repeat('e', 3000000) where id = 13"
    )
    answer = await door.get("/api/jobs")
    page = answer.json()
    assert len(page["jobs"]) == 13 and len(answer.content) < 18 * MEGABYTE
    omitted = [job["id"] for job in page["jobs"] if job["payload"] is None]
    assert page["omitted"] == omitted and 13 in omitted and 3 <= len(omitted) <= 6
    assert all(job["last_error"] is None for job in page["jobs"] if job["id"] in omitted)
    one = (await door.get(f"/api/jobs/{omitted[0]}")).json()
    assert len(one["payload"]["t"]) > 1_900_000
    assert "omitted" not in (await door.get("/api/jobs?limit=2")).json()
    assert "omitted" not in (await door.get("/api/jobs?payload=preview")).json()


async def test_a_search_shares_the_bytes_among_its_slices(
    door: Door, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphile_worker.admin.api.jobs.search.FIRST_WINDOW", 2)
    await big(utils, 12, 2_000_000)
    answer = await door.get("/api/jobs?partial=true&search=big")
    page = answer.json()
    while page["partial"]:
        page = (await door.get(f"/api/jobs?partial=true&search=big&cursor={page['next']}")).json()
    assert len(answer.content) < 18 * MEGABYTE


@pytest.mark.parametrize("format", ["ndjson", "csv"])
async def test_an_export_goes_on_after_large_jobs(
    door: Door, utils: WorkerUtils, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphile_worker.admin.api.jobs.export.BATCH_BYTES", 100_000)
    await big(utils, 7, 60_000)
    text = (await door.get(f"/api/jobs/export?format={format}")).text
    ids = [json.loads(line)["id"] for line in text.splitlines()] if format == "ndjson" else text.count("\r\n") - 1
    assert ids == ([1, 2, 3, 4, 5, 6, 7] if format == "ndjson" else 7)


async def test_large_jobs_cost_the_server_less_than_150_mb(dsn: str, utils: WorkerUtils, record_property: Any) -> None:
    count = volume(6, 20)
    await big(utils, count, 15_700_000)
    with admin(dsn) as running:
        peaks = {}
        async with httpx.AsyncClient(auth=BASIC, timeout=60) as client:
            for path in ("/api/jobs", "/", "/api/jobs/export", "/api/jobs/export?format=csv", "/api/jobs/1"):
                task, peak = asyncio.create_task(read_all(client, running.url + path)), 0
                while not task.done():
                    peak = max(peak, running.memory())
                    await asyncio.sleep(0.02)
                assert (await task)[0] == 200
                peaks[path] = peak // MEGABYTE
    record_property("figures", f"{count} jobs of 15.7 MB, memory of the server in MB: {peaks}")
    assert max(peaks.values()) < 150, peaks


async def read_all(client: httpx.AsyncClient, url: str) -> tuple[int, int]:
    """Status and size of an answer that is not kept."""
    async with client.stream("GET", url, headers={"accept-encoding": "identity"}) as answer:
        size = 0
        async for part in answer.aiter_raw():
            size += len(part)
        return answer.status_code, size


@asynccontextmanager
async def slow_database(utils: WorkerUtils, seconds: float = 30) -> AsyncIterator[None]:
    """Every scan of the tasks takes this long for each task."""
    table = Table.of(utils)
    await utils.add_job("slow", queue="q")
    await table.run("alter table {s}._private_tasks rename to real_tasks")
    slow = f"case when identifier = 'slow' then pg_sleep({seconds}) is not null else true end"
    await table.run("create view {s}._private_tasks as select * from {s}.real_tasks where " + slow)
    yield


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "path",
    [
        "/api/jobs",
        "/api/jobs?search=x",
        "/api/jobs?partial=true&search=x",
        "/api/jobs/1",
        "/api/tasks",
        "/api/jobs/export",
        "/",
    ],
)
async def test_the_statement_ends_with_its_only_client(path: str, utils: WorkerUtils, dsn: str) -> None:
    watching = await asyncpg.connect(dsn, server_settings={"application_name": "watching"})

    async def running() -> int:
        return int(await watching.fetchval(RUNNING))

    try:
        async with slow_database(utils), served(utils, freshness=60) as url:
            async with httpx.AsyncClient(timeout=60) as client:
                assert (await client.get(f"{url}/api/session")).status_code == 200
                asked = asyncio.create_task(client.get(url + path))
                await until(lambda: _true(running))
                if path == "/":
                    assert (await asked).status_code == 200  # the page does not wait for its rows
                asked.cancel()
                await until(lambda: _false(running), 2)
                assert (await client.get(f"{url}/api/session")).status_code == 200
    finally:
        await watching.close()


async def _true(count: Callable[[], Awaitable[int]]) -> bool:
    return await count() > 0


async def _false(count: Callable[[], Awaitable[int]]) -> bool:
    return await count() == 0


async def test_an_answer_that_somebody_else_waits_for_is_made() -> None:
    shared, begun, ended = SharedReads(), asyncio.Event(), asyncio.Event()

    async def make() -> str:
        begun.set()
        await ended.wait()
        return "made"

    first = asyncio.create_task(shared.get("key", make, 60))
    second = asyncio.create_task(shared.get("key", make, 60))
    await begun.wait()
    first.cancel()
    await asyncio.sleep(0)
    ended.set()
    assert (await second).value == "made"


async def test_the_last_one_who_leaves_ends_it_and_the_next_one_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SharedReads, "GRACE", 0.0)
    shared, begun, cancelled = SharedReads(), 0, 0

    async def make() -> str:
        nonlocal begun, cancelled
        begun += 1
        try:
            await asyncio.sleep(60 if begun == 1 else 0)
        except asyncio.CancelledError:
            cancelled += 1
            await asyncio.sleep(0.05)  # as a connection that is given back
            raise
        return "made"

    waiting = [asyncio.create_task(shared.get("key", make, 60)) for _ in range(3)]
    await asyncio.sleep(0.01)
    for one in waiting:
        one.cancel()
    await asyncio.sleep(0.01)
    assert (await shared.get("key", make, 60)).value == "made"
    assert (begun, cancelled) == (2, 1)


async def test_scans_leave_a_connection_for_everybody_else(utils: WorkerUtils, dsn: str) -> None:
    """Twenty searches take the places that there are for scans; readiness, session and the first page are answered."""
    async with slow_database(utils, 3), served(utils, freshness=0) as url, httpx.AsyncClient(timeout=60) as client:
        assert (await client.get(f"{url}/readyz")).status_code == 200
        asked = [asyncio.create_task(client.get(f"{url}/api/tasks?search={n}")) for n in range(5)]
        asked += [asyncio.create_task(client.get(f"{url}/api/jobs?queue=q{n}")) for n in range(15)]
        await asyncio.sleep(0.5)
        for path in ("/healthz", "/readyz", "/api/session"):
            begun = time.monotonic()
            answer = await client.get(url + path)
            assert answer.status_code == 200, answer.text
            assert time.monotonic() - begun < 2, path
        for one in asked:
            one.cancel()


@pytest.mark.parametrize(("size", "scans"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (20, 18)])
async def test_how_many_scans_a_pool_takes(dsn: str, size: int, scans: int) -> None:
    pool = await connect(dsn, max_connections=size)
    try:
        utils = WorkerUtils(pool)
        assert utils.database.scans._value == scans
        async with utils.database.read(scan=True):
            assert utils.database.scans._value == scans - 1
        assert utils.database.scans._value == scans
    finally:
        await pool.close()


async def test_a_scan_without_a_place_is_refused(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        await utils.database.scans.acquire()
    with monkeypatch.context() as hasty, pytest.raises(PoolBusy):
        hasty.setattr("graphile_worker.core.database.transactions.ACQUIRE_TIMEOUT", 0.05)
        async with utils.database.read(scan=True):
            pass
    async with utils.database.read() as connection:
        assert await connection.fetchval("select 1") == 1


@pytest.mark.parametrize("kind", ["search", "export"])
async def test_a_source_has_one_search_and_one_export_at_a_time(
    utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(admission, "WAIT_SECONDS", 0.3)
    path = {"search": "/api/jobs?search=nothing{}", "export": "/api/jobs/export?limit={}"}[kind]
    async with slow_database(utils, 3), served(utils) as url, httpx.AsyncClient(timeout=60) as client:
        first = asyncio.create_task(client.get(url + path.format(1)))
        await asyncio.sleep(0.3)
        second = await client.get(url + path.format(2))
        assert (second.status_code, second.json()["code"]) == (429, "too_many_requests")
        assert second.headers["retry-after"] == "2"
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        monkeypatch.setattr(admission, "WAIT_SECONDS", 10)
        third = asyncio.create_task(client.get(url + path.format(3)))
        await asyncio.sleep(0.2)
        assert not third.done()  # it has its turn
        third.cancel()


async def test_sigterm_cancels_the_statements_that_run(dsn: str, utils: WorkerUtils) -> None:
    watching = await asyncpg.connect(dsn, server_settings={"application_name": "watching"})
    try:
        with admin(dsn) as running:
            async with httpx.AsyncClient(auth=BASIC, timeout=60) as client:
                assert (await client.get(f"{running.url}/api/jobs?limit=1")).status_code == 200
                async with slow_database(utils):
                    asked = [
                        asyncio.create_task(client.get(running.url + path))
                        for path in ("/api/jobs?search=x", "/api/tasks", "/api/jobs/export", "/api/jobs/1")
                    ]
                    await until(lambda: _true(lambda: watching.fetchval(RUNNING)))
                    code = await asyncio.to_thread(running.stop, within=12)
                    assert await watching.fetchval(RUNNING) == 0
                    answers = await asyncio.gather(*asked, return_exceptions=True)
        assert code == 0 and "Traceback" not in "".join(running.errors), running.errors
        for answer in answers:
            assert isinstance(answer, httpx.Response) and answer.status_code == 503, answer
            assert answer.json()["code"] in ("shutting_down", "busy", "pool_busy", "query_timeout")
    finally:
        await watching.close()


async def test_a_page_that_is_loaded_again_finds_what_came_late() -> None:
    """Its first visit waited 0.4 s for a read of 0.6 s."""
    shared, begun = SharedReads(), 0

    async def make() -> str:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0.6)
        return "made"

    visit = asyncio.create_task(shared.get("key", make, 60))
    await asyncio.sleep(0.4)
    visit.cancel()
    await asyncio.sleep(0.3)
    assert (await shared.get("key", make, 60)).value == "made" and begun == 1


async def test_a_server_that_stops_waits_for_reads_that_are_being_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SharedReads, "GRACE", 0.0)
    shared, told = SharedReads(), False

    async def make() -> str:
        nonlocal told
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            told = True
        return "made"

    waiting = asyncio.create_task(shared.get("key", make, 60))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.sleep(0.01)
    await shared.stop()
    assert told


async def test_a_receive_that_repeats_the_body_does_not_block_the_loop() -> None:
    """As middlewares of host applications make it."""

    async def repeated() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.05)
        await send("answered")

    sent: list[str] = []

    async def send(message: str) -> None:
        sent.append(message)

    async with asyncio.timeout(5):
        await CancelOnDisconnect(app)({"type": "http", "method": "GET"}, repeated, send)  # type: ignore[arg-type]
    assert sent == ["answered"]


@pytest.mark.parametrize("form", ["text", "none"])
async def test_other_forms_of_a_list_are_bounded_too(door: Door, utils: WorkerUtils, form: str) -> None:
    for n in range(12):
        await utils.add_job(f"e{n}")
    await Table.of(utils).run("update {s}._private_jobs set last_error = repeat('e', 2000000), attempts = 25")
    answer = await door.get(f"/api/jobs?payload={form}")
    assert len(answer.content) < 18 * MEGABYTE and len(answer.json()["omitted"]) >= 3


async def test_a_burst_of_sockets_is_survived(dsn: str) -> None:
    """More than there are descriptors, all at once."""
    with admin(dsn, descriptors=300) as running:
        async with Sockets(running.port) as sockets:
            opened = [asyncio.create_task(sockets.open()) for _ in range(600)]
            await asyncio.wait(opened, timeout=10)
            for one in opened:
                one.cancel()
            async with httpx.AsyncClient(timeout=10) as client:
                assert (await client.get(f"{running.url}/healthz")).status_code == 200
        assert running.stop() == 0
    assert len(running.errors) <= 3, running.errors[:5]
