"""Checks of the rows of a queue, as findings beside those about privileges and schema."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg

from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.diagnosis.capabilities import Capabilities, inspect
from graphile_worker.core.diagnosis.findings import Finding, by_gravity, sequences_unseen
from graphile_worker.core.durations import approximate
from graphile_worker.core.exceptions import QueryTimeout
from graphile_worker.core.locks.config import OLD_LOCK_SECONDS
from graphile_worker.core.plurals import counted
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement

TIMEOUT = 15.0  # seconds for one check: it may read every job
NAMED = 20  # missing ids that a finding lists
TASKS_NAMED = 3  # tasks that a finding lists
FAILING_MINUTES = 10
FAILING_WORRY = 10  # jobs that failed within these minutes from which on the finding is a warning
SEQUENCE_WORRY = 0.5  # share of a sequence's values above which a finding reports it


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings, the gravest first; `healthy` where none is worse than a note."""

    capabilities: Capabilities
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing needs to be done."""
        return all(finding.level == "note" for finding in self.findings)


@retried_read
async def diagnose(queue: Queue) -> Diagnosis:
    """The findings of `doctor`: capabilities, and the health of the rows where they can be read. Raises
    DatabaseUnavailable."""
    async with queue.read_unchecked() as tx:
        capabilities = await inspect(tx)
    found = list(capabilities.findings)
    if not any(finding.forbids_reading for finding in found):
        found += [*await of_rows(queue), *sequences_unseen(capabilities.facts)]
    return Diagnosis(capabilities, by_gravity(found))


async def of_rows(queue: Queue) -> list[Finding]:
    """The findings about rows; a check that takes too long is a finding itself."""
    found: list[Finding] = []
    for name, check in _CHECKS.items():
        try:
            async with queue.read(timeout=TIMEOUT, scan=True) as tx:
                found += await check(tx)
        except QueryTimeout:
            message = f"The check for {name} took longer than {TIMEOUT:.0f} s."
            found.append(Finding("unchecked", "warning", message, "Run it again when the database has less load."))
    return found


async def _lost(tx: Transaction, what: str) -> list[Finding]:
    rows = await tx.fetch(statement(f"health.lost_{what}s"), limit=NAMED + 1)
    if not rows:
        return []
    named = ", ".join(f"{row['id']} ({row['jobs']} jobs, like job {row['first_job']})" for row in rows[:NAMED])
    more = " and more" if len(rows) > NAMED else ""
    message = f"The rows of {what}s are gone that jobs refer to, so these jobs never run: {named}{more}."
    remedy = "`graphile-worker doctor --fix` inserts the rows again"
    remedy += "; `--task ID=NAME` gives a task its name." if what == "task" else ", with the id in their names."
    return [Finding(f"lost_{what}s", "error", message, remedy)]


async def _lost_tasks(tx: Transaction) -> list[Finding]:
    return await _lost(tx, "task")


async def _lost_queues(tx: Transaction) -> list[Finding]:
    return await _lost(tx, "queue")


async def _old_locks(tx: Transaction) -> list[Finding]:
    row = await tx.fetchrow(statement("health.old_locks"))
    if row is None or not row["jobs"]:
        return []
    many = "1 job has" if row["jobs"] == 1 else f"{row['jobs']:,} jobs have"
    who = "1 worker" if row["workers"] == 1 else f"{row['workers']:,} workers"
    longest = "" if row["hours"] is None else f", the longest for {row['hours']:,} hours"
    message = f"{many} been locked for more than {OLD_LOCK_SECONDS // 3600} hours{longest} (by {who})."
    remedy = (
        "`graphile-worker sweep-stale-workers --dry-run` lists those of workers whose heartbeats stopped, "
        "`graphile-worker release-old-locks --dry-run` all others and the workers that may still run them."
    )
    return [Finding("old_locks", "warning", message, remedy)]


async def _failing(tx: Transaction) -> list[Finding]:
    rows = await tx.fetch(statement("health.failing"), minutes=FAILING_MINUTES, limit=TASKS_NAMED)
    if not rows:
        return []
    jobs, tasks = counted(rows[0]["all_jobs"], "job"), counted(rows[0]["tasks"], "task")
    named = ", ".join(f"{row['task']} ({row['jobs']:,})" for row in rows)
    message = f"{jobs} of {tasks} failed in their last attempt within {FAILING_MINUTES} minutes: {named}"
    message += ", and others." if rows[0]["tasks"] > len(rows) else "."
    remedy = "`graphile-worker errors` groups them by error; `graphile-worker list --state retrying` lists those that have attempts left."
    return [Finding("failing", "warning" if rows[0]["all_jobs"] >= FAILING_WORRY else "note", message, remedy)]


async def _passed_over(tx: Transaction) -> list[Finding]:
    rows = await tx.fetch(statement("health.passed_over"), limit=NAMED + 1)
    if not rows:
        return []
    named = ", ".join(f"{row['task']} ({counted(row['jobs'], 'job')}{_since(row['age'])})" for row in rows[:NAMED])
    more = " and more" if len(rows) > NAMED else ""
    message = f"Jobs are ready, workers have taken later jobs of other tasks since, and no job of these tasks runs: {named}{more}."
    return [Finding("passed_over", "warning", message, "Check that a running worker has these tasks.")]


def _since(age: float | None) -> str:
    """How long; nothing where no job has a finite time."""
    return "" if age is None else f", for {approximate(age)}"


async def _sequences(tx: Transaction) -> list[Finding]:
    rows = await tx.fetch(statement("health.sequences"))
    return [_used_up(row) for row in rows if row["last"] and row["last"] / row["most"] > SEQUENCE_WORRY]


def _used_up(row: asyncpg.Record) -> Finding:
    share = row["last"] / row["most"]
    message = f"The sequence {row['name']} is {share:.0%} used up; when it is exhausted, no job can be added."
    remedy = (
        "Migrate (newer functions use a value only for a new name), then restart the sequence above the highest id."
    )
    return Finding("sequence_used_up", "warning" if share < 0.9 else "error", message, remedy)


_CHECKS: dict[str, Callable[[Transaction], Awaitable[list[Finding]]]] = {
    "jobs without a task row": _lost_tasks,
    "jobs without a queue row": _lost_queues,
    "old locks": _old_locks,
    "failures": _failing,
    "tasks that workers pass over": _passed_over,
    "sequences near their end": _sequences,
}
