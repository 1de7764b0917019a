"""Changes the payload of one job that is not running, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg

from graphile_worker.core import validation
from graphile_worker.core.actions.add import payload_text
from graphile_worker.core.actions.apply import absent, report_of, running
from graphile_worker.core.actions.batches import BatchRun
from graphile_worker.core.actions.preconditions import Expected, Preconditions, Revisions
from graphile_worker.core.actions.table import CHANGE_PAYLOAD
from graphile_worker.core.jobs import Job, JobReport, JobResult, Outcome, Rows, job_of
from graphile_worker.core.locks.liveness import alive_workers
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement, texts


@dataclass(frozen=True, slots=True)
class PayloadChange:
    """The new JSON text of a job's payload, and the preconditions.

    Args:
        expected_payload: the stored text that is replaced; None replaces any.
        rows: how much of the row the report holds.
    """

    id: int
    payload: str
    expected_payload: str | None
    preconditions: Preconditions
    rows: Rows

    @classmethod
    def checked(
        cls,
        id: int,
        payload: Any,
        expected_payload: str | None,
        revisions: Revisions,
        expected: Expected,
        rows: Rows,
    ) -> PayloadChange:
        """Raises InvalidInput."""
        checked_id = validation.integer("id", id, 1, validation.BIGINT_MAX)
        if expected_payload is not None:
            validation.text("expected_payload", expected_payload, most=validation.PAYLOAD_MAX)
        preconditions = Preconditions.checked(revisions, expected, [checked_id])
        return cls(checked_id, payload_text(payload), expected_payload, preconditions, rows)


async def change_payload(queue: Queue, change: PayloadChange) -> JobReport:
    """Changes the payload; the report has the new row, or the present one where a precondition does not hold."""
    jobs: dict[int, Job] = {}

    async def run(batch: list[int], results: list[JobResult]) -> None:
        async with queue.write(CHANGE_PAYLOAD.name) as tx:
            result = await _check(tx, change, "skip_locked_jobs")
            results.append(result)
            row = await _row(tx, change, result)
        if row is not None:
            jobs[change.id] = job_of(row)

    return await report_of(BatchRun(run), [change.id], jobs)


async def dry_run_change_payload(queue: Queue, change: PayloadChange) -> JobReport:
    """The report that `change_payload` would return now, without rows."""
    async with queue.read(CHANGE_PAYLOAD.name) as tx:
        return JobReport([await _check(tx, change, "without_lock")], [])


async def _check(tx: Transaction, change: PayloadChange, lock: str) -> JobResult:
    """Reads the row of the job with this lock; the result is why the job is skipped, or done."""
    ids = texts([change.id])
    row = await tx.fetchrow(statement("jobs.checked", lock=lock), ids=ids, alive=await alive_workers(tx))
    if row is None:
        return (await absent(tx, {change.id}))[0]
    if skipped := running(row) or change.preconditions.reason_to_skip(row):
        return skipped
    if await tx.fetchval(statement("jobs.payload_unchanged"), ids=ids, expected=change.expected_payload):
        return JobResult(change.id, Outcome.DONE)
    return JobResult(change.id, Outcome.CHANGED, "was changed meanwhile (its payload is not the expected one)")


async def _row(tx: Transaction, change: PayloadChange, result: JobResult) -> asyncpg.Record | None:
    """The row with the new payload; the present row where a precondition does not hold; None for other results."""
    ids, part = texts([change.id]), f"row_{change.rows}"
    if result.outcome is Outcome.DONE:
        return await tx.fetchrow(statement("jobs.change_payload", row=part), ids=ids, payload=change.payload)
    if result.outcome is Outcome.CHANGED:
        return await tx.fetchrow(statement("jobs.by_id", row=part), ids=ids)
    return None
