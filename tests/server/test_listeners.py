"""Sessions that listen for jobs, as evidence of workers on GET /api/workers."""

from __future__ import annotations

from typing import Any

import asyncpg

from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.locks.sessions import session_evidence
from graphile_worker.worker_utils import WorkerUtils
from tests.core.maintenance_helpers import FETCH
from tests.server.conftest import Door, Opener
from tests.support.roles import acting_as, login


async def listening(dsn: str, name: str) -> Any:
    """A session that listens as a worker of Node does."""
    session = await asyncpg.connect(dsn, server_settings={"application_name": name})
    await session.execute('LISTEN "jobs:insert"; LISTEN "worker:migrate";')
    return session


async def test_a_session_that_listens_is_named_with_its_address_and_time(
    door: Door, open_door: Opener, dsn: str
) -> None:
    answer = await door.answer("/api/workers")
    assert (answer["listeners"], answer["listeners_visible"], answer["fetching"]) == ([], "yes", False)

    worker, admin = await listening(dsn, "mailer"), await listening(dsn, "graphile-worker-admin")
    try:
        answer = await open_door().answer("/api/workers")
        address = await worker.fetchval("select host(inet_client_addr())")
    finally:
        await worker.close()
        await admin.close()
    (one,) = answer["listeners"]
    assert (one["application_name"], one["client_addr"]) == ("mailer", address)
    assert one["since"][:2] == "20" and one["since"] <= answer["as_of"]
    assert (await open_door().answer("/api/workers"))["listeners"] == []


async def test_a_session_that_fetched_jobs_is_evidence_without_listening(open_door: Opener, dsn: str) -> None:
    worker = await asyncpg.connect(dsn)
    await worker.fetch(FETCH)
    try:
        answer = await open_door().answer("/api/workers")
    finally:
        await worker.close()
    assert (answer["listeners"], answer["fetching"]) == ([], True)


async def test_sessions_of_other_roles_are_hidden(utils: WorkerUtils, pool: Pool, dsn: str) -> None:
    role = await login(pool, "viewer", "bypassrls")
    await pool.execute(f"grant usage on schema graphile_worker to {role}")
    await pool.execute(f"grant select on all tables in schema graphile_worker to {role}")
    theirs_too = dsn.partition("://")[0] + f"://{role}:secret@" + dsn.rpartition("@")[2]
    worker = await listening(dsn, "mailer")
    try:
        async with acting_as(dsn, role) as theirs:
            async with theirs.queue.read() as tx:
                found = await session_evidence(tx, listeners=10)
            assert (found.listeners, found.listening, found.visible) == ([], False, "no")
            mine = await listening(theirs_too, "mine")
            async with theirs.queue.read() as tx:
                found = await session_evidence(tx, listeners=10)
            await mine.close()
            assert ([one.application_name for one in found.listeners], found.visible) == (["mine"], "partly")
    finally:
        await worker.close()
