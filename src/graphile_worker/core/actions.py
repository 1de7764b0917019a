"""One way to act on jobs by id: small transactions, only rows nobody holds, an outcome for every id."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from graphile_worker.core import checks
from graphile_worker.core.database import AnyConnection, Database
from graphile_worker.core.errors import RowSecurity
from graphile_worker.core.jobs import Job, JobReport, JobResult, Outcome
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import statement

CHUNK = 50  # ids per transaction, so that no worker waits for us longer than a few milliseconds
SIGHT_SECONDS = 10.0  # how long a role that sees the rows is trusted to go on seeing them
BUSY_WAITS = (0.05, 0.2, 0.5)  # seconds before each new try at rows somebody else holds for a moment

Judge = Callable[[asyncpg.Record], JobResult | None]


def _no_objection(row: asyncpg.Record) -> JobResult | None:
    return None


@dataclass(frozen=True, slots=True)
class Verb:
    """A statement that acts on `$1` ids, its other arguments, and what it refuses before acting."""

    statement: str
    arguments: Sequence[Any] = ()
    judge: Judge = _no_objection


async def act(database: Database, schema: Schema, ids: Iterable[int], verb: Verb) -> JobReport:
    """Applies the verb to each id that may be touched; the report covers every distinct id, in the order asked."""
    asked = checks.ids(ids)
    results: dict[int, JobResult] = {}
    jobs: dict[int, Job] = {}
    ordered = sorted(asked)
    for start in range(0, len(ordered), CHUNK):
        await _chunk_until_free(database, schema, ordered[start : start + CHUNK], verb, results, jobs)
    return JobReport([results[id] for id in asked], [jobs[id] for id in asked if id in jobs])


async def _chunk_until_free(
    database: Database, schema: Schema, ids: list[int], verb: Verb, results: dict[int, JobResult], jobs: dict[int, Job]
) -> None:
    for wait in (*BUSY_WAITS, None):
        async with database.write() as connection:
            found, done = await _chunk(connection, schema, ids, verb)
        results |= {result.id: result for result in found}
        jobs |= {job.id: job for job in done}
        ids = [result.id for result in found if result.outcome is Outcome.BUSY]
        if not ids or wait is None:
            return
        await asyncio.sleep(wait)


async def _chunk(
    connection: AnyConnection, schema: Schema, ids: list[int], verb: Verb
) -> tuple[list[JobResult], list[Job]]:
    rows = await connection.fetch(statement("jobs.lock", schema), ids, await living_workers(connection, schema))
    results = await _absent(connection, schema, set(ids) - {row["id"] for row in rows})
    allowed = []
    for row in rows:
        objection = _held(row) or verb.judge(row)
        if objection:
            results.append(objection)
        else:
            allowed.append(row)
    if not allowed:
        return results, []
    done = await connection.fetch(statement(verb.statement, schema), [row["id"] for row in allowed], *verb.arguments)
    touched = {row["id"] for row in done}
    await _release(
        connection, schema, [row for row in allowed if row["id"] in touched and row["locked_at"] is not None]
    )
    for row in allowed:
        if row["id"] in touched:
            results.append(JobResult(row["id"], Outcome.DONE))
        else:
            results.append(JobResult(row["id"], Outcome.REFUSED, "the schema's own function left it alone"))
    return results, [job_of(row) for row in done]


def _held(row: asyncpg.Record) -> JobResult | None:
    if not row["held"]:
        return None
    return JobResult(row["id"], Outcome.RUNNING, f"is running on {row['locked_by']} since {row['locked_at']}")


async def _absent(connection: AnyConnection, schema: Schema, ids: set[int]) -> list[JobResult]:
    if not ids:
        return []
    await refuse_blind(connection, schema)
    present = {row["id"] for row in await connection.fetch(statement("jobs.present", schema), list(ids))}
    return [
        JobResult(id, Outcome.BUSY, "somebody else is changing it right now")
        if id in present
        else JobResult(id, Outcome.NOT_FOUND, f"job {id} not found")
        for id in ids
    ]


async def refuse_blind(connection: AnyConnection, schema: Schema) -> None:
    """Raises RowSecurity where this role would be shown nothing and told nothing."""
    if await connection.fetchval(statement("jobs.blind", schema)):
        raise RowSecurity(
            "row security hides the jobs from this database role",
            hint="Connect as the owner of the schema, or let its owner create a policy for this role.",
        )


async def require_sight(database: Database, connection: AnyConnection, schema: Schema) -> None:
    """As refuse_blind, for reads that are made often: that the role sees is remembered for a few seconds."""
    if database.sighted_until.get(schema.name, 0.0) < time.monotonic():
        await refuse_blind(connection, schema)
        database.sighted_until[schema.name] = time.monotonic() + SIGHT_SECONDS


async def living_workers(connection: AnyConnection, schema: Schema) -> list[str]:
    """Ids of workers with a fresh heartbeat; none where the schema has no heartbeats."""
    if not await connection.fetchval(statement("jobs.has_workers", schema)):
        return []
    return [row["id"] for row in await connection.fetch(statement("jobs.living_workers", schema))]


async def _release(connection: AnyConnection, schema: Schema, rows: list[asyncpg.Record]) -> None:
    """Gives back the job and its queue where the verb acted on a lock that is older than any running job."""
    if not rows:
        return
    ids, holders = [row["id"] for row in rows], [row["locked_by"] for row in rows]
    await connection.execute(statement("jobs.release_job", schema), ids, holders)
    queues = [row["job_queue_id"] for row in rows]
    await connection.execute(statement("jobs.release_queue", schema), queues, holders)


def job_of(row: asyncpg.Record | dict[str, Any]) -> Job:
    """A Job from a row of the `columns` block."""
    values = {name: row[name] for name in Job.__dataclass_fields__}
    values["flags"] = None if row["flags"] is None else _flags(row["flags"])
    return Job(**values)


def _flags(text: str) -> dict[str, bool] | None:
    """None also for what another program wrote there that Python cannot read: it must not undo the verb."""
    try:
        flags: dict[str, bool] | None = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return flags
