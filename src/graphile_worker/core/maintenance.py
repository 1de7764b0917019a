"""Cleaning up, with counts, and without hurting workers that run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import asyncpg

from graphile_worker.core.capabilities import known, reading, writing
from graphile_worker.core.database import AnyConnection, Database
from graphile_worker.core.errors import Busy, InvalidInput
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import statement

DELETE_FAILED, GC_TASKS, GC_QUEUES = CLEANUP_TASKS = (
    "delete-permanently-failed-jobs",
    "gc-task-identifiers",
    "gc-job-queues",
)
SLICE = 5000  # jobs deleted in one transaction
TIMEOUT = 60.0  # seconds for one look or slice: on a large table it reads every job
HOLD_TIMEOUT = 0.5  # seconds to wait for the table; all workers wait behind us meanwhile


@dataclass(frozen=True, slots=True)
class CleanupReport:
    """Rows deleted by task, and why a task was left out."""

    deleted: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


async def cleanup(
    database: Database, schema: Schema, tasks: Iterable[str] | None = None, *, force_tasks: bool = False
) -> CleanupReport:
    """Runs the named tasks (None or none: all) in the order that finds the most: jobs, queues, task identifiers.

    Task identifiers are left alone while any worker looks alive, unless `force_tasks`: workers look their ids up
    once, and would not see jobs of a re-made identifier until they restart.
    """
    wanted = _checked(tasks)
    report = CleanupReport()
    if DELETE_FAILED in wanted:
        report.deleted[DELETE_FAILED] = await _delete_failed(database, schema)
    if GC_QUEUES in wanted:
        await _collect(database, schema, report, GC_QUEUES, "queues", _nobody_asked)
    if GC_TASKS in wanted:
        alive = _nobody_asked if force_tasks else _signs_of_life
        await _collect(database, schema, report, GC_TASKS, "tasks", alive)
    return report


def _checked(tasks: Iterable[str] | None) -> set[str]:
    wanted = set([] if tasks is None else tasks) or set(CLEANUP_TASKS)
    unknown = sorted(wanted - set(CLEANUP_TASKS))
    if unknown:
        raise InvalidInput("cleanup_tasks", f"must be of {', '.join(CLEANUP_TASKS)}, not {unknown[0]}")
    return wanted


async def _delete_failed(database: Database, schema: Schema) -> int:
    total, last = 0, 0
    while True:
        async with writing(database, schema, "cleanup", timeout=TIMEOUT) as connection:
            row = await connection.fetchrow(statement("maintenance.delete_failed", schema), last, SLICE)
        if row is None or row["last"] is None:
            return total
        total, last = total + row["deleted"], row["last"]


_Alive = Callable[[Database, AnyConnection, Schema], Awaitable[str | None]]


async def _collect(
    database: Database, schema: Schema, report: CleanupReport, task: str, what: str, alive: _Alive
) -> None:
    """Deletes unused rows: found without a lock, looked at again under one that keeps every add out."""
    async with reading(database, schema, timeout=TIMEOUT) as connection:
        reason = await alive(database, connection, schema)
        unused = [row["id"] for row in await connection.fetch(statement(f"maintenance.unused_{what}", schema))]
    if unused and not reason:
        try:
            async with writing(database, schema, "cleanup", timeout=TIMEOUT, lock_timeout=HOLD_TIMEOUT) as connection:
                await connection.execute(statement("maintenance.hold_jobs", schema))
                reason = await alive(database, connection, schema)
                if not reason:
                    query = statement(f"maintenance.delete_{what}", schema)
                    report.deleted[task] = await connection.fetchval(query, unused)
        except Busy as error:
            if not isinstance(error.__cause__, asyncpg.LockNotAvailableError):
                raise
            reason = "somebody is writing jobs in a long transaction; try again"
    if reason:
        report.skipped[task] = reason
    else:
        report.deleted.setdefault(task, 0)


async def _nobody_asked(database: Database, connection: AnyConnection, schema: Schema) -> str | None:
    return None


async def _signs_of_life(database: Database, connection: AnyConnection, schema: Schema) -> str | None:
    """Why some worker may be alive, or None."""
    capabilities = await known(database, connection, schema)
    if not capabilities.sees_heartbeats:
        return "this role may not read heartbeats, so any worker may be alive"
    if capabilities.state.has_workers and await connection.fetchval(statement("maintenance.heartbeat", schema)):
        return "a worker sent a heartbeat in the last 5 minutes"
    row = await connection.fetchrow(statement("maintenance.signs_of_life", schema))
    if row is None or row["locked_job"] or row["locked_queue"]:
        return "a worker holds a job or a queue"
    if row["listening"]:
        return "a session listens for new jobs"
    if row["hidden"]:
        return "other roles are connected and may be workers (pg_read_all_stats would show)"
    return None
