"""One way to act on jobs by id: small transactions, only rows nobody holds, an outcome for every id."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import asyncpg

from graphile_worker.core.actions.preconditions import Seen
from graphile_worker.core.exceptions import (
    AccessError,
    Busy,
    DatabaseError,
    GraphileWorkerError,
    OutcomeUnknown,
    PoolBusy,
    Refused,
    SchemaError,
    reason_of,
)
from graphile_worker.core.jobs import Job, JobReport, JobResult, Outcome
from graphile_worker.core.locks.liveness import alive_workers
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement, texts

STOPPING = DatabaseError, SchemaError, AccessError  # what ends a verb half-way, and is told with what was done before
CHUNK = 50  # ids per transaction, so that no worker waits for us longer than a few milliseconds
BUSY_WAITS = (0.05, 0.2, 0.5)  # seconds before each new try at rows somebody else holds for a moment

Rows = Literal["whole", "large", "small"]
"""How much of `payload` and `last_error` a report holds: all, up to 1 MiB, up to 8 KiB. Both are None above that."""
Judge = Callable[[asyncpg.Record], JobResult | None]


def _no_objection(row: asyncpg.Record) -> JobResult | None:
    return None


@dataclass(frozen=True, slots=True)
class Verb:
    """An action, the statement that applies it to `:ids`, its other parameters, and what it refuses before acting."""

    action: str
    statement: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    judge: Judge = _no_objection
    seen: Seen = field(default_factory=Seen)
    rows: Rows = "whole"

    def objection(self, row: asyncpg.Record) -> JobResult | None:
        """Why the verb leaves this row alone, or None."""
        return _held(row) or self.seen.objection(row) or self.judge(row)


async def act(queue: Queue, asked: list[int], verb: Verb) -> JobReport:
    """Applies the verb to each id that may be touched; the report covers every id, in the order asked."""
    results: dict[int, JobResult] = {}
    jobs: dict[int, Job] = {}
    ordered = sorted(asked)
    for start in range(0, len(ordered), CHUNK):
        try:
            await _all_or_each(queue, ordered[start : start + CHUNK], verb, results, jobs)
        except STOPPING as error:
            if not results:
                raise
            results |= _broken_off(error, ordered[start : start + CHUNK], ordered[start + CHUNK :], results)
            if isinstance(error, OutcomeUnknown) and not _any_done(results):
                error.results = [results[id] for id in asked]
                raise
            break
    return JobReport([results[id] for id in asked], [jobs[id] for id in asked if id in jobs])


async def _all_or_each(
    queue: Queue, ids: list[int], verb: Verb, results: dict[int, JobResult], jobs: dict[int, Job]
) -> None:
    """The ids in one transaction; where a rule of the database refuses it, each on its own, to find whom it means."""
    try:
        await _chunk_until_free(queue, ids, verb, results, jobs)
    except Refused as error:
        if len(ids) == 1:
            results[ids[0]] = JobResult(ids[0], Outcome.REFUSED, reason_of(error))
            return
        for id in ids:  # but those that an earlier pass has settled
            if id not in results or results[id].outcome is Outcome.BUSY:
                await _all_or_each(queue, [id], verb, results, jobs)


def _any_done(results: Mapping[int, JobResult]) -> bool:
    return any(result.outcome is Outcome.DONE for result in results.values())


def _broken_off(
    error: GraphileWorkerError, during: list[int], after: list[int], told: Mapping[int, JobResult]
) -> dict[int, JobResult]:
    """Results for ids that an error kept from being done after others were: they are not to be lost with it."""
    words, rest = broken_off(error)
    if isinstance(error, OutcomeUnknown):
        words = rest  # the ids of its own transaction have their results already
    found = {id: JobResult(id, Outcome.REFUSED, words) for id in during if id not in told}
    return found | {id: JobResult(id, Outcome.REFUSED, rest) for id in after}


def broken_off(error: GraphileWorkerError) -> tuple[str, str]:
    """What is said of that during which an error came, and of that which was to come after."""
    if isinstance(error, OutcomeUnknown):
        return f"may or may not be done ({error.CAUSE}): look again", f"not tried: {error.CAUSE}"
    return f"not done: {reason_of(error)}", f"not tried: {error.message}"


async def _chunk_until_free(
    queue: Queue, ids: list[int], verb: Verb, results: dict[int, JobResult], jobs: dict[int, Job]
) -> None:
    for wait in (*BUSY_WAITS, None):
        try:
            async with queue.write(verb.action) as tx:
                found, done = await _chunk(tx, ids, verb, await alive_workers(tx))
        except PoolBusy:
            raise
        except OutcomeUnknown as error:  # the block had ended, so `found` is of this pass
            results |= {result.id: _unknown(result, error) for result in found}
            raise
        except Busy as error:
            found, done = [JobResult(id, Outcome.BUSY, reason_of(error)) for id in ids], []
        results |= {result.id: result for result in found}
        jobs |= {job.id: job for job in done}
        ids = [result.id for result in found if result.outcome is Outcome.BUSY]
        if not ids or wait is None:
            return
        await asyncio.sleep(wait)


def _unknown(result: JobResult, error: OutcomeUnknown) -> JobResult:
    """What the transaction left alone stays as it is, committed or not."""
    done = result.outcome is Outcome.DONE
    return JobResult(result.id, Outcome.UNKNOWN, broken_off(error)[0]) if done else result


async def _chunk(
    tx: Transaction, ids: list[int], verb: Verb, alive: list[str] | None
) -> tuple[list[JobResult], list[Job]]:
    rows = await tx.fetch(statement("jobs.judged", lock="skip_locked_jobs"), ids=texts(ids), alive=alive)
    results = await _absent(tx, set(ids) - {row["id"] for row in rows})
    allowed = []
    for row in rows:
        objection = verb.objection(row)
        if objection:
            results.append(objection)
        else:
            allowed.append(row)
    if not allowed:
        return results, []
    going = texts(row["id"] for row in allowed)
    done = await tx.fetch(statement(verb.statement, row=f"row_{verb.rows}"), ids=going, **verb.parameters)
    touched = {row["id"] for row in done}
    old = [row for row in allowed if row["id"] in touched and row["locked_at"] is not None]
    jobs = {row["id"]: job_of(row) for row in done} | await _release(tx, old, verb.rows)
    for row in allowed:
        if row["id"] in touched:
            results.append(JobResult(row["id"], Outcome.DONE))
        else:
            results.append(JobResult(row["id"], Outcome.REFUSED, "the schema's own function left it alone"))
    return results, list(jobs.values())


def _held(row: asyncpg.Record) -> JobResult | None:
    if not row["held"]:
        return None
    return JobResult(row["id"], Outcome.RUNNING, f"is running on {row['locked_by']} since {row['locked_at']}")


async def _absent(tx: Transaction, ids: set[int]) -> list[JobResult]:
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
    """Gives back the job and its queue where the verb acted on a lock that is older than any running job.

    The jobs as they are now; those that the verb has deleted are not among them.
    """
    if not rows:
        return {}
    ids, holders = texts(row["id"] for row in rows), [row["locked_by"] for row in rows]
    free = await tx.fetch(statement("jobs.release_job", row=f"row_{form}"), ids=ids, holders=holders)
    queues = texts(row["job_queue_id"] for row in rows)
    await tx.execute(statement("jobs.release_queue"), queues=queues, holders=holders)
    return {row["id"]: job_of(row) for row in free}


def job_of(row: asyncpg.Record) -> Job:
    """A Job from a row of the `columns` block."""
    return Job(**job_values(row))


def job_values(row: asyncpg.Record) -> dict[str, Any]:
    """The members of a Job from such a row."""
    values = {name: row[name] for name in Job.__dataclass_fields__}
    values["flags"] = None if row["flags"] is None else _flags(row["flags"])
    return values


def _flags(text: str) -> dict[str, bool] | None:
    """None also for what another program wrote there that Python cannot read: it must not undo the verb."""
    try:
        flags: dict[str, bool] | None = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return flags
