"""Callers of a pool that cannot connect: each gets an error of its own, soon, whatever was raised."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any

import asyncpg
import pytest

from graphile_worker.conninfo import resolve
from graphile_worker.core.database import connection_queue, transactions
from graphile_worker.core.database.connection_queue import ConnectionQueue
from graphile_worker.core.database.transactions import Database, connect
from graphile_worker.core.exceptions import DatabaseUnavailable, GraphileWorkerError, InvalidInput, PermissionDenied
from tests.hardening.proxy import Proxy, proxied
from tests.support.fake_postgres import error, fake_postgres, saying, silent

SECONDS = 30.0


async def failing(dsn: str, error: BaseException, **more: Any) -> ConnectionQueue:
    """A queue of a pool whose attempts raise this."""

    async def refuse(*_: Any, **__: Any) -> Any:
        raise error

    return ConnectionQueue(await asyncpg.create_pool(dsn, min_size=0, connect=refuse, **more))


def depth(error: BaseException) -> int:
    """Frames of a traceback."""
    frames, one = 0, error.__traceback__
    while one is not None:
        frames, one = frames + 1, one.tb_next
    return frames


@pytest.mark.parametrize(
    "raised",
    [InvalidInput("database-url", "names no service"), PermissionDenied("no password"), OSError("gone"), KeyError("x")],
    ids=lambda one: type(one).__name__,
)
async def test_every_caller_gets_an_error_of_its_own(raised: Exception, dsn: str) -> None:
    queue = await failing(dsn, raised)
    found: list[BaseException] = []
    for _ in range(3):
        answers = await asyncio.gather(*(queue.acquire() for _ in range(4)), return_exceptions=True)
        found += [one for one in answers if isinstance(one, BaseException)]
    assert len({id(one) for one in found}) == len(found) == 12
    assert len({(type(one), str(one)) for one in found}) == 1 and isinstance(found[0], GraphileWorkerError)
    assert max(map(depth, found)) <= 3  # not the frames of other callers
    queue.pool.terminate()


@pytest.mark.parametrize("timeout", [None, SECONDS])
@pytest.mark.parametrize("raised", [ssl.SSLError("made by Python"), ssl.SSLError(), asyncio.CancelledError()], ids=repr)
async def test_callers_are_told_whatever_an_attempt_raises(
    raised: BaseException, timeout: float | None, dsn: str
) -> None:
    queue = await failing(dsn, raised)
    async with asyncio.timeout(SECONDS / 2):
        with pytest.raises(DatabaseUnavailable):
            await queue.acquire(timeout)
    queue.pool.terminate()


async def test_callers_are_told_where_the_error_cannot_be_translated(
    dsn: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: BaseException) -> GraphileWorkerError:
        raise AttributeError("reason")

    monkeypatch.setattr(connection_queue, "at_connect", broken)
    queue = await failing(dsn, OSError("geheim99"))
    for timeout in (None, SECONDS):
        async with asyncio.timeout(SECONDS / 2):
            with pytest.raises(DatabaseUnavailable, match="could not be reached"):
                await queue.acquire(timeout)
    assert "AttributeError" in caplog.text and "geheim99" not in caplog.text
    queue.pool.terminate()


async def test_a_connection_that_is_held_for_long_is_not_waited_for(dsn: str) -> None:
    """As the listener's. One that was lent for a statement is: it comes back soon."""
    async with proxied(dsn) as proxy:
        pool = await connect(proxy.dsn, max_connections=4)
        queue = Database(pool).connections
        listening = await queue.acquire(lasting=True)
        proxy.fault = "refuse"
        async with asyncio.timeout(SECONDS / 2):
            for _ in range(3):
                with pytest.raises(DatabaseUnavailable):
                    await queue.acquire(None)
        await _statement_is_waited_for(queue, proxy)
        await queue.release(listening)
        pool.terminate()


async def _statement_is_waited_for(queue: ConnectionQueue, proxy: Proxy) -> None:
    proxy.fault = None
    lent = None
    async with asyncio.timeout(SECONDS):
        while lent is None:  # the next attempt is not made at once
            with contextlib.suppress(DatabaseUnavailable):
                lent = await queue.acquire(SECONDS)
    proxy.fault = "refuse"
    waiting = asyncio.create_task(queue.acquire(SECONDS))
    async with asyncio.timeout(SECONDS):
        while not queue._failures:
            await asyncio.sleep(0.01)
    assert not waiting.done()
    await queue.release(lent)
    await queue.release(await waiting)


async def test_an_attempt_ends_where_the_address_asks_for_no_limit(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and never answers does not hold the attempts of a pool for ever."""
    monkeypatch.setattr(transactions, "NO_LIMIT_SECONDS", 0.5)
    async with fake_postgres(silent) as fake:
        assert resolve(fake.dsn + "?connect_timeout=0", {}).connect_timeout == 0
        pool = await connect(fake.dsn + "?connect_timeout=0", max_connections=1)
        queue = Database(pool).connections
        async with asyncio.timeout(SECONDS):
            with pytest.raises(DatabaseUnavailable):
                await queue.acquire(None)
            fake.answer = saying(error("57P03", "the database system is starting up"))
            found = ""
            while "starting up" not in found:
                with pytest.raises(DatabaseUnavailable) as raised:
                    await queue.acquire()
                found = raised.value.message
        pool.terminate()
