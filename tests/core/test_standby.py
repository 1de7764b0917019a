"""An address that leads to a standby: writes are refused as read only, reads go on, and all is well after the switch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TypeAlias

import asyncpg
import pytest

from graphile_worker.admin.server.live import notifications
from graphile_worker.core import queue
from graphile_worker.core.database.connection_queue import ConnectionQueue
from graphile_worker.core.database.driver_errors import interrupted
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import Database, Pool, connect
from graphile_worker.core.exceptions import Busy, DatabaseReadOnly, DatabaseUnavailable, GraphileWorkerError
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from graphile_worker.worker_utils import WorkerUtils
from tests.hardening.proxy import Proxy, proxied
from tests.hardening.servers import Server, memory_folder

Servers: TypeAlias = tuple[Server, EmbeddedPostgres]
WITHIN = 20.0  # seconds, however slow this machine is


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """A primary server and its standby."""
    with memory_folder() as folder:
        primary = Server(folder / "primary")
        with primary, primary.standby(folder / "standby") as standby:
            yield primary, standby


@pytest.fixture
async def primary(servers: Servers) -> AsyncIterator[WorkerUtils]:
    """The migrated schema on the primary server, without jobs; the standby has it too."""
    pool = await connect(servers[0].dsn())
    utils = WorkerUtils(pool)
    await utils.migrate()
    await pool.execute("delete from graphile_worker._private_jobs")
    await caught_up(pool)
    yield utils
    await pool.close()


@pytest.fixture
async def proxy(servers: Servers, primary: WorkerUtils) -> AsyncIterator[Proxy]:
    """An address that leads to the standby until it is changed."""
    async with proxied(servers[1].dsn()) as proxy:
        yield proxy


@pytest.fixture
async def pool(proxy: Proxy) -> AsyncIterator[Pool]:
    """A pool on that address."""
    pool = await connect(proxy.dsn)
    yield pool
    pool.terminate()


async def caught_up(pool: Pool) -> None:
    """The standby has replayed everything."""
    query = "select coalesce(bool_and(replay_lsn >= pg_current_wal_flush_lsn()), false) from pg_stat_replication"
    async with asyncio.timeout(WITHIN):
        while not await pool.fetchval(query):
            await asyncio.sleep(0.02)


async def full(pool: Pool) -> None:
    """Every connection of the pool is open and idle."""
    held = [await pool.acquire() for _ in range(pool.get_max_size())]
    for connection in held:
        await pool.release(connection)


async def at(database: Database) -> int:
    """The port of the server that reads are answered by."""
    async with database.read() as connection:
        return int(await connection.fetchval("select inet_server_port()"))


async def test_a_write_on_a_standby_says_so_and_reads_go_on(pool: Pool, primary: WorkerUtils) -> None:
    await primary.add_job("t")
    await caught_up(primary.database.pool)
    utils = WorkerUtils(pool)
    with pytest.raises(DatabaseReadOnly) as raised:
        await utils.add_job("t")
    assert raised.value.code == "database_read_only"
    async with utils.database.read() as connection:
        assert await connection.fetchval("select count(*) from graphile_worker.jobs") == 1


async def test_the_first_write_after_a_switch_is_good(pool: Pool, proxy: Proxy, servers: Servers) -> None:
    """All connections of the pool still lead to the standby."""
    utils = WorkerUtils(pool)
    await full(pool)
    proxy.target = "127.0.0.1", servers[0].port

    for _ in range(10):
        await utils.add_job("t")

    assert await at(utils.database) == servers[0].port


async def test_reads_alone_find_the_primary_too(
    pool: Pool, proxy: Proxy, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known of a standby is looked at anew, on a new connection."""
    monkeypatch.setattr(queue, "REMEMBERED", 0.0)
    utils = WorkerUtils(pool)
    await full(pool)
    proxy.target = "127.0.0.1", servers[0].port
    async with utils.queue.read_unchecked() as tx:
        assert (await tx.capabilities()).state.in_recovery

    assert await at(utils.database) == servers[0].port


@pytest.mark.parametrize("during", ["a statement", "a pause"])
async def test_a_read_hit_by_a_recovery_conflict_is_tried_once_more(
    during: str, pool: Pool, primary: WorkerUtils
) -> None:
    """In a pause the standby ends the whole session."""
    database, calls = Database(pool), 0

    async def conflict() -> None:
        await primary.database.pool.execute("delete from graphile_worker._private_jobs")
        await primary.database.pool.execute("vacuum graphile_worker._private_jobs")

    async def read() -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            await caught_up(primary.database.pool)  # the rest of the same conflict would end this one, too
        async with database.read(timeout=30) as connection:
            count = int(await connection.fetchval("select count(*) from graphile_worker._private_jobs"))
            if calls == 1 and during == "a statement":
                await asyncio.gather(conflict(), connection.execute("select pg_sleep(20)"))
            elif calls == 1:
                await conflict()
                await asyncio.sleep(1)
                await connection.execute("select 1")
            return count

    await primary.add_job("t")
    await caught_up(primary.database.pool)
    with pytest.raises((Busy, DatabaseUnavailable)):  # PostgreSQL cancels the statement or ends the session
        await read()
    calls = 0
    await primary.add_job("t")
    await caught_up(primary.database.pool)
    assert (await retried_read(read)(), calls) == (0, 2)


async def test_a_terminated_read_is_tried_once_more_and_not_twice(primary: WorkerUtils) -> None:
    calls = 0

    async def read(ends: int) -> int:
        nonlocal calls
        calls += 1
        async with primary.database.read() as connection:
            if calls <= ends:
                await connection.execute("select pg_terminate_backend(pg_backend_pid())")
            return calls

    assert await retried_read(read)(1) == 2
    calls = 0
    with pytest.raises(DatabaseUnavailable):
        await retried_read(read)(2)
    assert calls == 2


async def test_new_jobs_are_heard_after_the_switch(
    pool: Pool, proxy: Proxy, servers: Servers, primary: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standby sends no notifications; it is asked again soon, not after minutes."""
    monkeypatch.setattr(notifications, "RETRY_SECONDS", 0.1)
    heard, listens = asyncio.Event(), asyncio.Event()

    class Subscriber:
        def jobs_added(self, count: int) -> None:
            heard.set()

        def listening_changed(self, listening: bool) -> None:
            (listens.set if listening else listens.clear)()

        def availability_changed(self, error: GraphileWorkerError | None) -> None:
            pass

    subscriber, listener = Subscriber(), notifications.JobInsertListener(ConnectionQueue(pool))
    listener.subscribe(subscriber)
    await asyncio.sleep(0.3)
    assert not listens.is_set()
    proxy.target = "127.0.0.1", servers[0].port
    async with asyncio.timeout(WITHIN):
        await listens.wait()
        await primary.add_job("t")
        await heard.wait()
    left = listener.unsubscribe(subscriber)
    assert left is not None
    await asyncio.wait([left])


def test_a_read_whose_session_ended_between_two_statements_is_tried_again() -> None:
    """The server's message is there, the end of the connection is not: the driver refuses the next statement."""
    for text, again in (
        ("cannot switch to state 15; another operation (2) is in progress", True),
        ("cannot switch to state 15; another operation (15) is in progress", False),
    ):
        error = DatabaseUnavailable("the database could not be reached")
        error.__cause__ = asyncpg.InternalClientError(text)
        assert interrupted(error) is again
