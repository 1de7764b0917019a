"""Cleaning names beside Node: an idle worker is seen to live, and no add of its functions is left without its names."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from graphile_worker.core.maintenance.cleanup import GC_QUEUES, GC_TASKS
from graphile_worker.worker_utils import WorkerUtils
from tests.peers.database import finished, opened
from tests.peers.node import PATIENCE, RELEASES, NodeDatabase, worker

IDLE = 6.0  # seconds: three polls of a worker in its own setting


async def until(pool: asyncpg.Pool, rows: str) -> None:
    """Waits until the query returns a row."""
    async with asyncio.timeout(PATIENCE):
        while not await pool.fetchval(f"select exists ({rows})"):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(("package", "highest"), RELEASES)
async def test_an_idle_worker_keeps_its_task_names(
    node_dsn: NodeDatabase, record_property: Any, package: str, highest: int
) -> None:
    dsn = await node_dsn(package, highest)
    async with opened(dsn) as pool, worker(package, dsn):
        utils = WorkerUtils(pool)
        reasons = []
        for _ in range(3):
            await asyncio.sleep(IDLE / 3)
            report = await utils.cleanup([GC_TASKS])
            assert (report.deleted, list(report.skipped)) == ({}, [GC_TASKS])
            reasons.append(report.skipped[GC_TASKS])
        await finished(pool, (await utils.add_job("ok")).id)  # it hears of new jobs still
    record_property("figures", f"{package} idle for {IDLE:.0f} s: {', '.join(sorted(set(reasons)))}")


@pytest.mark.parametrize(("package", "highest"), RELEASES)
async def test_a_worker_that_cannot_listen_is_seen_to_fetch(node_dsn: NodeDatabase, package: str, highest: int) -> None:
    dsn = await node_dsn(package, highest)
    async with opened(dsn) as pool, worker(package, dsn):
        listeners = "select pid from pg_stat_activity where datname = current_database() and query ilike 'listen %'"
        polls = "query ~* '_private_jobs.*skip locked' and pid <> pg_backend_pid()"
        await until(pool, listeners)  # a worker runs before its connection listens
        await until(pool, f"select from pg_stat_activity where datname = current_database() and {polls}")
        await pool.execute(f"select pg_terminate_backend(pid) from ({listeners}) l")
        assert (await WorkerUtils(pool).cleanup([GC_TASKS])).deleted == {}


@pytest.mark.parametrize(("package", "highest"), RELEASES)
async def test_adds_by_its_functions_never_lose_their_names(node_dsn: NodeDatabase, package: str, highest: int) -> None:
    dsn = await node_dsn(package, highest)
    async with opened(dsn) as pool, opened(dsn) as theirs:
        utils = WorkerUtils(pool)

        async def add(place: int) -> None:
            for number in range(60):
                call = (
                    "select (graphile_worker.add_job($1, queue_name => $2)).id"
                    if number % 3
                    else "select id from graphile_worker.add_jobs(array[($1, null, $2, null, null, null, null, null)"
                    "::graphile_worker.job_spec])"
                )
                id = await theirs.fetchval(call, f"task {place} {number % 4}", f"queue {place} {number % 4}")
                if number % 10:
                    await theirs.execute("select graphile_worker.complete_jobs(array[$1::bigint])", id)

        adding = asyncio.gather(add(1), add(2))
        gone = 0
        while not adding.done():
            report = await utils.cleanup([GC_QUEUES, GC_TASKS], force=[GC_TASKS])
            gone += sum(report.deleted.values())
        await adding

        assert gone > 0
        assert await pool.fetchval("select count(*) from graphile_worker.jobs where queue_name is not null") == 12
        assert await pool.fetchval("select count(*) from graphile_worker._private_jobs") == 12
