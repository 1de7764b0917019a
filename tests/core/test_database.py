"""Transactions of ours: one moment for all that is read in one, and errors that are told whatever the network does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from graphile_worker.core.database import transactions as database_module
from graphile_worker.core.database.transactions import Database, Pool, connect
from graphile_worker.core.exceptions import DatabaseUnavailable, OutcomeUnknown
from graphile_worker.worker_utils import WorkerUtils
from tests.hardening.proxy import Proxy, proxied


async def test_all_that_is_read_in_one_transaction_is_of_one_moment(utils: WorkerUtils) -> None:
    """Also what others commit between two of its statements is not seen: counts and rows of one answer agree."""
    count = "select count(*) from graphile_worker.jobs"
    async with utils.database.read() as connection:
        before = await connection.fetchval(count)
        await utils.add_job("t")
        assert (before, await connection.fetchval(count)) == (0, 0)
    async with utils.database.read() as connection:
        assert await connection.fetchval(count) == 1


class Deaf:
    """A network between us and the server that carries every byte, and does not tell us when the server hangs up."""

    def __init__(self, dsn: str) -> None:
        address = urlsplit(dsn)
        self._server = str(address.hostname), int(address.port or 0)
        self._address = address
        self.hung_up = asyncio.Event()
        self.dsn = ""

    async def open(self) -> asyncio.Server:
        """Listens; `dsn` is the address of the same database through here."""
        server = await asyncio.start_server(self._carry, "127.0.0.1")
        port = server.sockets[0].getsockname()[1]
        host = self._address.netloc.replace(f":{self._server[1]}", f":{port}")
        self.dsn = self._address._replace(netloc=host).geturl()
        return server

    async def _carry(self, ours: asyncio.StreamReader, to_us: asyncio.StreamWriter) -> None:
        theirs, to_them = await asyncio.open_connection(*self._server)
        back = asyncio.create_task(self._copy(theirs, to_us))
        back.add_done_callback(lambda _: self.hung_up.set())
        await self._copy(ours, to_them)
        to_us.close()
        to_them.close()
        await back

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                target.write(data)
                await target.drain()
        except ConnectionError:
            pass


@pytest.fixture
async def network(dsn: str) -> AsyncIterator[Deaf]:
    """Open until the end of the test."""
    network = Deaf(dsn)
    async with await network.open():
        yield network


@pytest.fixture
async def pool_through(network: Deaf) -> AsyncIterator[Pool]:
    """One connection through that network."""
    pool = await connect(network.dsn, max_connections=1)
    yield pool
    pool.terminate()


async def ended(network: Deaf, pool: Pool, pid: int) -> None:
    """The server has ended this session and said so; its last word has been carried to us."""
    await pool.execute("select pg_terminate_backend($1)", pid)
    await network.hung_up.wait()
    await pool.fetchval("select 1")  # the driver has read what had come before


class Ours(Exception):
    """Something that goes wrong in a transaction."""


async def test_a_session_that_ended_under_us_hides_no_error_of_ours(
    network: Deaf, pool_through: Pool, pool: Pool
) -> None:
    """The driver has read the server's last word and waits for its end: it takes no rollback."""
    with pytest.raises(Ours):
        async with Database(pool_through).read() as connection:
            await ended(network, pool, await connection.fetchval("select pg_backend_pid()"))
            raise Ours
    assert await pool_through.fetchval("select 1") == 1


async def test_a_session_that_ended_under_us_is_a_database_that_is_away(
    network: Deaf, pool_through: Pool, pool: Pool
) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with Database(pool_through).read() as connection:
            await ended(network, pool, await connection.fetchval("select pg_backend_pid()"))
            await connection.fetchval("select 1")
    assert await pool_through.fetchval("select 1") == 1


@pytest.fixture
async def lossy(dsn: str) -> AsyncIterator[Proxy]:
    """A network that can swallow everything."""
    async with proxied(dsn) as proxy:
        yield proxy


@pytest.mark.parametrize(("writes", "error"), [(False, DatabaseUnavailable), (True, OutcomeUnknown)])
async def test_the_watchdog_ends_what_a_dead_network_swallowed(
    lossy: Proxy, writes: bool, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a statement of a read, in the commit of a write. Without it they would wait until the network is back."""
    monkeypatch.setattr(database_module, "WATCHDOG_GRACE", 0.3)
    pool = await connect(lossy.dsn)
    database, back = Database(pool), asyncio.get_running_loop().call_later(10, setattr, lossy, "fault", None)
    with pytest.raises(error):
        async with database.write(timeout=0.3) if writes else database.read(timeout=0.3) as connection:
            lossy.fault = "black hole"
            if not writes:
                await connection.execute("select 1")
    assert lossy.fault == "black hole"  # the network is not back yet
    back.cancel()
    lossy.fault = None
    async with database.read() as connection:  # another connection
        assert await connection.fetchval("select 1") == 1
    pool.terminate()


async def test_a_read_can_change_nothing(utils: WorkerUtils) -> None:
    async with utils.database.read() as connection:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("insert into graphile_worker._private_tasks (identifier) values ('t')")
