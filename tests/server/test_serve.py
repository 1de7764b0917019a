"""The server by itself: what httptools lets through and we do not, limits, start and stop."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, serve
from graphile_worker.admin.server.http import drain_body, protocol


@pytest.fixture
async def address(utils: WorkerUtils) -> AsyncIterator[tuple[str, int]]:
    """A served admin in mode none; it is stopped by cancelling it."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    config = AdminServerConfig(utils.database.pool, utils, listen_addr="127.0.0.1:0", auth=AdminAuthConfig.none())
    task = asyncio.create_task(serve(config, on_ready=ready.set_result))
    url = await asyncio.wait_for(ready, 10)
    yield "127.0.0.1", int(url.rpartition(":")[2])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def send(address: tuple[str, int], *parts: bytes, pause: float = 0) -> bytes:
    """Sends raw bytes and reads until the server closes or has answered."""
    reader, writer = await asyncio.open_connection(*address)
    for part in parts:
        writer.write(part)
        if pause:
            await asyncio.sleep(pause)
    await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (b"Host: localhost\r\n", 200),
        (b"", 400),
        (b"Host: localhost\r\nHost: localhost\r\n", 400),
        (b"Host: localhost\r\nHost: evil.test\r\n", 400),
        (b"Host: evil.test\r\n", 421),
    ],
)
async def test_exactly_one_host_header(address: tuple[str, int], hosts: bytes, expected: int) -> None:
    answer = await send(address, b"GET /api/session HTTP/1.1\r\n" + hosts + b"Connection: close\r\n\r\n")
    assert status(answer) == expected
    assert expected == 200 or b"csrf_token" not in answer


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"GET /\nHost: localhost\n\n",
        b"NONSENSE\r\n\r\n",
    ],
)
async def test_ambiguous_framing_is_refused(address: tuple[str, int], request_: bytes) -> None:
    answer = await send(address, request_)
    assert status(answer) == 400
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"\r\ncontent-type: application/json" in head
    assert json.loads(body).keys() == {"error", "code", "request_id"}


async def test_headers_without_end_are_cut_off(address: tuple[str, int]) -> None:
    parts = [b"GET / HTTP/1.1\r\nHost: localhost\r\n", *(b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(200))]
    assert status(await send(address, *parts)) in (0, 431)  # what is still sent may overtake the answer


async def test_headers_are_measured_without_the_body(address: tuple[str, int]) -> None:
    """However they are cut into pieces: 40 KB of body are no headers, 33 KB of headers are."""
    head = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 40000\r\n\r\n"
    for cut in (len(head) - 2, len(head) - 1, len(head), len(head) + 1):
        whole = head + b"x" * 40_000
        assert status(await send(address, whole[:cut], whole[cut:], pause=0.05)) == 403
    for size, expected in ((30_000, 200), (33_000, 431)):
        request = b"GET /api/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: %s\r\n\r\n" % (b"y" * size)
        assert status(await send(address, request)) == expected


async def test_a_body_that_breaks_the_rules_is_answered_once(address: tuple[str, int]) -> None:
    head = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = await send(address, head + b"zz\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1 and status(answer) in (400, 403)


@pytest.mark.parametrize("size", [70_000, 200_000])
async def test_an_address_that_is_too_long_is_told_so(address: tuple[str, int], size: int) -> None:
    """200 names of a filter may be that long."""
    answer = await send(address, b"GET /api/jobs?key=%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"k" * size))
    assert status(answer) == 431
    body = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert body["code"] == "headers_too_large" and "bulk" in body["hint"]


async def test_slow_headers_and_slow_bodies_are_cut_off(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.2)
    monkeypatch.setattr(protocol, "BODY_SECONDS", 0.2)
    assert status(await send(address, b"GET / HTTP/1.1\r\nHost: local")) == 0
    opened = (
        b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    )
    assert status(await send(address, opened)) in (0, 403)  # refused for its missing token before the body, or cut


async def test_a_refusal_arrives_while_the_body_is_still_sent(address: tuple[str, int]) -> None:
    head = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for _ in range(5):
        answer = await send(address, head + b"Content-Length: 1500000\r\nConnection: close\r\n\r\n", b"x" * 1_500_000)
        assert status(answer) == 403 and b'"code":"csrf"' in answer


@pytest.mark.parametrize(("more", "seconds"), [(b"", 0.2), (b"Expect: 100-continue\r\n", 0.0)])
async def test_a_refusal_does_not_wait_for_a_body_that_never_comes(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch, more: bytes, seconds: float
) -> None:
    monkeypatch.setattr(drain_body, "SECONDS", 0.2)
    begun = asyncio.get_running_loop().time()
    head = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nConnection: close\r\n"
    assert status(await send(address, head + more + b"\r\n")) == 403
    assert asyncio.get_running_loop().time() - begun < seconds + 1


async def test_large_answers_are_compressed(address: tuple[str, int], utils: WorkerUtils) -> None:
    await utils.add_job("long", {"text": "x" * 5000})
    head, _, body = (
        await send(
            address, b"GET /api/jobs HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
        )
    ).partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head.lower() and len(body) < 2000
    assert b"xxxxx" in gzip.decompress(body)


async def test_the_page_is_compressed_for_those_who_take_it(address: tuple[str, int]) -> None:
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: %s\r\nConnection: close\r\n\r\n"
    head, _, body = (await send(address, request % b"gzip, br")).partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head.lower() and head.lower().count(b"vary: accept-encoding") == 1
    assert b"gw-admin" in gzip.decompress(body)
    head, _, body = (await send(address, request % b"identity")).partition(b"\r\n\r\n")
    assert b"content-encoding" not in head.lower() and b"gw-admin" in body


async def test_assets_come_as_they_were_built(address: tuple[str, int]) -> None:
    for encoding, sent in ((b"br", b"br"), (b"gzip", b"gzip"), (b"br;q=0, gzip", b"gzip")):
        request = b"GET /assets/admin_ui_bg.wasm HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: %s\r\nConnection: close\r\n\r\n"
        head = (await send(address, request % encoding)).partition(b"\r\n\r\n")[0].lower()
        assert b"content-encoding: " + sent in head and b"content-type: application/wasm" in head


async def test_a_taken_port_is_an_error(address: tuple[str, int], utils: WorkerUtils) -> None:
    taken = f"{address[0]}:{address[1]}"
    with pytest.raises(OSError):
        await serve(AdminServerConfig(utils.database.pool, utils, listen_addr=taken))
