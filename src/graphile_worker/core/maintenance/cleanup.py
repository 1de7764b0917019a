"""Cleanup tasks: delete failed jobs and unused names, with counts, without disturbing running workers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphile_worker.core.actions.batches import interruption_reasons
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.exceptions import DATABASE_ERRORS, InvalidInput, QueryTimeout, Refused, reason_of
from graphile_worker.core.locks.liveness import reason_to_expect_workers
from graphile_worker.core.maintenance import unused_names
from graphile_worker.core.queue import Queue
from graphile_worker.core.sql import statement

DELETE_FAILED, GC_TASKS, GC_QUEUES = CLEANUP_TASKS = (
    "delete-permanently-failed-jobs",
    "gc-task-identifiers",
    "gc-job-queues",
)
BATCH = 5000  # jobs deleted in one transaction
REFUSALS = 100  # single failed jobs that the database may refuse to delete before the task ends
TIMEOUT = 60.0  # seconds per batch: on a large table it reads every job
_NAMES: dict[str, unused_names.Names] = {GC_QUEUES: "queues", GC_TASKS: "tasks"}


@dataclass(frozen=True, slots=True)
class CleanupReport:
    """Deleted rows by task (in a dry run, rows to delete), and the reason of each task that was skipped or not finished.

    `refused` = tasks of `skipped` that the database refused, or that an error ended.
    """

    deleted: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TaskPreview:
    """How many rows a task would delete now (None: the count took too long), and why it would be skipped."""

    count: int | None
    skipped: str | None = None


async def cleanup(
    queue: Queue,
    tasks: Iterable[str] | None = None,
    *,
    force: Iterable[str] = (),
    dry_run: bool = False,
) -> CleanupReport:
    """Runs the given tasks (None or none: all) in the order that deletes most: jobs, queues, task identifiers.

    Task identifiers are kept while any worker may be alive, unless `force` contains that task: workers read the ids of
    their tasks once, and would not take jobs of a recreated identifier until they restart.
    Raises InvalidInput("cleanup_tasks"), InvalidInput("force").
    """
    wanted = _checked(tasks)
    forced = _forced(force, wanted)
    if dry_run:
        return await _dry_run(queue, wanted, forced)
    report = CleanupReport()
    for task in wanted:
        try:
            await (_delete_failed if task == DELETE_FAILED else _delete_names)(queue, report, task, forced)
        except (*DATABASE_ERRORS, Refused) as error:
            if not report.deleted:
                raise
            report.skipped[task] = interruption_reasons(error)[0]
            report.refused.append(task)
    return report


def _checked(tasks: Iterable[str] | None) -> list[str]:
    """The tasks in the order in which they run. Raises InvalidInput("cleanup_tasks")."""
    wanted = set([] if tasks is None else tasks) or set(CLEANUP_TASKS)
    unknown = sorted(wanted - set(CLEANUP_TASKS))
    if unknown:
        raise InvalidInput("cleanup_tasks", f"must be of {', '.join(CLEANUP_TASKS)}, not {unknown[0]}")
    return [task for task in (DELETE_FAILED, GC_QUEUES, GC_TASKS) if task in wanted]


def _forced(force: Iterable[str], wanted: list[str]) -> bool:
    forced = {force} if isinstance(force, str) else set(force)
    if forced - {GC_TASKS}:
        raise InvalidInput("force", f"can only name {GC_TASKS}")
    if forced and GC_TASKS not in wanted:
        raise InvalidInput("force", f"names {GC_TASKS}, which is not among the tasks to run")
    return bool(forced)


async def _delete_failed(queue: Queue, report: CleanupReport, task: str, forced: bool) -> None:
    """Deletes failed jobs in batches; where the database refuses a batch, in smaller ones, down to single jobs."""
    last, size, refused, reason = 0, BATCH, 0, ""
    while True:
        try:
            count, until = await _delete_batch(queue, last, size)
        except Refused as error:
            if size > 1:
                size = max(1, size // 10)
                continue
            count, until = 0, await _next_failed(queue, last)
            refused, reason = refused + 1, reason_of(error)
        else:
            size = min(BATCH, size * 10)
        report.deleted[task] = report.deleted.get(task, 0) + count
        if until is None or refused == REFUSALS:
            break
        last = until
    if not refused:
        return
    staying, tried = f"{refused:,}", ""
    if until is not None:
        count_left = await _count_failed(queue)
        staying = f"more than {refused:,}" if count_left is None else f"{count_left:,}"
        tried = f"; only {refused:,} of them were tried"
    report.skipped[task] = f"{staying} stay: {reason}{tried}" if staying != "1" else f"1 stays: {reason}"
    report.refused.append(task)


async def _count_failed(queue: Queue) -> int | None:
    """How many failed jobs there are; None where counting fails, because the report does not depend on it."""
    try:
        return (await _preview(queue, DELETE_FAILED, forced=False)).count
    except DATABASE_ERRORS:
        return None


async def _delete_batch(queue: Queue, last: int, size: int) -> tuple[int, int | None]:
    """Deletes the first `size` failed jobs after the id `last`; returns the number of deleted jobs and the last id."""
    async with queue.write("cleanup", timeout=TIMEOUT) as tx:
        row = await tx.fetchrow(statement("maintenance.delete_failed"), after=last, rows=size)
    assert row is not None  # an aggregate always returns a row
    return row["deleted"], row["last"]


async def _next_failed(queue: Queue, last: int) -> int | None:
    async with queue.write("cleanup", timeout=TIMEOUT) as tx:
        id: int | None = await tx.fetchval(statement("maintenance.next_failed"), after=last)
    return id


async def _delete_names(queue: Queue, report: CleanupReport, task: str, forced: bool) -> None:
    result = await unused_names.delete_unused(queue, _NAMES[task], only_without_workers=task == GC_TASKS and not forced)
    if result.deleted or not result.reason:
        report.deleted[task] = result.deleted
    if result.reason:
        report.skipped[task] = result.reason
    if result.interrupted:
        report.refused.append(task)


async def preview_cleanup(queue: Queue) -> dict[str, TaskPreview]:
    """What each task, run alone, would delete now; needs no permission to clean up."""
    return {task: await _preview(queue, task, forced=False) for task in CLEANUP_TASKS}


async def _dry_run(queue: Queue, wanted: list[str], forced: bool) -> CleanupReport:
    """The report of a dry run; names of failed jobs count as unused where those are deleted first."""
    staying = "not_failed" if DELETE_FAILED in wanted else "every_job"
    report = CleanupReport()
    for task in wanted:
        preview = await _preview(queue, task, "cleanup", forced=forced, staying=staying)
        if preview.skipped:
            report.skipped[task] = preview.skipped
        elif preview.count is not None:
            report.deleted[task] = preview.count
    return report


@retried_read
async def _preview(
    queue: Queue,
    task: str,
    action: str | None = None,
    *,
    forced: bool,
    staying: str = "every_job",
) -> TaskPreview:
    try:
        async with queue.read(action, timeout=unused_names.FIND_TIMEOUT, scan=True) as tx:
            if task == DELETE_FAILED:
                return TaskPreview(await tx.fetchval(statement("maintenance.count_failed")))
            careful = task == GC_TASKS and not forced
            reason = await reason_to_expect_workers(tx) if careful else None
            return TaskPreview(len(await unused_names.unused(tx, _NAMES[task], None, staying)), reason)
    except QueryTimeout as error:
        return TaskPreview(None, error.message)
