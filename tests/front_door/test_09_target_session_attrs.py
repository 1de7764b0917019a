"""Kind: an address of several servers, none of which is of the kind asked for: a failover, for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from graphile_worker.conninfo import resolve
from graphile_worker.conninfo.connect.server_problems import ServerUnsuitable
from graphile_worker.core.database.transactions import connect
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from graphile_worker.worker_utils import WorkerUtils
from tests.cli.support import Program
from tests.hardening.admin_process import PATIENCE, admin_process
from tests.hardening.servers import Server, memory_folder


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, EmbeddedPostgres]]:
    """A primary server and its standby."""
    with memory_folder() as folder:
        primary = Server(folder / "primary")
        with primary, primary.standby(folder / "standby") as standby:
            yield primary, standby


@pytest.fixture
async def address(servers: tuple[Server, Server]) -> AsyncIterator[str]:
    """Both servers, the standby first, with the schema; `?` ends it."""
    pool = await connect(servers[0].dsn())
    await WorkerUtils(pool).migrate()
    await pool.close()
    one = resolve(servers[0].dsn(), {})
    ports = (servers[1].port, servers[0].port)
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    yield f"postgresql://{one.user}:{one.password}@{hosts}/{one.database}?"


CHOICES = {"read-write": 0, "primary": 0, "read-only": 1, "standby": 1, "prefer-standby": 1, "any": 1}


@pytest.mark.parametrize("target", CHOICES)
async def test_the_server_of_the_kind_is_taken(servers: tuple[Server, Server], address: str, target: str) -> None:
    connection = await resolve(f"{address}target_session_attrs={target}", {}).connect()
    try:
        assert await connection.fetchval("select inet_server_port()") == servers[CHOICES[target]].port
    finally:
        await connection.close()


async def test_prefer_standby_takes_what_there_is(servers: tuple[Server, Server]) -> None:
    connection = await resolve(f"{servers[0].dsn()}?target_session_attrs=prefer-standby", {}).connect()
    await connection.close()


async def until(client: httpx.AsyncClient, path: str, status: int) -> None:
    """An answer of half a second ago may be repeated once more; none is a 500."""
    async with asyncio.timeout(PATIENCE):
        while (answer := await client.get(path)).status_code != status:
            assert answer.status_code in (200, 503), (path, answer.text)


async def test_during_a_failover_it_is_said_and_ends_by_itself(servers: tuple[Server, Server], address: str) -> None:
    """The last test of this file: afterwards the standby is the primary server."""
    primary, standby = servers
    wanted = f"{address}target_session_attrs=read-write"
    async with admin_process(wanted) as admin:
        assert (await admin.client.get("/api/jobs")).status_code == 200
        primary.halt()
        for path in ("/api/jobs", "/readyz"):
            await until(admin.client, path, 503)
        metrics = await admin.client.get("/metrics")
        assert metrics.status_code == 200 and "graphile_worker_up 0.0" in metrics.text
        ran = Program(wanted)("count")
        assert ran.code == 3 and "target_session_attrs=read-write" in ran.err and "mistake" not in ran.err, ran
        with pytest.raises(ServerUnsuitable):
            await resolve(wanted, {}).connect()
        standby.promote()
        for path in ("/api/jobs", "/readyz"):
            await until(admin.client, path, 200)
        assert Program(wanted)("count").code == 0
