"""What the demo is made of: the wheel's programs, the seed, a worker's rules."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from random import Random

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.core.database.transactions import Pool
from graphile_worker.demo import seed, tasks
from graphile_worker.demo.server import binaries
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from graphile_worker.demo.sql import statement
from graphile_worker.demo.worker import Process


def test_the_programs_run_from_a_copy(tmp_path: Path) -> None:
    """Where the server's user cannot reach the wheel, a copy of it with its libraries serves."""
    installed = binaries.folder((-1, -1), copy_to=tmp_path).parent
    copy = binaries.copied(installed, tmp_path / "copy")
    answer = subprocess.run([copy / "bin" / "initdb", "--version"], capture_output=True, text=True, check=True)
    assert "18." in answer.stdout
    assert binaries.copied(installed, tmp_path / "copy") == copy


def test_a_stopped_server_starts_again(tmp_path: Path, postgres: EmbeddedPostgres) -> None:
    """The password stays with the data; stopping twice is harmless."""
    assert postgres.running()
    assert postgres.password in postgres.dsn("x")
    assert (postgres.folder / "password").stat().st_mode & 0o077 == 0


@pytest.mark.any_schema
async def test_the_seed(pool: Pool, utils: WorkerUtils) -> None:
    """Exactly as many jobs as asked, in every state, and only into an empty schema."""
    assert await seed.seed(utils.queue, jobs=500)
    assert not await seed.seed(utils.queue, jobs=500)
    jobs = f"{utils.schema.quoted}._private_jobs"
    assert await pool.fetchval(f"select count(*) from {jobs}") == 500
    assert await pool.fetchval(f"select count(*) from {jobs} where attempts >= max_attempts") == 42
    assert await pool.fetchval(f"select count(*) from {jobs} where locked_by = $1", seed.CRASHED_WORKER) == 3
    assert await pool.fetchval(f"select count(*) from {jobs} where attempts between 1 and max_attempts - 1") == 27
    assert await pool.fetchval(f"select count(*) from {jobs} where key is not null") > 50


def test_every_trouble_can_be_told() -> None:
    """Each text names members that its task's payload has."""
    random = Random(1)
    for task in tasks.BY_NAME.values():
        for _ in range(40 if task.error_texts else 0):
            assert "<no " not in task.error_text(random, task.payload(random))


@pytest.mark.any_schema
async def test_one_job_of_a_queue_at_a_time(pool: Pool, utils: WorkerUtils) -> None:
    """Fetching counts the try, locks job and queue; success deletes the job and frees the queue."""
    for _ in range(2):
        await utils.add_job("sync_crm", queue="crm:alder")
    fetch = statement("worker.fetch").text(utils.schema)
    held = await pool.fetchrow(fetch, ["sync_crm"], "me")
    assert held is not None
    assert held["attempts"] == 1
    assert await pool.fetchrow(fetch, ["sync_crm"], "me") is None
    await pool.execute(statement("worker.succeed").text(utils.schema), held["id"], "somebody else")
    assert await pool.fetchrow(fetch, ["sync_crm"], "me") is None
    await pool.execute(statement("worker.succeed").text(utils.schema), held["id"], "me")
    following = await pool.fetchrow(fetch, ["sync_crm"], "me")
    assert following is not None
    assert following["id"] != held["id"]


async def test_failure_waits_longer_each_time(pool: Pool, utils: WorkerUtils) -> None:
    """exp(attempts) seconds, the error kept, the lock gone."""
    job = await utils.add_job("resize_image")
    await pool.execute("update graphile_worker._private_jobs set attempts = 2 where id = $1", job.id)
    await pool.fetchrow(statement("worker.fetch").text(utils.schema), ["resize_image"], "me")
    await pool.execute(statement("worker.fail").text(utils.schema), "no such file", job.id, "me")
    row = await pool.fetchrow(
        "select last_error, locked_by, extract(epoch from run_at - now()) as seconds from graphile_worker._private_jobs"
    )
    assert row is not None
    assert (row["last_error"], row["locked_by"]) == ("no such file", None)
    assert 19 < row["seconds"] <= 20.1


async def test_a_stopped_worker_gives_back(pool: Pool, utils: WorkerUtils) -> None:
    """The interrupted try does not count and the worker signs off."""
    await utils.add_job("transcode_video")
    working = asyncio.create_task(Process(utils.queue, "media").run())
    locked = "select count(*) from graphile_worker._private_jobs where locked_by is not null"
    while not await pool.fetchval(locked):
        await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    row = await pool.fetchrow("select attempts, locked_by from graphile_worker._private_jobs")
    assert row is not None
    assert (row["attempts"], row["locked_by"]) == (0, None)
    assert await pool.fetchval("select count(*) from graphile_worker._private_workers") == 0
