"""A worker's hands on the tables behind WorkerUtils."""

from __future__ import annotations

from graphile_worker.core.jobs import Job
from graphile_worker.worker_utils import WorkerUtils

# As Node and the Rust port fetch a job, of the tasks 1 and 2.
FETCH = """
with j as (
  select jobs.job_queue_id, jobs.id from graphile_worker._private_jobs jobs
  where jobs.is_available = true and run_at <= now() and task_id = any(array[1, 2])
    and (jobs.job_queue_id is null or jobs.job_queue_id in (
      select id from graphile_worker._private_job_queues q where q.is_available = true for update skip locked))
  order by priority, run_at limit 1 for update skip locked
), q as (
  update graphile_worker._private_job_queues q set locked_by = 'w', locked_at = now() from j where q.id = j.job_queue_id
)
update graphile_worker._private_jobs jobs set attempts = jobs.attempts + 1, locked_by = 'w', locked_at = now()
from j where jobs.id = j.id returning jobs.id
"""


async def write(utils: WorkerUtils, statement: str, *values: object) -> None:
    """Runs a statement on the schema of the test, `{s}`."""
    await utils.database.pool.execute(statement.replace("{s}", utils.schema.quoted), *values)


async def names(utils: WorkerUtils, table: str, column: str) -> list[str]:
    """What one column of a table holds."""
    rows = await utils.database.pool.fetch(f"select {column} from {utils.schema.quoted}.{table} order by 1")
    return [row[0] for row in rows]


async def lock(utils: WorkerUtils, job: Job, worker: str, age: str = "1 minute") -> None:
    """Locks a job, and its queue, as a worker does."""
    await write(
        utils,
        "update {s}._private_jobs set locked_by = $2, locked_at = now() - $3::text::interval, attempts = attempts + 1"
        " where id = $1",
        job.id,
        worker,
        age,
    )
    await write(
        utils,
        "update {s}._private_job_queues set locked_by = $2, locked_at = now() - $3::text::interval where id = $1",
        job.job_queue_id,
        worker,
        age,
    )
