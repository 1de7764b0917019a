"""Removes a job by its key. A running job is not removed: it loses the key and is not retried."""

from __future__ import annotations

from dataclasses import dataclass

from graphile_worker.core.jobs import Job, RemoveOutcome, RemoveReport, job_of
from graphile_worker.core.locks.liveness import alive_workers
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement, texts


@dataclass(frozen=True, slots=True)
class Expected:
    """What a caller saw: the id of the job, and the outcome. None is anything."""

    id: int | None = None
    outcome: RemoveOutcome | None = None


async def remove(queue: Queue, key: str, expected: Expected) -> RemoveReport:
    """See WorkerUtils.remove_job; `key` is checked already."""
    async with queue.write("remove-by-key") as tx:
        alive = await alive_workers(tx)
        old_but_alive = await tx.fetchval(statement("jobs.hold_key"), key=key, alive=alive)
        if (changed := await _changed(tx, key, expected, alive)) is not None:
            return changed
        marks = (await tx.capabilities()).state.has_retirements
        if old_but_alive:
            # the schema's own function would remove a job with an old lock although its worker is alive
            split = await tx.fetchrow(statement("jobs.part" if marks else "jobs.part_unmarked"), key=key)
            return RemoveReport(RemoveOutcome.KEY_RELEASED, job_of(split) if split else None, marks)
        row = await tx.fetchrow(statement("jobs.remove"), key=key)
        if row is None or row["id"] is None:
            return RemoveReport(RemoveOutcome.NOT_FOUND, None)
        job = job_of(row)
        if job.key is None:
            return RemoveReport(RemoveOutcome.KEY_RELEASED, job, marks)
        await _free_queue(tx, job)
        return RemoveReport(RemoveOutcome.REMOVED, job)


async def _changed(tx: Transaction, key: str, expected: Expected, alive: list[str] | None) -> RemoveReport | None:
    """The report where the job with the key, whose row is locked, is not as expected; None where it is."""
    if expected == Expected():
        return None
    row = await tx.fetchrow(statement("jobs.keyed"), key=key, alive=alive)
    if row is None:
        return RemoveReport(RemoveOutcome.NOT_FOUND, None)
    outcome = RemoveOutcome.KEY_RELEASED if row["running"] else RemoveOutcome.REMOVED
    same = expected.id in (None, row["id"]) and expected.outcome in (None, outcome)
    return None if same else RemoveReport(RemoveOutcome.CHANGED, job_of(row))


async def _free_queue(tx: Transaction, job: Job) -> None:
    """Releases the queue of a removed job that had an old lock; the schema's own function leaves the queue locked."""
    if job.locked_at is not None and job.job_queue_id is not None:
        await tx.execute(statement("jobs.release_queue"), queues=texts([job.job_queue_id]), holders=[job.locked_by])
