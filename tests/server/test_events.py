"""Event streams: what is told, to how many, at which cost, and how they end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from typing import Any

import asyncpg
import httpx
import pytest

from graphile_worker import JobSpec, WorkerUtils
from graphile_worker.admin.api.tables import overview
from graphile_worker.admin.server.live import event_stream, notifications, streams
from graphile_worker.admin.server.live.streams import Stream
from tests.server.conftest import Opener
from tests.server.event_streams import LISTENERS, until
from tests.server.listening import listening, served

pytestmark = pytest.mark.usefixtures("long_streams")


async def test_hello_counts_and_what_is_added(utils: WorkerUtils) -> None:
    async with served(utils) as address, listening(address) as ear:
        assert ear.answer.status_code == 200
        assert ear.answer.headers["content-type"].partition(";")[0] == "text/event-stream"
        assert ear.answer.headers["x-accel-buffering"] == "no" and ear.answer.headers["cache-control"] == "no-store"
        assert "content-encoding" not in ear.answer.headers and "content-length" not in ear.answer.headers
        assert await ear.next() == ("hello", {"listening": True})
        name, counts = await ear.next()
        assert name == "counts" and counts["stats"]["total"] == 0 and counts.keys() == {"stats", "as_of", "age_ms"}
        begun = time.monotonic()
        await utils.add_job("a")
        assert await ear.next("jobs") == ("jobs", {"added": 1})
        assert time.monotonic() - begun < 1
        while not (counts := (await ear.next("counts"))[1])["stats"]["total"]:
            pass
        assert counts["stats"]["total"] == 1 and counts["age_ms"] < 5000


async def test_a_flood_is_told_four_times_a_second_and_counted(utils: WorkerUtils) -> None:
    async with served(utils) as address, listening(address) as ear:
        await ear.next("hello")
        begun = time.monotonic()
        for _ in range(100):
            await utils.add_jobs([JobSpec("t"), JobSpec("t"), JobSpec("t")])
        added = told = 0
        while added < 300:
            added += (await ear.next("jobs"))[1]["added"]
            told += 1
        assert added == 300 and told <= 4 * (time.monotonic() - begun) + 2


@pytest.mark.parametrize(
    ("payload", "added"),
    [('{"count": 3}', 3), ('{"count": -1}', -1), ("", 1), ("[]", 1), ('{"count": true}', 1), ('{"count": "9"}', 1),
     ("[" * 7000, 1), ('{"count": 1' + "0" * 4000 + "}", 1_000_000_000)],
)  # fmt: skip
def test_anybody_may_notify_anything(payload: str, added: int) -> None:
    assert notifications._added(payload) == added


async def test_all_listeners_share_the_samples_and_one_connection(
    utils: WorkerUtils, watched: asyncpg.Connection[asyncpg.Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    scans = 0
    look = overview.snapshot

    async def counting(*given: Any) -> Any:
        nonlocal scans
        scans += 1
        return await look(*given)

    monkeypatch.setattr(overview, "snapshot", counting)
    async with served(utils, freshness=1.0) as address, contextlib.AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(listening(address)) for _ in range(10)]
        for ear in ears:
            await ear.next("counts")
        begun, scans = time.monotonic(), 0
        for n in range(3):
            await utils.add_job(f"t{n}")
            await asyncio.sleep(1.1)
        heard = [(await ear.next("counts"))[1] for ear in ears]
        assert len({counts["as_of"] for counts in heard}) == 1
        assert 1 <= scans <= time.monotonic() - begun + 1
        assert await watched.fetchval(LISTENERS) == 1


async def test_nothing_runs_when_nobody_listens(
    utils: WorkerUtils, watched: asyncpg.Connection[asyncpg.Record]
) -> None:
    async def listeners() -> Any:
        return await watched.fetchval(LISTENERS)

    before = asyncio.all_tasks()
    async with served(utils) as address:
        assert await listeners() == 0
        async with listening(address) as ear:
            await ear.next("counts")
            assert await listeners() == 1

        async def tasks() -> list[str]:
            names = {str(task.get_coro()) for task in asyncio.all_tasks() - before}
            return [
                name for name in names if "QueueStreams" in name or "JobInsertListener" in name or "Streams" in name
            ]

        await until(tasks, [], within=3)
        assert utils.database.pool.get_size() == utils.database.pool.get_idle_size()
    await until(listeners, 0)


async def test_rest_is_kept_however_many_write(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample that took 100 ms rests for two seconds: asking stays below 5 % of the time."""
    look, asked = overview.snapshot, []

    async def slow(*given: Any) -> Any:
        asked.append(time.monotonic())
        await asyncio.sleep(0.1)
        return await look(*given)

    monkeypatch.setattr(overview, "snapshot", slow)
    async with served(utils) as address, listening(address) as ear:
        for n in range(1, 4):
            await utils.add_job(f"t{n}")
            while (await ear.next("counts"))[1]["stats"]["total"] < n:
                pass
    pauses = [after - before for before, after in zip(asked, asked[1:], strict=False)]
    assert pauses and min(pauses) >= 2


async def test_a_client_that_goes_is_noticed_and_the_hundred_and_first_refused(
    utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "STREAMS_MAX", 3)
    async with served(utils) as address, contextlib.AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(listening(address)) for _ in range(3)]
        for ear in ears:
            await ear.next("hello")
        async with httpx.AsyncClient() as client:
            refused = await client.get(f"{address}/api/events")
            assert (refused.status_code, refused.json()["code"]) == (503, "busy") and "3 event" in refused.text
            assert refused.headers["retry-after"]
            await ears[0].answer.aclose()

            async def again() -> int:
                async with client.stream("GET", f"{address}/api/events") as answer:
                    return answer.status_code

            await until(again, 200, within=3)


@pytest.mark.long
async def test_a_hundred_streams_leave_room_for_the_rest(utils: WorkerUtils) -> None:
    assert streams.STREAMS_MAX == 100
    async with served(utils) as address, contextlib.AsyncExitStack() as stack:
        for _ in range(100):
            await stack.enter_async_context(listening(address))
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{address}/api/events")).status_code == 503
            assert (await client.get(f"{address}/api/overview")).status_code == 200


def test_a_slow_client_costs_what_a_fast_one_costs() -> None:
    async def run() -> str:
        stream = Stream()
        stream.listening_changed(True)
        for _ in range(100_000):
            stream.jobs_added(7)
        return stream.take()

    text = asyncio.run(run())
    assert text.count("event:") == 2 and '{"added": 700000}' in text


async def test_who_does_not_read_is_given_up(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "SEND_SECONDS", 0.5)
    monkeypatch.setattr(event_stream, "WRITE_INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr(Stream, "take", lambda self: f": {'x' * 65536}\n\n")  # as fast as it goes
    monkeypatch.setattr(streams, "PING_SECONDS", 0.0)
    async with served(utils) as address:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.setblocking(False)
            port = int(address.rstrip("/").rpartition(":")[2])
            await asyncio.get_running_loop().sock_connect(deaf, ("127.0.0.1", port))
            await asyncio.get_running_loop().sock_sendall(deaf, b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")

            async def sampling() -> bool:
                return any("QueueStreams._sample" in str(task.get_coro()) for task in asyncio.all_tasks())

            await until(sampling, True)
            await until(sampling, False, within=30)


async def test_pings_and_the_end_of_a_life(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PING_SECONDS", 0.1)
    monkeypatch.setattr(streams, "LIFETIME_SECONDS", 2.0)
    begun = time.monotonic()
    async with served(utils) as address, listening(address) as ear:
        assert (await ear.next("end"))[0] == "end"
        assert ear.pings >= 3 and 1.5 < time.monotonic() - begun < 10


async def test_a_stopping_server_ends_streams_at_once(utils: WorkerUtils) -> None:
    async with contextlib.AsyncExitStack() as stack:
        async with served(utils) as address:
            ear = await stack.enter_async_context(listening(address))
            await ear.next("counts")
            begun = time.monotonic()
        assert (await ear.next("end"))[0] == "end"
        assert time.monotonic() - begun < 2
    assert utils.database.pool.get_size() == utils.database.pool.get_idle_size()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_host_application_stops_at_once_too(dsn: str, number: signal.Signals) -> None:
    """uvicorn around an application with the admin in it waits for answers to end, and tells nobody that it does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = (
        "import asyncpg, os, uvicorn\n"
        "from graphile_worker import JobSpec, WorkerUtils\n"
        "from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app\n"
        "async def config():\n"
        "    pool = await asyncpg.create_pool(os.environ['DATABASE_URL'], min_size=0)\n"
        "    return AdminServerConfig(pool, WorkerUtils(pool), auth=AdminAuthConfig.none())\n"
        f"uvicorn.run(create_app(config), host='127.0.0.1', port={port}, log_level='error')\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, env=os.environ | {"DATABASE_URL": dsn})
    try:
        async with httpx.AsyncClient() as client:
            for _ in range(300):
                with contextlib.suppress(httpx.TransportError):
                    await client.get(f"http://127.0.0.1:{port}/healthz")
                    break
                await asyncio.sleep(0.1)
        async with listening(f"http://127.0.0.1:{port}") as ear:
            await ear.next("counts")
            begun = time.monotonic()
            process.send_signal(number)
            assert (await ear.next("end"))[0] == "end"
        await asyncio.wait_for(process.wait(), 10)
        assert time.monotonic() - begun < 5
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_guards_and_parameters(open_door: Opener) -> None:
    door = open_door("host")
    assert (await door.client.get("/api/events")).status_code == 401
    refused = await door.client.get("/api/events", headers={"x-user": "ada:add"})
    assert (refused.status_code, refused.json()["code"]) == (403, "right_missing")
    assert (await door.get("/api/events?since=1")).status_code == 400
    head = await door.client.head("/api/events", headers=door.headers)
    assert (head.status_code, head.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")
