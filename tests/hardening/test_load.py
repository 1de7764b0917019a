"""Suite 9: fifty tabs that poll, and what they cost the database and the workers."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from tests.hardening.process import SECRET, admin
from tests.hardening.scale import fill_jobs
from tests.hardening.volume import FULL, volume
from tests.hardening.worker_loop import fetch

Record = Callable[[str, object], None]
JOBS = volume(5_000, 100_000)
TABS = volume(15, 50)
POLL_SECONDS = 2.0
ALONE_SECONDS, LOADED_SECONDS = volume(3, 20), volume(6, 60)  # of the workers, without and with tabs
POOL = 5  # connections that the admin has by default
POLLED = ("/api/jobs?sort=-id&limit=100&payload=preview", "/api/overview")
OVERVIEW = "with totals as materialized"  # how the statement of the overview begins
FRESHNESS = inspect.signature(AdminServerConfig).parameters["freshness"].default


@pytest.mark.long
async def test_tabs_cost_the_database_the_same_however_many(
    dsn: str, utils: WorkerUtils, postgres: EmbeddedPostgres, tmp_path: Path, record_property: Record
) -> None:
    await fill_jobs(utils, JOBS, 100)
    await utils.database.pool.execute(f"alter database {dsn.rsplit('/', 1)[1]} set log_statement = 'all'")
    before = await fetch(postgres, dsn, tmp_path, ALONE_SECONDS)
    with admin(dsn) as running:
        statuses: Counter[int] = Counter()
        assert httpx.get(f"{running.url}/readyz").status_code == 200
        start, begun = postgres.log.stat().st_size, time.monotonic()
        async with polling(running.url, statuses), backends(dsn) as seen:
            during = await fetch(postgres, dsn, tmp_path, LOADED_SECONDS)
        took = time.monotonic() - begun
        with postgres.log.open("rb") as log:
            log.seek(start)
            overviews = log.read().decode(errors="replace").count(OVERVIEW)
        assert running.stop() == 0
    after = await fetch(postgres, dsn, tmp_path, ALONE_SECONDS)
    asked, good = statuses.total(), statuses[200]
    alone = (before.rate + after.rate) / 2
    assert asked >= TABS * len(POLLED) and good >= 0.999 * asked, statuses
    assert 1 <= max(seen) <= POOL
    assert 1 <= overviews <= took / FRESHNESS + 1
    assert before.failed + during.failed + after.failed == 0
    if FULL:
        assert during.rate >= 0.9 * alone
    record_property(
        "figures",
        f"{TABS} tabs: {asked} answers, {good / asked:.2%} 200, {max(seen)} connections, overview {overviews} times in "
        f"{took:.0f} s; workers {before.rate:.0f}, {during.rate:.0f}, {after.rate:.0f} jobs/s (without, with, without), "
        f"{before.latency:.1f}, {during.latency:.1f}, {after.latency:.1f} ms",
    )


@asynccontextmanager
async def polling(url: str, statuses: Counter[int]) -> AsyncIterator[None]:
    """TABS tabs, each with a connection and an address of its own, that ask every POLL_SECONDS."""
    limits = httpx.Limits(max_connections=len(POLLED))
    transports = [httpx.AsyncHTTPTransport(local_address=f"127.0.0.{n + 2}", limits=limits) for n in range(TABS)]
    clients = [httpx.AsyncClient(base_url=url, auth=("admin", SECRET), transport=one, timeout=30) for one in transports]
    stop = asyncio.Event()

    async def tab(place: int, client: httpx.AsyncClient) -> None:
        await asyncio.sleep(POLL_SECONDS * place / TABS)
        while not stop.is_set():
            begun = time.monotonic()
            for answer in await asyncio.gather(*(client.get(path) for path in POLLED)):
                statuses[answer.status_code] += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), max(0.0, POLL_SECONDS - (time.monotonic() - begun)))

    tabs = [asyncio.create_task(tab(place, client)) for place, client in enumerate(clients)]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tabs)
        for client in clients:
            await client.aclose()


@asynccontextmanager
async def backends(dsn: str) -> AsyncIterator[list[int]]:
    """How many connections the admin has, looked at five times a second."""
    connection = await asyncpg.connect(dsn, server_settings={"application_name": "watching", "log_statement": "none"})
    seen: list[int] = []

    async def watch() -> None:
        while True:
            seen.append(
                await connection.fetchval(
                    "select count(*) from pg_stat_activity"
                    " where datname = current_database() and application_name = 'graphile-worker-admin'"
                )
            )
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        await connection.close()
