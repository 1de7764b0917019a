"""Task identifiers stay while a worker looks alive: it knows their ids by heart, and made anew they make it deaf."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from graphile_worker.core.database.transactions import connect
from graphile_worker.core.locks.liveness import reason_to_expect_workers
from graphile_worker.core.maintenance import unused_names as collecting
from graphile_worker.core.maintenance.cleanup import GC_TASKS as TASKS
from graphile_worker.worker_utils import WorkerUtils
from tests.core.maintenance_helpers import FETCH, lock, names, write
from tests.support.roles import acting_as, login


@pytest.fixture(autouse=True)
async def unused(utils: WorkerUtils) -> None:
    await write(utils, "insert into {s}._private_tasks (identifier) values ('unused')")


async def skipped(utils: WorkerUtils) -> str:
    report = await utils.cleanup([TASKS])
    assert report.deleted == {}
    assert "unused" in await names(utils, "_private_tasks", "identifier")
    return report.skipped[TASKS]


async def test_a_heartbeat(utils: WorkerUtils) -> None:
    await write(utils, "select {s}.worker_heartbeat('w')")
    assert "heartbeat" in await skipped(utils)

    await write(utils, "update {s}._private_workers set last_heartbeat_at = now() - interval '6 minutes'")
    assert (await utils.cleanup([TASKS])).deleted == {TASKS: 1}


async def test_a_lock_however_old(utils: WorkerUtils) -> None:
    await lock(utils, await utils.add_job("t"), "w", "3 days")
    assert "holds a job" in await skipped(utils)


async def test_a_session_that_listens(utils: WorkerUtils, dsn: str) -> None:
    worker = await asyncpg.connect(dsn)
    await worker.execute('LISTEN "jobs:insert"; LISTEN "worker:migrate";')
    try:
        assert "listens" in await skipped(utils)
    finally:
        await worker.close()


async def test_it_is_seen_whatever_a_backslash_means_to_the_database(utils: WorkerUtils, dsn: str) -> None:
    database = await utils.database.pool.fetchval("select current_database()")
    await write(utils, f'alter database "{database}" set standard_conforming_strings = off')
    worker, pool = await asyncpg.connect(dsn), await connect(dsn)
    await worker.execute('LISTEN "jobs:insert"')
    try:
        assert "listens" in await skipped(WorkerUtils(pool))
    finally:
        await worker.close()
        await pool.close()


async def test_a_session_that_asked_for_jobs(utils: WorkerUtils, dsn: str) -> None:
    """Behind a pooler in transaction mode nobody can listen."""
    worker = await asyncpg.connect(dsn)
    await worker.fetch(FETCH)
    try:
        assert "fetched jobs" in await skipped(utils)
        await worker.execute("select 1")
        assert (await utils.cleanup([TASKS])).deleted == {TASKS: 1}
    finally:
        await worker.close()


@pytest.mark.parametrize(("table", "column"), [("workers", "worker_id"), ("pools", "pool_id")])
async def test_worker_pro_lists_somebody(utils: WorkerUtils, table: str, column: str) -> None:
    await write(utils, f"create table {{s}}._private_pro_{table} ({column} text)")
    await write(utils, f"insert into {{s}}._private_pro_{table} values ('p')")
    assert "Worker Pro" in await skipped(utils)

    await write(utils, f"truncate {{s}}._private_pro_{table}")
    assert (await utils.cleanup([TASKS])).deleted == {TASKS: 1}


@pytest.mark.parametrize("table", ["workers", "pools"])
async def test_worker_pro_may_list_somebody_where_this_role_may_not_look(
    utils: WorkerUtils, dsn: str, table: str
) -> None:
    operator = await login(utils.database.pool, "operator", "bypassrls in role pg_read_all_stats")
    await write(utils, f"create table {{s}}._private_pro_{table} (id text)")
    await write(
        utils, f"grant usage on schema {{s}} to {operator}; grant all on all tables in schema {{s}} to {operator}"
    )
    await write(utils, f"revoke all on {{s}}._private_pro_{table} from {operator}")
    async with acting_as(dsn, operator) as theirs:
        hidden = f"this role may not read _private_pro_{table}, so any worker may be alive"
        assert await skipped(theirs) == hidden

        await write(utils, f"drop table {{s}}._private_pro_{table}")
        theirs.queue.forget()
        assert (await theirs.cleanup([TASKS])).deleted == {TASKS: 1}


async def test_sessions_that_this_role_may_not_see(utils: WorkerUtils, dsn: str) -> None:
    owner = await login(utils.database.pool, "owner")
    await write(utils, f"grant usage on schema {{s}} to {owner}")
    await write(utils, f"grant select on {{s}}.migrations to {owner}")
    for table in ("jobs", "job_queues", "tasks", "workers", "job_retirements"):
        await write(utils, f"alter table {{s}}._private_{table} owner to {owner}")
    async with acting_as(dsn, owner) as theirs:
        assert "other roles are connected" in await skipped(theirs)
        await utils.database.pool.close()  # the only other session
        assert (await theirs.cleanup([TASKS])).deleted == {TASKS: 1}


async def test_a_worker_that_came_after_the_look(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    async def then_it_starts(*args: Any, **options: Any) -> str | None:
        reason = await reason_to_expect_workers(*args, **options)
        await write(utils, "select {s}.worker_heartbeat('w')")
        return reason

    monkeypatch.setattr(collecting, "reason_to_expect_workers", then_it_starts)
    assert "heartbeat" in await skipped(utils)


async def test_unless_forced(utils: WorkerUtils) -> None:
    await write(utils, "select {s}.worker_heartbeat('w')")
    report = await utils.cleanup([TASKS], force=[TASKS])
    assert report.deleted == {TASKS: 1}
