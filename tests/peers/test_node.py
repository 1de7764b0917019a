"""Node 0.16, 0.17 and 0.18 on databases we migrated, live and fresh: they go on working, and nothing runs twice."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from graphile_worker.core.database.schema_connection import SchemaConnection
from graphile_worker.core.database.transactions import Database, Pool
from graphile_worker.core.exceptions import SchemaUnsupported
from graphile_worker.core.migration.migrate import migrate
from graphile_worker.core.migration.schema_state import probe
from graphile_worker.core.queue import Queue
from graphile_worker.core.schema import Schema
from graphile_worker.worker_utils import WorkerUtils
from tests.peers.database import finished, opened, settled
from tests.peers.node import PACKAGES, RELEASES, NodeDatabase, Peer, said_at_a_start, worker
from tests.support.catalog import STATE_22, catalog, migrations

ROOT = Path(__file__).resolve().parents[2]
OURS = {1, 3, 11, 13, 14, 16}


@pytest.mark.parametrize(
    ("package", "highest"), [("node-0.16", 16), ("node-0.16", 17), *RELEASES, ("node-0.17", 18), ("node-0.18", 19)]
)
async def test_each_of_their_states_becomes_the_newest(package: str, highest: int, node_dsn: NodeDatabase) -> None:
    async with opened(await node_dsn(package, highest)) as pool:
        before = await migrations(pool)
        assert max(before) == highest

        report = await migrate(Queue(Database(pool), Schema()))

        assert report.applied == list(range(highest + 1, 23))
        assert await catalog(pool) == STATE_22
        assert await migrations(pool) == before | dict.fromkeys(report.applied, False)
        assert {id for id, breaking in before.items() if breaking} - {19} == OURS
        assert (await migrate(Queue(Database(pool), Schema()))).applied == []


@pytest.mark.parametrize(
    ("package", "highest", "version"),
    [
        ("node-0.16", 16, None), ("node-0.16", 17, None), ("node-0.16", 18, "0.16 or 0.17"),
        ("node-0.17", 19, "0.16 or 0.17"), ("node-0.18", 19, "0.16 or 0.17"), ("node-0.18", 20, "0.18"),
    ],
)  # fmt: skip
async def test_their_newest_states_are_known_by_their_objects(
    package: str, highest: int, version: str | None, node_dsn: NodeDatabase
) -> None:
    async with opened(await node_dsn(package, highest)) as pool:
        async with Database(pool).read() as connection:
            assert (await probe(SchemaConnection(connection, Schema()))).node == version
        await pool.execute("insert into graphile_worker.migrations values (21, now(), false)")
        async with Database(pool).read() as connection:
            assert (await probe(SchemaConnection(connection, Schema()))).node == version


@pytest.mark.parametrize(("package", "highest"), RELEASES)
async def test_the_warning_at_a_start_is_the_one_that_is_quoted(
    package: str, highest: int, node_dsn: NodeDatabase
) -> None:
    """In docs/compatibility.md, with the revision of 0.16."""
    dsn = await node_dsn(package, highest)
    async with opened(dsn) as pool:
        await migrate(Queue(Database(pool), Schema()))

    said = await said_at_a_start(package, dsn)

    quoted = (ROOT / "docs/compatibility.md").read_text("utf-8")
    assert said.count("WARNING") == 1 and said.replace(f"up to revision {highest}", "up to revision 18") in quoted


@pytest.mark.parametrize("highest", [10, 11, 15])
async def test_older_states_are_refused_with_the_way_out(highest: int, node_dsn: NodeDatabase) -> None:
    async with opened(await node_dsn("node-0.16", highest)) as pool:
        with pytest.raises(SchemaUnsupported, match=f"at migration {highest}; we .* from 16 on"):
            await migrate(Queue(Database(pool), Schema()))


@pytest.mark.parametrize(("package", "highest"), RELEASES)
async def test_a_live_worker_goes_on_while_its_database_is_migrated(
    package: str, highest: int, node_dsn: NodeDatabase
) -> None:
    dsn = await node_dsn(package, highest)
    async with opened(dsn) as pool, worker(package, dsn) as peer:
        utils = WorkerUtils(pool)
        await pool.execute("create table go ()")
        held = await utils.add_job("hold", {"before": True})
        await peer.until_ran(held.id)

        assert (await migrate(Queue(Database(pool), Schema()))).applied == list(range(highest + 1, 23))

        await works(peer, utils, pool)
        await pool.execute("insert into go default values")
        await finished(pool, held.id)
        assert await peer.stop() == 0
        assert set(Counter(str(event["ran"]) for event in peer.ran).values()) == {1}


@pytest.mark.parametrize("package", PACKAGES)
async def test_a_worker_on_a_fresh_database_of_ours(package: str, dsn: str) -> None:
    async with opened(dsn) as pool, worker(package, dsn) as peer:
        utils = WorkerUtils(pool)
        await pool.execute("create table go ()")

        await works(peer, utils, pool)
        await keys_and_retirements(peer, utils, pool)
        await theirs(peer, pool)

        assert await peer.stop() == 0
        assert set(Counter(str(event["ran"]) for event in peer.ran).values()) == {1}
        assert max(await migrations(pool)) == 22


async def works(peer: Peer, utils: WorkerUtils, pool: Pool) -> None:
    """Jobs of ours and of theirs run, in queues and out of them, and failures are recorded."""
    ours = [await utils.add_job("ok", {"number": number}, queue="q" if number % 2 else None) for number in range(6)]
    added = await peer.call("addJob", "ok", {"from": "node"}, {"queueName": "nq", "flags": ["f"]})
    boom = await utils.add_job("boom", max_attempts=1)

    await peer.until_ran(*(job.id for job in ours), int(added["id"]), boom.id)

    payloads = {str(event["ran"]): event["payload"] for event in peer.ran}
    assert [payloads[str(job.id)] for job in ours] == [{"number": number} for number in range(6)]
    assert payloads[str(added["id"])] == {"from": "node"}
    left = await settled(pool, boom.id)
    assert (left["attempts"], left["locked_by"]) == (1, None)
    assert "boom says no" in str(left["last_error"])
    stored, updated_at = await utils.get_job(boom.id), left["updated_at"]
    assert stored is not None and isinstance(stored.failed_at, datetime) and isinstance(updated_at, datetime)
    assert updated_at < stored.failed_at < await pool.fetchval("select now()")  # Node's workers do not store it


async def keys_and_retirements(peer: Peer, utils: WorkerUtils, pool: Pool) -> None:
    """A key replaced while its job runs: both run once, and the old one is not tried again."""
    running = await utils.add_job("hold", {"old": True}, key="k")
    await peer.until_ran(running.id)
    replacement = await peer.call("addJob", "ok", {"new": True}, {"jobKey": "k"})
    assert int(replacement["id"]) != running.id
    assert await pool.fetchval("select array_agg(id) from graphile_worker._private_job_retirements") == [running.id]
    await pool.execute("insert into go default values")
    await peer.until_ran(int(replacement["id"]))
    await finished(pool, running.id)
    await finished(pool, int(replacement["id"]))


async def theirs(peer: Peer, pool: Pool) -> None:
    """Node's own client on our functions: batches, failing, rescheduling, completing, removing, cleaning up."""
    later = {"runAt": "2100-01-01T00:00:00Z"}
    ids = [(await peer.call("addJob", "ok", {"place": place}, later))["id"] for place in range(3)]
    assert [job["id"] for job in await peer.call("completeJobs", ids[:1])] == ids[:1]
    [failed] = await peer.call("permanentlyFailJobs", ids[1:2], "no more")
    assert (failed["attempts"], failed["last_error"]) == (25, "no more")
    assert await peer.call("rescheduleJobs", ids[2:], {"runAt": "2020-01-01T00:00:00Z"})
    await peer.until_ran(int(ids[2]))

    await peer.call("addJob", "ok", {}, {"jobKey": "gone", **later})
    await peer.call("addJob", "ok", {}, {"jobKey": "gone", "jobKeyMode": "unsafe_dedupe", **later})
    await peer.call("cleanup", {"tasks": ["DELETE_PERMAFAILED_JOBS", "GC_JOB_QUEUES"]})
    assert await pool.fetchval("select count(*) from graphile_worker.jobs where id = $1", int(ids[1])) == 0
    assert await pool.fetchval("select (graphile_worker.remove_job('gone')).revision") == 1
