"""One way to act on jobs by id: small transactions, only rows nobody holds, an outcome for every id."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg

from graphile_worker.core.actions.preconditions import Preconditions
from graphile_worker.core.actions.table import JobAction
from graphile_worker.core.database.transactions import AnyConnection, Database
from graphile_worker.core.diagnosis.capabilities import known, writing
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
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import statement, texts

STOPPING = DatabaseError, SchemaError, AccessError  # what ends a verb half-way, and is told with what was done before
CHUNK = 50  # ids per transaction, so that no worker waits for us longer than a few milliseconds
BUSY_WAITS = (0.05, 0.2, 0.5)  # seconds before each new try at rows somebody else holds for a moment

# The tables that tell who is alive: ours, and those of Node's commercial Worker Pro.
_SIGNS = {
    "_private_workers": "jobs.beating_workers",
    "_private_pro_workers": "jobs.pro_workers",
    "_private_pro_pools": "jobs.pro_pools",
}

# Payload and error of a row: all, up to 1 MiB, up to 8 KiB; both are None where they are larger.
Rows = Literal["whole", "large", "small"]


@dataclass(frozen=True, slots=True)
class ActionCall:
    """One call of an action: its checked arguments, its preconditions, and how much of each row the report holds."""

    action: JobAction
    arguments: Mapping[str, Any]
    preconditions: Preconditions
    rows: Rows = "whole"

    def reason_to_skip(self, row: asyncpg.Record) -> JobResult | None:
        """Why this job is skipped, or None."""
        return (
            _running(row) or self.preconditions.reason_to_skip(row) or self.action.reason_to_skip(row, self.arguments)
        )

    @property
    def statement_arguments(self) -> list[Any]:
        """What the statement takes after the ids."""
        return [*self.arguments.values(), *self.action.constants]


async def act(database: Database, schema: Schema, asked: list[int], call: ActionCall) -> JobReport:
    """Applies the verb to each id that may be touched; the report covers every id, in the order asked."""
    results: dict[int, JobResult] = {}
    jobs: dict[int, Job] = {}
    ordered = sorted(asked)
    for start in range(0, len(ordered), CHUNK):
        try:
            await _all_or_each(database, schema, ordered[start : start + CHUNK], call, results, jobs)
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
    database: Database,
    schema: Schema,
    ids: list[int],
    call: ActionCall,
    results: dict[int, JobResult],
    jobs: dict[int, Job],
) -> None:
    """The ids in one transaction; where a rule of the database refuses it, each on its own, to find whom it means."""
    try:
        await _chunk_until_free(database, schema, ids, call, results, jobs)
    except Refused as error:
        if len(ids) == 1:
            results[ids[0]] = JobResult(ids[0], Outcome.REFUSED, reason_of(error))
            return
        for id in ids:  # but those that an earlier pass has settled
            if id not in results or results[id].outcome is Outcome.BUSY:
                await _all_or_each(database, schema, [id], call, results, jobs)


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
    database: Database,
    schema: Schema,
    ids: list[int],
    call: ActionCall,
    results: dict[int, JobResult],
    jobs: dict[int, Job],
) -> None:
    for wait in (*BUSY_WAITS, None):
        try:
            async with writing(database, schema, call.action.name) as connection:
                alive = await living_workers(database, connection, schema)
                found, done = await _chunk(connection, schema, ids, call, alive)
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
    connection: AnyConnection, schema: Schema, ids: list[int], call: ActionCall, alive: list[str] | None
) -> tuple[list[JobResult], list[Job]]:
    rows = await connection.fetch(statement("jobs.judged", schema, lock="skip_held"), texts(ids), alive)
    results = await _absent(connection, schema, set(ids) - {row["id"] for row in rows})
    allowed = []
    for row in rows:
        skipped = call.reason_to_skip(row)
        if skipped:
            results.append(skipped)
        else:
            allowed.append(row)
    if not allowed:
        return results, []
    going = texts(row["id"] for row in allowed)
    done = await connection.fetch(
        statement(call.action.statement, schema, row=f"row_{call.rows}"), going, *call.statement_arguments
    )
    touched = {row["id"] for row in done}
    old = [row for row in allowed if row["id"] in touched and row["locked_at"] is not None]
    jobs = {row["id"]: job_of(row) for row in done} | await _release(connection, schema, old, call.rows)
    for row in allowed:
        if row["id"] in touched:
            results.append(JobResult(row["id"], Outcome.DONE))
        else:
            results.append(JobResult(row["id"], Outcome.REFUSED, "the schema's own function left it alone"))
    return results, list(jobs.values())


def _running(row: asyncpg.Record) -> JobResult | None:
    if not row["held"]:
        return None
    return JobResult(row["id"], Outcome.RUNNING, f"is running on {row['locked_by']} since {row['locked_at']}")


async def _absent(connection: AnyConnection, schema: Schema, ids: set[int]) -> list[JobResult]:
    if not ids:
        return []
    present = {row["id"] for row in await connection.fetch(statement("jobs.present", schema), texts(ids))}
    return [
        JobResult(id, Outcome.BUSY, "somebody else is changing it right now")
        if id in present
        else JobResult(id, Outcome.NOT_FOUND, f"job {id} not found")
        for id in ids
    ]


async def living_workers(database: Database, connection: AnyConnection, schema: Schema) -> list[str] | None:
    """Ids whose locks belong to the living, however old: a fresh heartbeat, or Worker Pro lists them; None = unseen."""
    capabilities = await known(database, connection, schema)
    if not capabilities.sees_heartbeats:
        return None
    alive: list[str] = []
    for name, query in _SIGNS.items():
        if (name, "select") in capabilities.facts.present:
            if not capabilities.facts.has(name, "select"):
                return None
            alive += [row["id"] for row in await connection.fetch(statement(query, schema))]
    return None if None in alive else alive


async def _release(connection: AnyConnection, schema: Schema, rows: list[asyncpg.Record], form: Rows) -> dict[int, Job]:
    """Gives back the job and its queue where the verb acted on a lock that is older than any running job.

    The jobs as they are now; those that the verb has deleted are not among them.
    """
    if not rows:
        return {}
    ids, holders = texts(row["id"] for row in rows), [row["locked_by"] for row in rows]
    free = await connection.fetch(statement("jobs.release_job", schema, row=f"row_{form}"), ids, holders)
    queues = texts(row["job_queue_id"] for row in rows)
    await connection.execute(statement("jobs.release_queue", schema), queues, holders)
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
