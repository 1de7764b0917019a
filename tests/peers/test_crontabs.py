"""The crontabs of Node's own worker, as `crontabs` reads them."""

from __future__ import annotations

import asyncio
import json

import pytest

from graphile_worker.worker_utils import WorkerUtils
from scripts.assets.node import node
from tests.peers.database import opened
from tests.peers.node import HERE, PATIENCE, RELEASES, NodeDatabase

# The worker backfills the crontab `known` at its start: an hour of minutes, for which no worker has added a job.
CRONTABS = "* * * * * fails ?id=known&fill=1h&max=1\n* * * * * fails ?fill=1h&max=1\n0 0 1 1 * fails ?id=later"
RUN = """
const { EventEmitter, once } = require("events");
const { run, Logger } = require(process.argv[1]);
const events = new EventEmitter();
const started = once(events, "cron:started");
const taskList = { fails: async () => { throw new Error("no") } };
const logger = new Logger(() => () => {});
run({ connectionString: process.argv[2], taskList, crontab: process.argv[3], events, logger, noHandleSignals: true })
  .then(async (runner) => { await started; await runner.stop(); });
"""


@pytest.mark.parametrize(("package", "highest"), RELEASES)
async def test_backfilled_jobs(package: str, highest: int, node_dsn: NodeDatabase) -> None:
    dsn = await node_dsn(package, highest)
    async with opened(dsn) as pool:
        await pool.execute(
            "insert into graphile_worker._private_known_crontabs"
            " select name, now() - interval '1 day', now() - interval '10 minutes' from unnest(array['known', 'fails']) name"
        )
        process = await asyncio.create_subprocess_exec(*node(), "-e", RUN, package, dsn, CRONTABS, cwd=HERE)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0

        found = await WorkerUtils(pool).crontabs()
        payload = json.loads(await pool.fetchval("select payload::text from graphile_worker._private_jobs limit 1"))

    rows = {row.identifier: row for row in found.crontabs}
    assert list(rows) == ["fails", "known", "later"]
    assert payload["_cron"]["backfilled"] is True
    assert rows["later"].last_execution is None and rows["later"].jobs is None
    assert rows["known"].jobs is None, "its task has another name"
    jobs = rows["fails"].jobs
    assert jobs is not None and jobs.total >= jobs.backfilled >= 18
    assert jobs.newest_at == rows["fails"].last_execution == rows["known"].last_execution
    assert found.tasks == []
