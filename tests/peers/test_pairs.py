"""Databases with a past: made by one Node release, migrated by another, then opened, used and migrated by us.

Whoever was welcome before we came must be welcome afterwards, and nobody changes what we have made.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import product

import pytest

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.read import list_jobs
from graphile_worker.admin.api.tables.overview import stats
from graphile_worker.core.database.schema_connection import SchemaConnection
from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.jobs import JobReport, Outcome, RemoveOutcome
from graphile_worker.core.migration.schema_state import Verdict, probe
from graphile_worker.worker_utils import WorkerUtils
from tests.peers.database import finished, opened
from tests.peers.node import PACKAGES, RELEASES, NodeDatabase, try_to_migrate, workers
from tests.support.catalog import STATE_22, catalog, migrations

HIGHEST = dict(RELEASES)
OLDEST = "node-0.16"
SLOTS = 4  # jobs that each worker runs at once
REFUSED = 57  # how Node exits where a breaking migration is newer than itself
LATER = "2100-01-01T00:00:00Z"


@pytest.mark.parametrize(("maker", "second"), list(product(PACKAGES, repeat=2)))
async def test_made_by_one_migrated_by_another_then_by_us(maker: str, second: str, node_dsn: NodeDatabase) -> None:
    dsn = await node_dsn(maker, HIGHEST[maker])
    guests = PACKAGES if maker == second == OLDEST else PACKAGES[1:]  # migration 19 of the newer ones is breaking
    highest = max(HIGHEST[maker], HIGHEST[second])
    await each_migrates([second], guests, dsn)
    async with opened(dsn) as pool:
        utils, before = WorkerUtils(pool), await migrations(pool)
        assert max(before) == highest
        await our_verbs_work(utils, "older")

        assert (await utils.migrate()).applied == list(range(highest + 1, 23))

        await our_verbs_work(utils, "current")
        made = (STATE_22, before | dict.fromkeys(range(highest + 1, 23), False))
        assert (await catalog(pool), await migrations(pool)) == made
        await each_migrates([package for package in PACKAGES if package not in guests], guests, dsn)
        await each_works(guests, utils, pool, dsn)
        assert (await catalog(pool), await migrations(pool)) == made


async def each_migrates(packages: list[str], guests: list[str], dsn: str) -> None:
    """These run their own migrations, one after the other; those who are no guests are refused."""
    for package in packages:
        code, said = await try_to_migrate(package, dsn)
        assert code == (0 if package in guests else REFUSED), said
        assert ("includes breaking migration 19" in said) == (package not in guests)


async def our_verbs_work(utils: WorkerUtils, verdict: Verdict) -> None:
    """Adds, lists, fails, retries, completes and removes; nothing is left."""
    async with utils.database.read() as connection:
        assert (await probe(SchemaConnection(connection, utils.schema))).verdict == verdict
    job = await utils.add_job("ok", {"n": 1}, run_at=LATER, queue="q")
    keyed = await utils.add_job("ok", run_at=LATER, key="k")
    rows = [json.loads(bytes(row)) for row in (await list_jobs(utils.queue, JobFilter(identifiers=["ok"])))["jobs"]]
    assert [(row["id"], row["queue_name"]) for row in rows] == [(job.id, "q"), (keyed.id, None)]

    assert outcome(await utils.permanently_fail_jobs([job.id], "no")) is Outcome.DONE
    assert (await stats(utils.queue)).failed == 1
    assert outcome(await utils.run_now([job.id])) is Outcome.USED_UP
    [retried] = (await utils.retry([job.id])).jobs
    assert (retried.attempts, retried.last_error) == (0, "no")
    [moved] = (await utils.reschedule_jobs([job.id], priority=3)).jobs
    assert moved.priority == 3
    assert outcome(await utils.complete_jobs([job.id])) is Outcome.DONE
    assert (await utils.remove_job("k")).outcome is RemoveOutcome.REMOVED
    assert outcome(await utils.complete_jobs([job.id])) is Outcome.NOT_FOUND


def outcome(report: JobReport) -> Outcome:
    """Of a report about one job."""
    [result] = report.results
    return result.outcome


async def each_works(guests: list[str], utils: WorkerUtils, pool: Pool, dsn: str) -> None:
    """Workers of all these releases side by side; each migrates when it starts.

    There are as many jobs as fit, and they end together: all can only have begun if every worker did its part.
    """
    await pool.execute("create table go ()")
    async with workers(guests, dsn) as peers:
        jobs = [await utils.add_job("hold") for _ in range(SLOTS * len(guests))]
        for peer in peers:
            await peer.until_started(SLOTS)
        await pool.execute("insert into go default values")
        for job in jobs:
            await finished(pool, job.id)
        assert [await peer.stop() for peer in peers] == [0] * len(guests)
    assert set(Counter(event["ran"] for peer in peers for event in peer.ran).values()) == {1}
