"""The listener of the event stream: lost databases, ended sessions, small pools, poolers and shared pools."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import asyncpg
import httpx
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig
from graphile_worker.admin.server.context import Context
from graphile_worker.admin.server.databases import DatabaseDirectory
from graphile_worker.admin.server.live import notifications
from graphile_worker.admin.server.live.streams import Streams
from graphile_worker.admin.server.security.csrf import Csrf
from graphile_worker.core.database.transactions import Pool, connect
from graphile_worker.core.exceptions import DatabaseUnavailable
from tests.server.event_streams import LISTENERS, all_idle, until
from tests.server.listening import listening, served
from tests.support.templates import Databases

pytestmark = pytest.mark.usefixtures("long_streams")


async def test_a_database_that_goes_ends_its_streams_and_refuses_new_ones(
    utils: WorkerUtils, databases: Databases, watched: asyncpg.Connection[asyncpg.Record]
) -> None:
    name = await watched.fetchval("select current_database()")
    async with served(utils) as address, listening(address) as ear:
        await ear.next("counts")
        await watched.close()
        other = await asyncpg.connect(databases.server.dsn("postgres"))
        try:
            await other.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
            await other.execute(f'alter database "{name}" rename to "{name}_away"')
            assert (await ear.next("end"))[0] == "end"
            async with httpx.AsyncClient() as client:
                refused = await client.get(f"{address}/api/events")
                assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
        finally:
            await other.execute(f'alter database "{name}_away" rename to "{name}"')
            await other.close()
        async with listening(address) as back:
            assert (await back.next())[0] == "hello"


async def test_who_comes_while_an_ended_stream_is_still_leaving_hears_counts(
    utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = AdminServerConfig(utils.database.pool, utils, auth=AdminAuthConfig.none())
    live = Streams().of(DatabaseDirectory.of(config, Csrf(None)).find(None))

    async def away(self: Context) -> Any:
        raise DatabaseUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(Context, "overview", away)
        leaving = live.open()
        async with asyncio.timeout(10):
            await leaving.__enter__().ended.wait()
    with live.open() as new:
        async with asyncio.timeout(10):
            while "event: counts" not in new.take():
                await new.changed.wait()
    leaving.__exit__(None, None, None)


async def test_a_listener_that_is_ended_listens_again(
    utils: WorkerUtils, watched: asyncpg.Connection[asyncpg.Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "RETRY_SECONDS", 0.2)
    monkeypatch.setattr(notifications, "CHECK_SECONDS", 0.2)
    async with served(utils) as address, listening(address) as ear:
        assert await ear.next("hello") == ("hello", {"listening": True})
        await asyncio.sleep(0.5)
        await watched.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
            "and pid <> pg_backend_pid() and query = 'select 1'"
        )
        assert await ear.next("hello") == ("hello", {"listening": False})
        assert await ear.next("hello") == ("hello", {"listening": True})
        await utils.add_job("t")
        assert await ear.next("jobs") == ("jobs", {"added": 1})


@pytest.mark.parametrize("size", [1, 3])
async def test_a_small_pool_gives_no_connection_to_listen(dsn: str, size: int) -> None:
    pool = await connect(dsn, max_connections=size)
    try:
        utils = WorkerUtils(pool)
        async with served(utils) as address, listening(address) as ear:
            assert await ear.next() == ("hello", {"listening": False})
            await utils.add_job("t")
            name, counts = await ear.next("counts")
            while not counts["stats"]["total"]:
                name, counts = await ear.next("counts", "jobs")
            assert name == "counts"
            await until(lambda: all_idle(pool), True)
    finally:
        await pool.close()


async def test_a_pool_with_the_drivers_own_reset_gets_its_connection_back_clean(dsn: str) -> None:
    async with asyncpg.create_pool(dsn, min_size=0, max_size=5) as pool:
        utils = WorkerUtils(pool)
        async with served(utils) as address, listening(address) as ear:
            await ear.next("counts")
        assert await pool.fetchval("select count(*) from pg_listening_channels()") == 0


async def relay(dsn: str) -> tuple[asyncio.Server, str]:
    """What a pooler does to a session as far as its client can see: the key to cancel it is the pooler's own."""
    address = dsn.partition("@")[2].partition("/")[0]
    host, _, port = address.rpartition(":")

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, key: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                at = data.find(b"K\0\0\0\x0c") if key else -1
                if at >= 0:
                    data, key = data[: at + 5] + b"\0\0\0\1" + data[at + 9 :], False
                writer.write(data)
                await writer.drain()
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to = await asyncio.open_connection(host, int(port))
        await asyncio.gather(copy(reader, to, key=False), copy(there, writer, key=True))

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    return server, dsn.replace(address, f"127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_what_stands_between_is_seen(dsn: str) -> None:
    """Nothing is listened to through a pooler: with transactions of its own it would never be heard."""
    server, through = await relay(dsn)
    pool = await connect(through)
    try:
        async with served(WorkerUtils(pool)) as address, listening(address) as ear:
            assert await ear.next() == ("hello", {"listening": False})
            await pool.fetchval("select 1")
            await until(lambda: all_idle(pool), True)
    finally:
        await pool.close()
        server.close()


async def test_two_schemas_of_one_pool_share_an_ear(
    utils: WorkerUtils, pool: Pool, watched: asyncpg.Connection[asyncpg.Record]
) -> None:
    other = WorkerUtils(pool, "second")
    await other.migrate()
    async with served(utils, others={"second": other}) as address:
        async with listening(address) as one, listening(address, params={"db": "second"}) as two:
            await one.next("counts"), await two.next("counts")
            assert await watched.fetchval(LISTENERS) == 1
            await other.add_job("t")
            assert (await two.next("jobs"))[1] == (await one.next("jobs"))[1] == {"added": 1}
            while not (await two.next("counts"))[1]["stats"]["total"]:
                pass
