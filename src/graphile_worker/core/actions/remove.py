"""Removes a job by its key. A running job is not removed: it loses the key and is not retried."""

from __future__ import annotations

from graphile_worker.core.jobs import Job, RemoveOutcome, RemoveReport, job_of
from graphile_worker.core.locks.liveness import alive_workers
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement, texts


async def remove(queue: Queue, key: str) -> RemoveReport:
    """See WorkerUtils.remove_job; `key` is checked already."""
    async with queue.write("remove-by-key") as tx:
        if await tx.fetchval(statement("jobs.hold_key"), key=key, alive=await alive_workers(tx)):
            # the schema's own function would remove a job with an old lock although its worker is alive
            marks = (await tx.capabilities()).state.has_retirements
            split = await tx.fetchrow(statement("jobs.part" if marks else "jobs.part_unmarked"), key=key)
            return RemoveReport(RemoveOutcome.KEY_RELEASED, job_of(split) if split else None)
        row = await tx.fetchrow(statement("jobs.remove"), key=key)
        if row is None or row["id"] is None:
            return RemoveReport(RemoveOutcome.NOT_FOUND, None)
        job = job_of(row)
        if job.key is None:
            return RemoveReport(RemoveOutcome.KEY_RELEASED, job)
        await _free_queue(tx, job)
        return RemoveReport(RemoveOutcome.REMOVED, job)


async def _free_queue(tx: Transaction, job: Job) -> None:
    """Releases the queue of a removed job that had an old lock; the schema's own function leaves the queue locked."""
    if job.locked_at is not None and job.job_queue_id is not None:
        await tx.execute(statement("jobs.release_queue"), queues=texts([job.job_queue_id]), holders=[job.locked_by])
