"""Dry runs: the rules of the actions applied to rows that are only read. Nothing is locked.

A missing permission is raised as the action itself raises it.
"""

from __future__ import annotations

import asyncpg

from graphile_worker.core import validation
from graphile_worker.core.actions.add import checked
from graphile_worker.core.actions.apply import ActionCall
from graphile_worker.core.actions.remove import Expected, outcome_of
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.jobs import (
    AddOutcome,
    AddPlan,
    JobKeyMode,
    JobReport,
    JobResult,
    JobSpec,
    Outcome,
    RemoveOutcome,
    RemoveReport,
    job_of,
)
from graphile_worker.core.locks.liveness import alive_workers
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement, texts

BATCH = 1000  # ids per transaction


async def dry_run_action(queue: Queue, ids: list[int], call: ActionCall) -> JobReport:
    """The report that `apply_action` would return for these ids now; its `jobs` are empty."""
    results: list[JobResult] = []
    for start in range(0, len(ids), BATCH):
        async with queue.read(call.action.name) as tx:
            results += await _results(tx, ids[start : start + BATCH], call)
    return JobReport(results, [])


async def _results(tx: Transaction, ids: list[int], call: ActionCall) -> list[JobResult]:
    alive = await alive_workers(tx)
    rows = await tx.fetch(statement("jobs.checked", lock="without_lock"), ids=texts(ids), alive=alive)
    found = {row["id"]: call.reason_to_skip(row) or JobResult(row["id"], Outcome.DONE) for row in rows}
    return [found.get(id) or JobResult(id, Outcome.NOT_FOUND, f"job {id} not found") for id in ids]


async def dry_run_remove(queue: Queue, key: str, expected: Expected) -> RemoveReport:
    """The outcome of a removal by this key, and the unchanged job. Raises InvalidInput("key")."""
    row, marks = await _keyed(queue, validation.key(key), "remove-by-key")
    if row is None:
        return RemoveReport(RemoveOutcome.NOT_FOUND, None)
    if expected.changed(row):
        return RemoveReport(RemoveOutcome.CHANGED, job_of(row))
    outcome = outcome_of(row)
    return RemoveReport(outcome, job_of(row), marks and outcome is RemoveOutcome.KEY_RELEASED)


async def dry_run_add(queue: Queue, spec: JobSpec) -> AddPlan:
    """Checks every value as an add does, and returns the outcome that the key leads to. Raises InvalidInput."""
    checked(spec)
    if spec.key is None:
        async with queue.read("add"):
            return AddPlan(AddOutcome.NEW, None)
    row, _ = await _keyed(queue, spec.key, "add")
    if row is None:
        return AddPlan(AddOutcome.NEW, None)
    if str(spec.job_key_mode).replace("_", "-") == JobKeyMode.UNSAFE_DEDUPE:
        return AddPlan(AddOutcome.DEDUPLICATED, row["id"])
    if row["is_available"]:
        return AddPlan(AddOutcome.REPLACED, row["id"])
    return AddPlan(AddOutcome.SPLIT if row["locked"] else AddOutcome.NEW, row["id"])


@retried_read
async def _keyed(queue: Queue, key: str, action: str) -> tuple[asyncpg.Record | None, bool]:
    """The job with a key, and whether the schema can mark a job as given up."""
    async with queue.read(action) as tx:
        row = await tx.fetchrow(statement("jobs.keyed"), key=key, alive=await alive_workers(tx))
        return row, (await tx.capabilities()).state.has_retirements
