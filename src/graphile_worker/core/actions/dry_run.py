"""What a verb would come to: the judges of the verbs themselves over rows that are only read. Nothing is locked.

Who may not do it is refused as by the verb.
"""

from __future__ import annotations

import asyncpg

from graphile_worker.core import validation
from graphile_worker.core.actions.act import Verb, job_of
from graphile_worker.core.actions.add import checked
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
)
from graphile_worker.core.locks.liveness import alive_workers
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement, texts

CHUNK = 1000  # ids of one look


async def look(queue: Queue, asked: list[int], verb: Verb) -> JobReport:
    """What `act` would report for these ids now: `done` for each it would do. `jobs` stays empty."""
    results: list[JobResult] = []
    for start in range(0, len(asked), CHUNK):
        async with queue.read(verb.action) as tx:
            results += await _judged(tx, asked[start : start + CHUNK], verb)
    return JobReport(results, [])


async def _judged(tx: Transaction, ids: list[int], verb: Verb) -> list[JobResult]:
    alive = await alive_workers(tx)
    rows = await tx.fetch(statement("jobs.judged", lock="without_lock"), ids=texts(ids), alive=alive)
    found = {row["id"]: verb.objection(row) or JobResult(row["id"], Outcome.DONE) for row in rows}
    return [found.get(id) or JobResult(id, Outcome.NOT_FOUND, f"job {id} not found") for id in ids]


async def look_at_key(queue: Queue, key: str) -> RemoveReport:
    """What removing by this key would do, and the job as it is. Raises InvalidInput("key")."""
    row = await _keyed(queue, validation.key(key), "remove-by-key")
    if row is None:
        return RemoveReport(RemoveOutcome.NOT_FOUND, None)
    return RemoveReport(RemoveOutcome.KEY_RELEASED if row["running"] else RemoveOutcome.REMOVED, job_of(row))


async def plan_add(queue: Queue, spec: JobSpec) -> AddPlan:
    """Checks every value as an add does and says what the key would come to. Raises InvalidInput."""
    checked(spec)
    if spec.key is None:
        async with queue.read("add"):
            return AddPlan(AddOutcome.NEW, None)
    row = await _keyed(queue, spec.key, "add")
    if row is None:
        return AddPlan(AddOutcome.NEW, None)
    if str(spec.job_key_mode).replace("_", "-") == JobKeyMode.UNSAFE_DEDUPE:
        return AddPlan(AddOutcome.DEDUPLICATED, row["id"])
    if row["is_available"]:
        return AddPlan(AddOutcome.REPLACED, row["id"])
    return AddPlan(AddOutcome.SPLIT if row["locked"] else AddOutcome.NEW, row["id"])


@retried_read
async def _keyed(queue: Queue, key: str, action: str) -> asyncpg.Record | None:
    async with queue.read(action) as tx:
        return await tx.fetchrow(statement("jobs.keyed"), key=key, alive=await alive_workers(tx))
