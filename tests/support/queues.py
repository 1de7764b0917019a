"""Jobs of each kind: queues free, held and lost, tasks in every state, locks of several workers."""

from __future__ import annotations

from graphile_worker.worker_utils import WorkerUtils
from tests.support.table import Table


async def fill(utils: WorkerUtils, table: Table) -> dict[str, int]:
    """Nine jobs; their ids by what they are."""
    add, ids = utils.add_job, {}
    ids["free"] = (await add("mail", queue="Alpha", run_at="2001-01-01T00:00:00Z")).id
    ids["later"] = (await add("mail", queue="Alpha", run_at="2999-01-01T00:00:00Z")).id
    ids["held"] = (await add("mail", queue="beta")).id
    ids["waits"] = (await add("push", queue="beta", run_at="2002-02-02T02:02:02.5Z")).id
    ids["stuck"] = (await add("push", queue="gamma")).id
    ids["plain"] = (await add("push", run_at="2003-01-01T00:00:00Z")).id
    ids["failed"] = (await add("mail")).id
    ids["lost"] = (await add("gone", queue="gone")).id
    ids["works"] = (await add("mail")).id
    await utils.permanently_fail_jobs([ids["failed"]], "no")
    await table.lock(ids["held"], "90 minutes", "worker-1")
    await table.lock(ids["stuck"], "5 hours", "pool-2")
    await table.lock(ids["works"], "1 minute", "worker-1")
    await table.run("delete from {s}._private_job_queues where queue_name = 'gone'")
    await table.run("delete from {s}._private_tasks where identifier = 'gone'")
    await table.run("insert into {s}._private_tasks (identifier) values ('unused')")
    await table.run("insert into {s}._private_job_queues (queue_name) values ('empty')")
    return ids
