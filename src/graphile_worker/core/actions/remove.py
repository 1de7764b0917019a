"""Removes a job by its key. A running job is not removed: it loses the key and is not retried."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from graphile_worker.core import validation
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.jobs import Job, RemoveOutcome, RemoveReport, job_of
from graphile_worker.core.locks.liveness import alive_workers
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement, texts

OUTCOMES = (RemoveOutcome.REMOVED, RemoveOutcome.KEY_RELEASED)  # those that a caller may expect


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected id of the job, and the expected outcome; None is any. Raises InvalidInput."""

    id: int | None = None
    outcome: RemoveOutcome | None = None

    def __post_init__(self) -> None:
        validation.optional_integer("expected_id", self.id, 1, validation.BIGINT_MAX)
        if self.outcome not in (None, *OUTCOMES):
            raise InvalidInput("expected_outcome", f"must be {' or '.join(OUTCOMES)}")

    def changed(self, row: asyncpg.Record) -> bool:
        """Whether the job of a row of jobs.keyed is another one, or would have another outcome."""
        return self.id not in (None, row["id"]) or self.outcome not in (None, outcome_of(row))


def outcome_of(row: asyncpg.Record) -> RemoveOutcome:
    """The outcome of a removal of the job of a row of jobs.keyed."""
    return RemoveOutcome.KEY_RELEASED if row["running"] else RemoveOutcome.REMOVED


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
    return RemoveReport(RemoveOutcome.CHANGED, job_of(row)) if expected.changed(row) else None


async def _free_queue(tx: Transaction, job: Job) -> None:
    """Releases the queue of a removed job that had an old lock; the schema's own function leaves the queue locked."""
    if job.locked_at is not None and job.job_queue_id is not None:
        await tx.execute(statement("jobs.release_queue"), queues=texts([job.job_queue_id]), holders=[job.locked_by])
