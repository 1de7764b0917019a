"""Case 12 and its kind: databases that take longer to accept a connection than a reader waits.

One that sleeps, one far away, one behind a delay; at the start and again after the idle connections were closed; in a pool
of ours and in a plain one of the application's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import asyncpg
import httpx
import pytest

from graphile_worker.core.database import connection_queue
from graphile_worker.core.database.transactions import Database, Pool, connect
from graphile_worker.core.exceptions import DatabaseUnavailable, GraphileWorkerError, PoolBusy
from graphile_worker.worker_utils import WorkerUtils
from tests.cli.support import Program, rows
from tests.cli.test_admin import admin, lines
from tests.hardening.proxy import Proxy, proxied
from tests.server.listening import served
from tests.support.fake_postgres import error, fake_postgres, saying, silent

SECONDS = 30.0  # within which everything must have come back
WAKE_SECONDS = 3.0  # longer than ACQUIRE_TIMEOUT
IDLE_SECONDS = 0.3  # until an idle connection is closed, in place of 300
Open = Callable[[str], Awaitable[Pool]]


@pytest.fixture
async def sleepy(dsn: str) -> AsyncIterator[Proxy]:
    """A way to the database that takes its time."""
    async with proxied(dsn) as proxy:
        proxy.wake_seconds = WAKE_SECONDS
        yield proxy


async def plain(dsn: str) -> Pool:
    """A pool as an application has one; its idle connections are closed soon."""
    return await asyncpg.create_pool(dsn, min_size=0, max_size=4, max_inactive_connection_lifetime=IDLE_SECONDS)


async def until(answers: Callable[[], Awaitable[bool]]) -> int:
    """How often it was asked in vain before it answered."""
    asked = 0
    async with asyncio.timeout(SECONDS):
        while not await answers():
            asked += 1
    return asked


def reading(database: Database) -> Callable[[], Coroutine[Any, Any, bool]]:
    """A reader, who is told where the database does not answer."""

    async def read() -> bool:
        try:
            async with database.read() as connection:
                return bool(await connection.fetchval("select true"))
        except DatabaseUnavailable:
            return False

    return read


@pytest.mark.parametrize("open_pool", [connect, plain], ids=["ours", "plain"])
async def test_the_first_answer_comes_late_and_all_others_at_once(open_pool: Open, sleepy: Proxy) -> None:
    pool = await open_pool(sleepy.dsn)
    database = Database(pool)
    assert await until(reading(database)) == 1
    assert await until(reading(database)) == 0
    assert sleepy.opened == 1  # the second caller got what the first one had asked for
    pool.terminate()


async def test_it_holds_after_the_idle_connections_were_closed(sleepy: Proxy) -> None:
    pool = await plain(sleepy.dsn)
    database = Database(pool)
    for _ in range(2):
        await until(reading(database))
        async with asyncio.timeout(SECONDS):
            while pool.get_size():
                await asyncio.sleep(0.05)
    assert sleepy.opened == 2
    pool.terminate()


@pytest.mark.parametrize("path", ["/api/jobs", "/api/overview", "/api/session", "/readyz", "/metrics", "/"])
async def test_every_route_comes_back(path: str, sleepy: Proxy) -> None:
    pool = await connect(sleepy.dsn)
    seen: list[int] = []
    async with served(WorkerUtils(pool)) as address, httpx.AsyncClient(base_url=address, timeout=SECONDS) as client:
        assert (await client.get("/healthz")).status_code == 200

        async def answers() -> bool:
            answer = await client.get(path)
            seen.append(answer.status_code)
            away = path == "/api/session" and answer.json()["database"] is None
            return answer.status_code == 200 and not away and "graphile_worker_up 0" not in answer.text

        await until(answers)
        assert (await client.get(path)).status_code == 200
    assert set(seen) <= {200, 503}
    pool.terminate()


async def test_many_callers_open_no_more_connections_than_the_pool_may_have(sleepy: Proxy) -> None:
    pool = await connect(sleepy.dsn, max_connections=3)
    database = Database(pool)
    read = reading(database)
    assert await asyncio.gather(*(read() for _ in range(30))) == [False] * 30
    assert await asyncio.gather(*(read() for _ in range(30))) == [True] * 30
    assert sleepy.opened == 3
    pool.terminate()


async def test_a_caller_gets_a_connection_that_becomes_free_while_another_one_is_still_opened(
    dsn: str, sleepy: Proxy
) -> None:
    """Its own attempt hangs; what others give back, or have given back, is as good."""
    sleepy.wake_seconds = 0.0
    pool = await connect(sleepy.dsn, max_connections=2)
    database = Database(pool)
    connections = database.connections
    first = await connections.acquire()
    sleepy.wake_seconds = SECONDS
    waiting = asyncio.create_task(connections.acquire(SECONDS))
    async with asyncio.timeout(SECONDS):
        while sleepy.opened < 2:
            await asyncio.sleep(0.01)
    await connections.release(first)
    async with asyncio.timeout(SECONDS):
        second = await waiting
    assert sleepy.opened == 2
    await connections.release(second)
    assert await until(reading(database)) == 0
    pool.terminate()


async def cancel_after(passes: int, tasks: list[asyncio.Task[bool]]) -> None:
    """Cancels tasks after so many passes of the loop."""
    for _ in range(passes):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()


async def test_callers_that_are_cancelled_leave_no_connection_behind(dsn: str) -> None:
    pool = await connect(dsn, max_connections=3)
    database = Database(pool)
    read = reading(database)
    await asyncio.gather(*(read() for _ in range(8)))  # the connections are there
    for pause in range(40):
        readers: list[asyncio.Task[bool]] = []
        cancelling = asyncio.create_task(cancel_after(pause, readers))  # in each pass of the loop it runs before them
        readers += [asyncio.create_task(read()) for _ in range(8)]
        await cancelling
        await asyncio.gather(*readers, return_exceptions=True)
    async with asyncio.timeout(SECONDS):
        while pool.get_size() != pool.get_idle_size():
            await asyncio.sleep(0.01)
    assert await asyncio.gather(*(read() for _ in range(6))) == [True] * 6
    pool.terminate()


async def test_a_pool_whose_connections_are_all_in_use_is_busy(dsn: str) -> None:
    pool = await connect(dsn, max_connections=2)
    database = Database(pool)
    held = [await pool.acquire(), await pool.acquire()]  # by the application, which shares the pool
    with pytest.raises(PoolBusy):
        await database.connections.acquire(0.2)
    late = asyncio.create_task(database.connections.acquire(SECONDS))
    await asyncio.sleep(0)
    await pool.release(held[0])
    async with asyncio.timeout(SECONDS):
        await database.connections.release(await late)
    await pool.release(held[1])
    assert (pool.get_size(), pool.get_idle_size()) == (2, 2)
    await asyncio.wait_for(pool.close(), SECONDS)


async def test_attempts_that_fail_are_made_less_and_less_often() -> None:
    """Callers that come without a pause do not become attempts without a pause."""
    loop = asyncio.get_running_loop()
    async with fake_postgres(saying(error("57P03", "the database system is starting up"))) as fake:
        pool = await connect(fake.dsn)
        database, begun = Database(pool), loop.time()
        while fake.asked < 6:
            assert await reading(database)() is False
            await asyncio.sleep(0)
        took = loop.time() - begun
        pool.terminate()
    assert took >= sum(min(connection_queue.BACKOFF_MIN * 2**n, connection_queue.BACKOFF_MAX) / 2 for n in range(5))


async def test_a_server_that_never_answers_is_asked_once_per_connection() -> None:
    async with fake_postgres(silent) as fake:
        pool = await connect(fake.dsn, max_connections=2)
        read = reading(Database(pool))
        for _ in range(2):
            assert await asyncio.gather(*(read() for _ in range(10))) == [False] * 10
        assert fake.asked == 2
        pool.terminate()


async def test_a_limit_below_the_pool_s_own_refuses_nobody(dsn: str) -> None:
    """Connections that the server refuses are missing; those that it gave serve all."""
    await rows(dsn, "drop role if exists two")
    await rows(dsn, "create role two superuser login password 'geheim99' connection limit 2")
    try:
        await rows(dsn, "alter role two nosuperuser")
        pool = await connect("postgresql://two:geheim99@" + dsn.rpartition("@")[2], max_connections=6)
        database = Database(pool)

        async def read() -> bool:
            async with database.read() as connection:
                return bool(await connection.fetchval("select pg_sleep(0.01) is not null"))

        for _ in range(5):
            assert await asyncio.gather(*(read() for _ in range(20))) == [True] * 20
        await pool.close()
    finally:
        await rows(dsn, "drop role two")


async def test_a_closed_pool_is_named(dsn: str) -> None:
    pool = await connect(dsn)
    await pool.close()
    with pytest.raises(GraphileWorkerError, match="pool is closed"):
        await Database(pool).connections.acquire()


async def test_the_command_line_waits(sleepy: Proxy) -> None:
    ran: Any = await asyncio.to_thread(Program(sleepy.dsn), "stats")
    assert ran.code == 0, ran.err


async def test_admin_comes_up_before_a_database_that_sleeps(sleepy: Proxy) -> None:
    """Its own first look waits no longer than three seconds, and is not in vain either."""
    sleepy.wake_seconds = 5.0

    def run() -> str:
        with admin(sleepy.dsn, "--auth", "none") as process:
            address = lines(process, 3)[0].removeprefix("Graphile Worker admin UI: ")
            assert process.stderr is not None
            noted = process.stderr.readline() + process.stderr.readline()
            assert httpx.get(f"{address}/api/jobs").status_code == 200
        return noted

    noted = await asyncio.to_thread(run)
    assert noted.startswith("Warning: The database could not be reached") and noted.endswith("answers now.\n")


async def test_the_command_line_gives_up_on_a_server_that_never_answers() -> None:
    async with fake_postgres(silent) as fake:
        ran: Any = await asyncio.to_thread(Program(fake.dsn), "stats")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == (
        "Error: The database could not be reached. Check the address and that PostgreSQL runs (no answer in time).\n"
    )
