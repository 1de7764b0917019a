"""1,000 jobs, two live Node workers, and all our verbs at once: none is lost, none runs twice, every report is true.

The databases are each release's own; our `migrate` is one of the verbs, so it too happens under full load.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.jobs import JobSpec, Outcome
from graphile_worker.worker_utils import WorkerUtils
from tests.peers.database import deadlocks, opened
from tests.peers.ledger import Balance, Ledger, Work
from tests.peers.node import PATIENCE, RELEASES, NodeDatabase, Peer, workers
from tests.peers.storm import KEYED, Storm

JOBS, BATCH = 1000, 25
CROWD = 150  # jobs that wait before more are added
TASKS = 6  # verbs of ours at the same time
UNFINISHED = "select id from graphile_worker._private_jobs where locked_at is not null or attempts < max_attempts"


@pytest.mark.variants(1)
@pytest.mark.parametrize(("package", "highest"), RELEASES)
async def test_every_job_comes_to_exactly_one_end(
    package: str, highest: int, node_dsn: NodeDatabase, record_property: Callable[[str, object], None]
) -> None:
    dsn = await node_dsn(package, highest)
    async with opened(dsn) as pool:
        ledger = Ledger()
        async with workers([package] * 2, dsn) as peers:
            await all_at_once(Storm(WorkerUtils(pool), ledger), pool, peers)
            assert not any(peer.ended for peer in peers)
            assert [await peer.stop() for peer in peers] == [0, 0]
        work = Work.of(peers)
        rows = await pool.fetch("select id, attempts, max_attempts, locked_by from graphile_worker._private_jobs")

    balance = Balance.of(ledger, work, [row["id"] for row in rows])
    record_property("figures", f"{package}: {figures(ledger, balance)}")

    assert (balance.lost, balance.doubled, work.overlaps) == (set(), set(), [])
    assert len(balance.unnamed) == ledger.cleaned
    assert all(row["attempts"] >= row["max_attempts"] and row["locked_by"] is None for row in rows)
    assert len(ledger.ids) == len(set(ledger.ids)) == JOBS

    assert ledger.reported(Outcome.RUNNING).keys() <= work.starts.keys()
    assert not ledger.gone.keys() & balance.left
    assert all(work.last_start.get(id, 0) <= since for id, since in ledger.gone.items())
    assert sorted(ledger.applied) == list(range(highest + 1, 23))
    assert await deadlocks(dsn) == 0


async def all_at_once(storm: Storm, pool: Pool, peers: list[Peer]) -> None:
    """Feeds the jobs while the storm rages; calls back at the end what it has put off, until nothing waits."""
    calm = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        await feed(storm, pool, peers[0], 0)
        for _ in range(TASKS):
            tasks.create_task(storm.rage(calm))
        for first in range(BATCH, JOBS, BATCH):
            await crowd_at_most(CROWD, storm, pool)
            await feed(storm, pool, peers[0], first)
        await crowd_at_most(CROWD // 4, storm, pool)
        calm.set()
    with suppress(TimeoutError):  # whoever still waits after all that patience is lost, and counted so
        await crowd_at_most(0, storm, pool)


async def feed(storm: Storm, pool: Pool, peer: Peer, first: int) -> None:
    """Adds a batch through us, all but one job of it, which Node adds."""
    specs = [JobSpec("step", **options(number)) for number in range(first, first + BATCH - 1)]
    jobs = await storm.utils.add_jobs(specs)
    theirs = await peer.call("addJob", "step", {"ms": 60})
    storm.ledger.ids += [*(job.id for job in jobs), int(theirs["id"])]


def options(number: int) -> dict[str, Any]:
    """A third in one of 20 queues, a fifth keyed, a seventh stumbles at first, some more urgent than others."""
    queue = f"queue {number % 20}" if number % 3 == 0 else None
    return {
        "payload": {"ms": 35 + number % 50, "queue": queue, "stumbles": number % 7 == 0},
        "queue": queue,
        "key": f"key {number}" if number % KEYED == 0 else None,
        "priority": number % 4,
    }


async def crowd_at_most(most: int, storm: Storm, pool: Pool) -> None:
    """Waits for the workers, bringing forward what waits for a retry or was put off; no more than `most` are left."""
    async with asyncio.timeout(PATIENCE):
        while len(ids := [row["id"] for row in await pool.fetch(UNFINISHED)]) > most:
            storm.ledger.note("run_now", ids, await storm.utils.run_now(ids))
            await asyncio.sleep(0.05)


def figures(ledger: Ledger, balance: Balance) -> str:
    """One line for a person."""
    return (
        f"{len(ledger.ids):,} jobs, ran {len(balance.ran)}, completed by us {len(balance.completed)}, "
        f"failed {len(balance.left | balance.unnamed)}, removed {len(balance.removed)}, "
        f"verbs {ledger.calls.total():,} ({ledger.answers}), "
        f"lost {len(balance.lost)}, doubled {len(balance.doubled)}"
    )
