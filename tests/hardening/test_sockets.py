"""Holes 1, 3, 4 and 11: what one socket without credentials may cost, and who is answered meanwhile."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator

import asyncpg
import httpx
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.server.http import protocol
from graphile_worker.admin.server.limits.connections import SOURCE_REQUESTS_MAX
from graphile_worker.admin.server.process import serve as server
from tests.hardening.process import SECRET, Admin, Sockets, admin, answer
from tests.hardening.volume import volume
from tests.server.listening import served

Record = Callable[[str, object], None]
TINY = b"GET / HTTP/1.1\r\nHost:x\r\n\r\n"  # a wrong Host: refused before credentials are looked at
MEGABYTE = 1 << 20
BASIC = ("admin", SECRET)
LOGIN = b"Authorization: Basic %s\r\n" % base64.b64encode(":".join(BASIC).encode())


@pytest.fixture
def running(dsn: str) -> Iterator[Admin]:
    with admin(dsn) as one:
        assert httpx.get(f"{one.url}/readyz").status_code == 200
        yield one


def flood(port: int, data: bytes, total: int) -> int:
    """Sends `data` again and again and reads nothing; returns how many bytes went out before the server cut it off or took no more."""
    with socket.create_connection(("127.0.0.1", port)) as one:
        one.settimeout(3)
        sent = 0
        with contextlib.suppress(OSError):
            while sent < total:
                sent += one.send(data)
        return sent


def test_requests_that_nobody_reads_the_answers_of_cost_no_memory(running: Admin, record_property: Record) -> None:
    before, count = running.memory(), 390_000
    sent = flood(running.port, TINY * 1000, len(TINY) * count)
    threads = [
        threading.Thread(target=flood, args=(running.port, TINY * 1000, len(TINY) * 20_000))
        for _ in range(volume(20, 200))
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    grown = running.memory() - before
    assert sent < len(TINY) * count
    assert grown < 5 * MEGABYTE * volume(1, 2)
    assert httpx.get(f"{running.url}/healthz").status_code == 200
    assert running.stop() == 0
    record_property("figures", f"pipelines of {count} unread requests: memory +{grown / MEGABYTE:.1f} MB")


async def test_a_few_pipelined_requests_are_answered_in_order(running: Admin) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    async with Sockets(running.port) as sockets:
        reader, _ = await sockets.open(request * 5 + last)
        assert (await answer(reader)).count(b"HTTP/1.1 200 OK") == 6


async def csrf(running: Admin) -> str:
    async with httpx.AsyncClient(auth=BASIC) as client:
        return str((await client.get(f"{running.url}/api/session")).json()["csrf_token"])


async def test_trailers_are_no_headers(running: Admin) -> None:
    """Neither credentials nor the CSRF token count when they come after the body."""
    token = b"x-graphile-worker-admin-csrf: %s\r\n" % (await csrf(running)).encode()
    body = b'{"identifier":"smuggled"}'
    head = (
        b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n"
    )
    chunk = b"%x\r\n%s\r\n0\r\n" % (len(body), body)
    async with Sockets(running.port) as sockets:
        for early, late, expected in ((b"", LOGIN + token, 401), (LOGIN, token, 403)):
            reader, _ = await sockets.open(head + early + b"\r\n" + chunk + late + b"\r\n")
            assert (await answer(reader)).startswith(b"HTTP/1.1 %d" % expected)
    async with httpx.AsyncClient(auth=BASIC) as client:
        assert (await client.get(f"{running.url}/api/overview")).json()["stats"]["total"] == 0


@pytest.mark.parametrize("shape", ["many trailers", "one endless trailer", "chunk extensions"])
async def test_the_framing_of_a_body_is_bounded(running: Admin, shape: str) -> None:
    before = running.memory()
    head = (
        b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
    )
    first, more = {
        "many trailers": (b"0\r\n", b"x-trailer-name: %s\r\n" % (b"y" * 100) * 1000),
        "one endless trailer": (b"0\r\nx: ", b"y" * 100_000),
        "chunk extensions": (b"1;", b"a=b;" * 25_000),
    }[shape]
    sent = 0
    async with Sockets(running.port) as sockets:
        reader, writer = await sockets.open(head + first)
        with contextlib.suppress(ConnectionError):
            while sent < 100 * MEGABYTE:
                writer.write(more)
                await writer.drain()
                sent += len(more)
    assert sent < 20 * MEGABYTE  # the buffers of the kernel included
    assert running.memory() - before < 5 * MEGABYTE


async def people(running: Admin, count: int) -> list[float]:
    """Seconds of requests as people and probes make them; each must be answered 200."""
    seconds = []
    async with httpx.AsyncClient(auth=BASIC, timeout=20) as client:
        for n in range(count):
            path = ("/healthz", "/readyz", "/api/session", "/")[n % 4]
            begun = time.perf_counter()
            found = await client.get(f"{running.url}{path}", headers={"connection": "close"} if n % 2 else {})
            seconds.append(time.perf_counter() - begun)
            assert found.status_code == 200, (path, found.text[:200])
    return seconds


@pytest.mark.parametrize("kind", ["silent", "slow", "streams", "idle"])
async def test_people_are_answered_beside_sockets_that_do_nothing(
    running: Admin, record_property: Record, kind: str
) -> None:
    first = {
        "silent": b"",
        "slow": b"GET / HTTP/1.1\r\nHost: local",
        "streams": b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n" + LOGIN + b"\r\n",
        "idle": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    }[kind]
    count = volume(120, 220)
    async with Sockets(running.port) as sockets:
        readers = [(await sockets.open(first))[0] for _ in range(count)]
        await asyncio.sleep(0.5)
        seconds = await people(running, volume(40, 200))
        if kind == "streams":
            begun = [await asyncio.wait_for(reader.read(2000), 10) for reader in readers]
            refused = [json.loads(one.partition(b"\r\n\r\n")[2]) for one in begun if one.startswith(b"HTTP/1.1 503")]
            assert len(refused) >= count - 100 and {one["code"] for one in refused} == {"busy"}
    p95 = statistics.quantiles(seconds, n=20)[-1]
    record_property("figures", f"{count} {kind} sockets: p95 {p95 * 1000:.0f} ms")
    assert volume(True, p95 < 0.3)


async def test_the_longest_idle_socket_makes_room_for_a_new_one(dsn: str) -> None:
    """300 descriptors leave room for 200 sockets."""
    with admin(dsn, descriptors=300) as running:
        async with Sockets(running.port) as sockets:
            readers = [(await sockets.open())[0] for _ in range(210)]
            async with asyncio.timeout(9):  # before the deadline of the headers closes them all
                closed = [await answer(reader) for reader in readers[:10]]
            assert closed == [b""] * 10
            assert len(await people(running, 8)) == 8
            assert not readers[-1].at_eof()


async def test_sigterm_is_obeyed_whatever_hangs_on_the_sockets(dsn: str) -> None:
    stream = b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n" + LOGIN + b"\r\n"
    body = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
    with admin(dsn) as running:
        async with Sockets(running.port) as sockets:
            for first in (b"", b"GET / HT", stream, body, TINY * 5):
                for _ in range(5):
                    await sockets.open(first)
            await asyncio.sleep(0.3)
            begun = time.monotonic()
            assert await asyncio.to_thread(running.stop) == 0
            assert time.monotonic() - begun < 10
    assert "Traceback" not in "".join(running.errors)


async def test_nonsense_makes_one_log_line_of_a_kind(dsn: str) -> None:
    upgrade = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
    with admin(dsn) as running:
        async with Sockets(running.port) as sockets:
            for n in range(60):
                reader, _ = await sockets.open(b"NONSENSE %d\r\n\r\n" % n)
                assert (await answer(reader)).startswith(b"HTTP/1.1 400")
                reader, _ = await sockets.open(upgrade)
                assert await asyncio.wait_for(reader.read(100), 5)
        running.stop()
    assert len(running.errors) <= 4, running.errors


async def test_too_many_requests_are_refused_in_json_and_probes_are_answered(
    dsn: str,
) -> None:
    """One source has as many requests in progress as it may have: their bodies do not come."""
    with admin(dsn, descriptors=1024) as running:
        token = b"x-graphile-worker-admin-csrf: %s\r\n" % (await csrf(running)).encode()
        head = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + LOGIN + token
        body = head + b"Content-Length: 100\r\n\r\n{"
        async with Sockets(running.port) as sockets:
            for _ in range(SOURCE_REQUESTS_MAX):
                await sockets.open(body)
            async with httpx.AsyncClient(auth=BASIC, timeout=10) as client:
                for _ in range(100):  # until the server has read the last head
                    refused = await client.get(f"{running.url}/api/session")
                    if refused.status_code != 200:
                        break
                    await asyncio.sleep(0.1)
                assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
                assert refused.headers["retry-after"] == "2" and refused.headers["x-frame-options"] == "DENY"
                assert refused.headers["cache-control"] == "no-store"
                assert (await client.get(f"{running.url}/healthz")).status_code == 200
                assert (await client.get(f"{running.url}/readyz")).status_code == 200


async def test_an_answer_that_is_not_read_is_cut_off(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "UNREAD_SECONDS", 0.5)
    for n in range(40):
        await utils.add_job("long", {"text": "x" * 500_000, "n": n})
    async with served(utils) as url:
        async with Sockets(int(url.rpartition(":")[2])) as sockets:
            reader, writer = await sockets.open(b"GET /api/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n")
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.sleep(2)
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            head, _, body = (await answer(reader)).partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    assert length is not None and len(body) < int(length[1])


async def test_a_request_that_the_stopping_server_cancels_is_answered_in_json(dsn: str) -> None:
    """It waits for a row lock longer than the server waits for it."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select graphile_worker.add_job('x')")
        await connection.execute("begin; lock table graphile_worker._private_jobs in access exclusive mode")
        with admin(dsn) as running:
            async with httpx.AsyncClient(auth=BASIC, timeout=20) as client:
                asked = asyncio.create_task(client.get(f"{running.url}/api/jobs/export"))
                await asyncio.sleep(0.8)
                code = await asyncio.to_thread(running.stop)
                answer_ = await asked
            assert code == 0
            assert answer_.status_code == 503 and answer_.json()["code"] in ("shutting_down", "busy")
            assert answer_.headers["x-content-type-options"] == "nosniff"
        assert "Traceback" not in "".join(running.errors)
    finally:
        await connection.close()


async def test_a_request_that_outlasts_the_grace_of_a_stopping_server_is_answered_shutting_down(
    dsn: str, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits a second for a lock, and the server stops after a fifth of one."""
    monkeypatch.setattr(server, "SHUTDOWN_SECONDS", 0.2)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("begin; lock table graphile_worker._private_jobs in access exclusive mode")
        async with httpx.AsyncClient(timeout=20) as client:
            async with served(utils) as url:
                asked = asyncio.create_task(client.get(f"{url}/api/jobs"))
                await asyncio.sleep(0.2)
            refused = await asked
        assert (refused.status_code, refused.json()["code"]) == (503, "shutting_down")
        assert refused.headers["x-content-type-options"] == "nosniff"
    finally:
        await connection.close()
