"""Several requests on one connection, of which one goes wrong: the others keep their own answers."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.server.live import streams
from graphile_worker.admin.server.live.streams import Streams
from tests.hardening.process import Sockets, answer
from tests.hardening.raw import responses
from tests.server.listening import served

HEAD = b" HTTP/1.1\r\nHost: localhost\r\n"
SLOW = b"GET /api/overview" + HEAD + b"\r\n"  # waits for the database while `locked`
PROBE = b"GET /healthz" + HEAD + b"\r\n"


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.mark.parametrize(
    "second",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 40_000 + b"\r\n\r\n",
        b"GET http:/x" + HEAD + b"\r\n",
        b"POST /api/jobs" + HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["malformed", "headers too large", "malformed address", "malformed body"],
)
async def test_a_request_keeps_its_answer_when_the_next_one_is_malformed(
    dsn: str, utils: WorkerUtils, second: bytes
) -> None:
    """The first one waits for a lock when the second arrives."""
    locker = await asyncpg.connect(dsn)
    try:
        await locker.execute("begin; lock table graphile_worker._private_jobs in access exclusive mode")
        async with served(utils) as url, Sockets(port_of(url)) as sockets:
            reader, writer = await sockets.open(SLOW)
            await asyncio.sleep(0.2)
            writer.write(second)
            await asyncio.sleep(0.3)
            await locker.execute("rollback")
            found = list(responses(await answer(reader)))
        assert [one.status for one in found] == [200]
        assert b'"stats"' in found[0].body
    finally:
        await locker.close()


async def test_a_stream_ends_with_its_connection_though_a_request_waits_behind_it(
    utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody reads from the connection then, and a ping finds that it is closed."""
    monkeypatch.setattr(streams, "PING_SECONDS", 0.3)
    known: list[Streams] = []
    watch = Streams.watch
    monkeypatch.setattr(Streams, "watch", lambda self: known.append(self) or watch(self))  # type: ignore[func-returns-value]
    async with served(utils) as url:
        async with Sockets(port_of(url)) as sockets:
            reader, _ = await sockets.open(b"GET /api/events" + HEAD + b"\r\n" + PROBE)
            assert b"hello" in await asyncio.wait_for(reader.readuntil(b"hello"), 10)
            assert known[0].count == 1
        async with asyncio.timeout(5):
            while known[0].count:
                await asyncio.sleep(0.05)


async def test_a_connection_is_closed_after_a_request_for_an_upgrade(utils: WorkerUtils) -> None:
    """The parser understands nothing behind it: a proxy must not use such a connection for the next client."""
    async with served(utils) as url, Sockets(port_of(url)) as sockets:
        reader, _ = await sockets.open(b"GET /healthz" + HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        (found,) = responses(await answer(reader, within=5))
    assert (found.status, found.headers["connection"]) == (200, "close")


@pytest.mark.parametrize("version", [b"", b" HTTP/0.9", b" HTTP/2.0"])
async def test_other_versions_are_refused(utils: WorkerUtils, version: bytes) -> None:
    async with served(utils) as url, Sockets(port_of(url)) as sockets:
        reader, _ = await sockets.open(b"GET /healthz" + version + b"\r\nHost: localhost\r\n\r\n")
        (found,) = responses(await answer(reader, within=5))
    assert found.status == 400
