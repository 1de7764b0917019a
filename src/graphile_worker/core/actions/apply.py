"""Applies an action to jobs by id: in batches, only to rows that no other session holds, with an outcome for every id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from graphile_worker.core.actions.action import JobAction
from graphile_worker.core.actions.batches import BatchRun
from graphile_worker.core.actions.preconditions import Preconditions
from graphile_worker.core.exceptions import OutcomeUnknown
from graphile_worker.core.jobs import Job, JobReport, JobResult, Outcome, Rows, job_of
from graphile_worker.core.locks.liveness import alive_workers
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement, texts


@dataclass(frozen=True, slots=True)
class ActionCall:
    """One call of an action: its checked arguments, its preconditions, and how much of each row the report holds."""

    action: JobAction
    arguments: Mapping[str, Any]
    preconditions: Preconditions
    rows: Rows = "whole"

    def reason_to_skip(self, row: asyncpg.Record) -> JobResult | None:
        """Why this job is skipped, or None."""
        return running(row) or self.preconditions.reason_to_skip(row) or self.action.reason_to_skip(row, self.arguments)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the statement, besides the ids."""
        return {**self.action.constants, **self.arguments}


async def apply_action(queue: Queue, ids: list[int], call: ActionCall) -> JobReport:
    """Applies the action; the report covers every id, in the order given.

    An error of the database is raised only where it came before any result, or where its outcome is all that is unknown.
    """
    jobs: dict[int, Job] = {}

    async def change(batch: list[int], results: list[JobResult]) -> None:
        async with queue.write(call.action.name) as tx:
            changed = await _change(tx, batch, call, results)
        jobs.update(changed)

    return await report_of(BatchRun(change), ids, jobs)


async def report_of(run: BatchRun, ids: list[int], jobs: Mapping[int, Job]) -> JobReport:
    """Runs the batches; the report has the results of all ids, and the rows that the batches put into `jobs`.

    Raises as `apply_action`.
    """
    error = await run.run(ids)
    if error is not None and not run.any_settled:
        raise error
    results = [run.results[id] for id in ids]
    if isinstance(error, OutcomeUnknown) and not run.any_done:
        error.results = results
        raise error
    return JobReport(results, [jobs[id] for id in ids if id in jobs])


async def _change(tx: Transaction, ids: list[int], call: ActionCall, results: list[JobResult]) -> dict[int, Job]:
    """Changes the jobs of one batch; returns their new rows, or the old ones of those that are deleted."""
    alive = await alive_workers(tx)
    rows = await tx.fetch(statement("jobs.checked", lock="skip_locked_jobs"), ids=texts(ids), alive=alive)
    results += await absent(tx, set(ids) - {row["id"] for row in rows})
    allowed = []
    for row in rows:
        skipped = call.reason_to_skip(row)
        if skipped:
            results.append(skipped)
        else:
            allowed.append(row)
    if not allowed:
        return {}
    query = statement(call.action.statement, row=f"row_{call.rows}")
    done = await tx.fetch(query, ids=texts(row["id"] for row in allowed), **call.parameters)
    changed = {row["id"] for row in done}
    locked = [row for row in allowed if row["id"] in changed and row["locked_at"] is not None]
    jobs = {row["id"]: job_of(row) for row in done} | await _release(tx, locked, call.rows)
    for row in allowed:
        if row["id"] in changed:
            results.append(JobResult(row["id"], Outcome.DONE))
        else:
            results.append(JobResult(row["id"], Outcome.REFUSED, "the schema's own function left it alone"))
    return jobs


def running(row: asyncpg.Record) -> JobResult | None:
    """Why a job that a worker runs is skipped, or None."""
    if not row["held"]:
        return None
    return JobResult(row["id"], Outcome.RUNNING, f"is running on {row['locked_by']} since {row['locked_at']}")


async def absent(tx: Transaction, ids: set[int]) -> list[JobResult]:
    """Results for ids whose rows could not be locked: another session holds them, or there are none."""
    if not ids:
        return []
    present = {row["id"] for row in await tx.fetch(statement("jobs.present"), ids=texts(ids))}
    return [
        JobResult(id, Outcome.BUSY, "somebody else is changing it right now")
        if id in present
        else JobResult(id, Outcome.NOT_FOUND, f"job {id} not found")
        for id in ids
    ]


async def _release(tx: Transaction, rows: list[asyncpg.Record], form: Rows) -> dict[int, Job]:
    """Releases the lock of each job, and of its queue, that the action changed although an old lock was on it.

    Returns the new rows of those that still exist.
    """
    if not rows:
        return {}
    ids, holders = texts(row["id"] for row in rows), [row["locked_by"] for row in rows]
    released = await tx.fetch(statement("jobs.release_job", row=f"row_{form}"), ids=ids, holders=holders)
    queues = texts(row["job_queue_id"] for row in rows)
    await tx.execute(statement("jobs.release_queue"), queues=queues, holders=holders)
    return {row["id"]: job_of(row) for row in released}
