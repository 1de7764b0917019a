"""Removing a job by its key, which for a job that runs means parting the two."""

from __future__ import annotations

from graphile_worker.core.actions.act import job_of
from graphile_worker.core.jobs import Job, RemoveOutcome, RemoveReport
from graphile_worker.core.locks.liveness import alive_workers
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement, texts


async def remove(queue: Queue, key: str) -> RemoveReport:
    """See WorkerUtils.remove_job; `key` is checked already."""
    async with queue.write("remove-by-key") as tx:
        if await tx.fetchval(statement("jobs.hold_key"), key=key, alive=await alive_workers(tx)):
            # however old the lock: the schema's own function would take the job from a worker that lives
            marks = (await tx.capabilities()).state.has_retirements
            parted = await tx.fetchrow(statement("jobs.part" if marks else "jobs.part_unmarked"), key=key)
            return RemoveReport(RemoveOutcome.KEY_RELEASED, job_of(parted) if parted else None)
        row = await tx.fetchrow(statement("jobs.remove"), key=key)
        if row is None or row["id"] is None:
            return RemoveReport(RemoveOutcome.NOT_FOUND, None)
        job = job_of(row)
        if job.key is None:
            return RemoveReport(RemoveOutcome.KEY_RELEASED, job)
        await _free_queue(tx, job)
        return RemoveReport(RemoveOutcome.REMOVED, job)


async def _free_queue(tx: Transaction, job: Job) -> None:
    """The schema's function leaves the queue of an old lock to the dead."""
    if job.locked_at is not None and job.job_queue_id is not None:
        await tx.execute(statement("jobs.release_queue"), queues=texts([job.job_queue_id]), holders=[job.locked_by])
