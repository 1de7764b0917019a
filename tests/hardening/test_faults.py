"""Suite 6: faults under a steady load. Every acknowledged write is found once, a refused one never, none twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from graphile_worker.core.database.transactions import Pool, connect
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from graphile_worker.worker_utils import WorkerUtils
from tests.hardening.load import Load, load
from tests.hardening.proxy import Proxy, proxied
from tests.hardening.servers import Server, bouncer, memory_folder
from tests.hardening.volume import FULL, volume
from tests.server.listening import served

BEFORE, AFTER = volume(0.6, 3.0), volume(0.5, 3.0)  # seconds of load around a fault
RECOVERY = volume(30.0, 10.0)  # seconds until a write is good again
Record = Callable[[str, object], None]
Fault = Callable[["Scene"], Awaitable[None]]


@dataclass
class Scene:
    """A primary server, the address that the admin uses, and a pool that no fault touches but the server's own."""

    server: Server
    proxy: Proxy
    folder: Path
    other: EmbeddedPostgres | None = None

    async def pool(self) -> Pool:
        """On the server where the writes must be."""
        dsn = (self.other or self.server).dsn()
        return await connect(dsn, application_name="faults")


@pytest.fixture
def servers() -> Iterator[Server]:
    """One server, started."""
    with memory_folder() as folder, Server(folder / "primary") as server:
        assert isinstance(server, Server)
        yield server


@pytest.fixture
async def scene(servers: Server) -> AsyncIterator[Scene]:
    """The migrated schema on it, and a proxy before it."""
    pool = await connect(servers.dsn())
    await WorkerUtils(pool).migrate()
    await pool.close()
    async with proxied(servers.dsn()) as proxy:
        yield Scene(servers, proxy, servers.folder.parent)


async def restart(scene: Scene) -> None:
    await asyncio.to_thread(scene.server.restart)


async def kill(scene: Scene) -> None:
    await asyncio.to_thread(scene.server.kill)


async def terminate(scene: Scene) -> None:
    pool = await scene.pool()
    query = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name <> 'faults' and datname is not null"
    ended = 0
    async with asyncio.timeout(60):
        while ended < volume(20, 100):
            ended += await pool.fetchval(query)
            await asyncio.sleep(0.02)
    await pool.close()


async def black_hole(scene: Scene) -> None:
    scene.proxy.fault = "black hole"
    await asyncio.sleep(volume(2.0, 15.0))
    scene.proxy.fault = None


async def slow(scene: Scene) -> None:
    scene.proxy.fault = "slow"
    await asyncio.sleep(volume(2.0, 6.0))
    scene.proxy.fault = None


async def reset(scene: Scene) -> None:
    for _ in range(volume(5, 30)):
        scene.proxy.reset()
        await asyncio.sleep(0.1)


async def chunks(scene: Scene) -> None:
    scene.proxy.fault = "chunks"
    await asyncio.sleep(volume(1.0, 5.0))
    scene.proxy.fault = None


async def standby(scene: Scene) -> None:
    """The address leads to a standby for four seconds."""
    with scene.server.standby(scene.folder / "standby") as other:
        await asyncio.sleep(0.5)
        primary, scene.proxy.target = scene.proxy.target, ("127.0.0.1", other.port)
        scene.proxy.reset()
        await asyncio.sleep(volume(1.5, 4.0))
        scene.proxy.target = primary
        await asyncio.sleep(2)  # connections to the standby are still open: nobody resets them


async def promotion(scene: Scene) -> None:
    """The primary is gone, its standby is promoted and takes over the address; commits wait for the standby."""
    pool = await scene.pool()
    other = scene.server.standby(scene.folder / "standby")
    await asyncio.to_thread(other.start)
    async with asyncio.timeout(30):
        while not await pool.fetchval("select count(*) from pg_stat_replication where state = 'streaming'"):
            await asyncio.sleep(0.05)
    await pool.execute("alter system set synchronous_standby_names = '*'")
    await pool.execute("select pg_reload_conf()")
    async with asyncio.timeout(30):
        while await pool.fetchval("select count(*) from pg_stat_replication where sync_state = 'sync'") < 1:
            await asyncio.sleep(0.05)
    await pool.close()
    await asyncio.sleep(BEFORE)
    for_good = scene.server
    await asyncio.to_thread(for_good.halt)
    await asyncio.to_thread(other.promote)
    scene.other = other
    adopted = await scene.pool()
    await adopted.execute("alter system reset synchronous_standby_names")
    await adopted.execute("select pg_reload_conf()")
    await adopted.close()
    scene.proxy.target = "127.0.0.1", other.port


FAULTS: dict[str, Fault] = {
    "restart": restart,
    "kill -9": kill,
    "terminate": terminate,
    "black hole": black_hole,
    "slow": slow,
    "reset": reset,
    "1-byte chunks": chunks,
    "standby": standby,
    "promotion": promotion,
}
PART = ("kill -9", "reset", "standby")  # in scripts/test


@pytest.mark.parametrize("name", FAULTS if FULL else PART)
async def test_no_write_is_lost_or_doubled(name: str, scene: Scene, record_property: Record) -> None:
    through = await connect(scene.proxy.dsn)
    async with served(WorkerUtils(through)) as address:
        async with load(address) as running:
            await asyncio.sleep(BEFORE)
            begun = time.monotonic()
            await FAULTS[name](scene)
            ended = time.monotonic()
            recovered = await running.good_after(ended, RECOVERY)
            await asyncio.sleep(AFTER)
        through.terminate()
        pool = await scene.pool()
        try:
            await running.reconcile(pool)
        finally:
            await pool.close()
            if scene.other is not None:
                scene.other.stop()
    _only_in_flight(running, begun, ended)
    assert running.acknowledged and 500 not in running.reads
    counts = f"acked {len(running.acknowledged)}, lost 0, doubled 0, unknown {len(running.unknown)}"
    refused = f"refused {len(running.refused)} {sorted(set(running.refused.values()))}"
    record_property("figures", f"{name}: {counts}, {refused}, good again after {recovered:.1f} s")


def _only_in_flight(running: Load, begun: float, ended: float) -> None:
    """No write is unknown that was answered before the fault, or sent after it."""
    for number, answered in running.unknown.items():
        assert answered >= begun and running.begun[number] <= ended + 0.5, number


async def test_all_works_through_pgbouncer_in_transaction_mode(scene: Scene, record_property: Record) -> None:
    with bouncer(scene.server.dsn(), scene.folder / "transaction", "transaction") as dsn:
        pool = await connect(dsn)
        async with served(WorkerUtils(pool)) as address:
            async with load(address) as running:
                await asyncio.sleep(volume(2.0, 15.0))
        pool.terminate()
    own = await scene.pool()
    await running.reconcile(own)
    await own.close()
    assert not running.refused and not running.unknown and set(running.reads) == {200}
    record_property("figures", f"PgBouncer, transaction mode: acked {len(running.acknowledged)}, refused 0, unknown 0")


async def test_pgbouncer_in_statement_mode_is_named_to_whoever_asks(scene: Scene) -> None:
    with bouncer(scene.server.dsn(), scene.folder / "statement", "statement") as dsn:
        pool = await connect(dsn)
        async with served(WorkerUtils(pool)) as address:
            async with httpx.AsyncClient(base_url=address, timeout=30) as client:
                answer = await client.get("/api/jobs")
        pool.terminate()
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.json()["error"] == "PgBouncer is in statement mode, in which no transaction can run"
    assert "pool_mode = transaction" in answer.json()["hint"]
