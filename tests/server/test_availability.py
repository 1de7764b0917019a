"""A database that does not answer: the stream has the reason before it ends, and the news that it answers again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import httpx
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.server.live import event_stream, streams
from graphile_worker.admin.server.live.shared_reads import SharedReads
from graphile_worker.core.database.transactions import Pool, connect
from graphile_worker.core.database.waits import measured_waits
from tests.hardening.proxy import Proxy, proxied
from tests.hardening.servers import Server, memory_folder
from tests.server.listening import Ear, listening, served

WITHIN = 60.0  # seconds for what the machine may be slow to do
BEGIN = "begin isolation level repeatable read read only"


@pytest.fixture(autouse=True)
def long_streams(short_streams: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as they are by themselves."""
    monkeypatch.setattr(streams, "LIFETIME_SECONDS", 900.0)


@pytest.fixture
async def proxy(dsn: str) -> AsyncIterator[Proxy]:
    """A network before the migrated database."""
    async with proxied(dsn) as proxy:
        yield proxy


@pytest.fixture
def server() -> Iterator[Server]:
    """A PostgreSQL of this test."""
    with memory_folder() as folder, Server(folder / "primary") as server:
        assert isinstance(server, Server)
        yield server


@contextlib.asynccontextmanager
async def pool_of(dsn: str, size: int = 5) -> AsyncIterator[Pool]:
    """A pool that is left at once, whatever state its connections are in."""
    pool = await connect(dsn, max_connections=size)
    yield pool
    pool.terminate()


async def away(ear: Ear) -> Any:
    """The reason of the next event of the database, which says that it is away; the stream has not ended before."""
    name, data = await ear.next("database", within=WITHIN)
    assert name == "database" and not data["available"]
    return data["error"]


@pytest.mark.parametrize("size", [3, 5])  # without and with a connection that listens
async def test_a_black_hole_is_seen_before_any_read_fails(proxy: Proxy, size: int) -> None:
    async with pool_of(proxy.dsn, size) as pool, served(WorkerUtils(pool)) as address, listening(address) as ear:
        assert (await ear.next("hello"))[1] == {"listening": size > 3}
        proxy.fault = "black hole"
        error = await away(ear)
        assert error["code"] == "database_unavailable" and "no answer in time" in error["hint"]
        proxy.fault = None
        assert await ear.next("database", within=WITHIN) == ("database", {"available": True})


async def test_a_server_that_is_stopped_ends_the_stream_after_the_reason(server: Server) -> None:
    async with pool_of(server.dsn()) as pool:
        utils = WorkerUtils(pool)
        await utils.migrate()
        async with served(utils) as address, listening(address) as ear:
            await ear.next("hello")
            await asyncio.to_thread(server.halt)
            assert (await away(ear))["code"] == "database_unavailable"
            assert (await ear.next("end", within=WITHIN))[0] == "end"


async def test_a_server_that_hangs_is_seen_and_comes_back(server: Server) -> None:
    async with pool_of(server.dsn()) as pool:
        utils = WorkerUtils(pool)
        await utils.migrate()
        async with served(utils) as address, listening(address) as ear:
            await ear.next("hello")
            pids = server.pids()
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                assert (await away(ear))["code"] == "database_unavailable"
            finally:
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
            assert await ear.next("database", within=WITHIN) == ("database", {"available": True})


async def test_a_session_that_is_ended_is_no_database_that_is_away(utils: WorkerUtils, dsn: str) -> None:
    admin = await asyncpg.connect(dsn)
    async with served(utils) as address, listening(address) as ear:
        await ear.next("hello")
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        names = []
        while ("hello", {"listening": True}) not in names:
            names.append(await ear.next())
        assert "database" not in [name for name, _ in names]
    await admin.close()


async def test_answers_from_before_are_not_given_while_the_database_is_away(proxy: Proxy) -> None:
    async with pool_of(proxy.dsn) as pool, served(WorkerUtils(pool), freshness=600.0) as address:
        async with listening(address) as ear, httpx.AsyncClient(timeout=WITHIN) as client:
            await ear.next("hello")
            assert (await client.get(f"{address}/api/overview")).status_code == 200
            proxy.fault = "refuse"
            proxy.reset()
            await away(ear)
            assert (await client.get(f"{address}/api/overview")).status_code == 503


async def test_a_slow_network_makes_no_answer_older(proxy: Proxy) -> None:
    """Seconds for the round trips are no work of the database."""
    async with pool_of(proxy.dsn) as pool:
        await pool.fetchval("select 1")
        proxy.fault = "slow"
        utils, shared = WorkerUtils(pool), SharedReads()
        for key in ("first", "second"):
            began = time.monotonic()
            answer = await shared.get(key, utils.stats, 2.0)
            assert answer.took < (time.monotonic() - began) / 3, key
        with measured_waits() as waits:
            await utils.stats()
        assert waits.seconds > 1.0  # five round trips and more


@pytest.mark.long
async def test_a_storm_of_jobs_makes_a_bounded_number_of_reads(dsn: str, utils: WorkerUtils, monkeypatch: Any) -> None:
    """Every stream loads the list at every event, without the pauses of the page."""
    monkeypatch.setattr(event_stream, "WRITE_INTERVAL_SECONDS", 0.0)
    begun, storm = [0], 1000

    async def counted(connection: Any) -> None:
        connection.add_query_logger(lambda record: begun.__setitem__(0, begun[0] + record.query.startswith(BEGIN)))

    async def load(address: str, ear: Ear, client: httpx.AsyncClient) -> int:
        added = 0
        while added < storm:
            added += (await ear.next("jobs", within=WITHIN))[1]["added"]
            assert (await client.get(f"{address}/api/jobs?limit=10")).status_code == 200
        return added

    async with asyncpg.create_pool(dsn, min_size=0, max_size=6, init=counted, statement_cache_size=0) as pool:
        async with served(WorkerUtils(pool), freshness=2.0) as address, contextlib.AsyncExitStack() as stack:
            client = await stack.enter_async_context(httpx.AsyncClient(timeout=WITHIN, headers={"connection": "close"}))
            ears = [await stack.enter_async_context(listening(address)) for _ in range(4)]
            for ear in ears:
                await ear.next("hello")
            loads = [asyncio.create_task(load(address, ear, client)) for ear in ears]
            began, before = time.monotonic(), begun[0]
            sender = await asyncpg.connect(dsn)
            for _ in range(storm):
                await sender.execute("select graphile_worker.add_job('t')")
            await sender.close()
            assert await asyncio.gather(*loads) == [storm] * 4
            seconds, reads = time.monotonic() - began, begun[0] - before
    lists, samples = seconds / SharedReads.REST_MIN, seconds / streams.SAMPLE_SECONDS
    assert 1 <= reads <= lists + samples + 5, (reads, seconds)
    assert reads < storm / 2
