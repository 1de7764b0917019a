"""The plan of a migration, and the messages about the results of operations, for the admin and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from graphile_worker.admin.api.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import Database
from graphile_worker.core.diagnosis.capabilities import inspect
from graphile_worker.core.migration.migrate import closed_to
from graphile_worker.core.migration.schema_state import TARGET
from graphile_worker.core.plurals import counted
from graphile_worker.core.schema import Schema

if TYPE_CHECKING:
    from graphile_worker.core.locks.force_unlock import UnlockReport
    from graphile_worker.core.maintenance.cleanup import CleanupReport

DONE, PARTLY, NOT_DONE = "done", "partly", "not_done"
_UNITS = ((3600, "h"), (60, "min"), (1, "s"))
_DELETED = {
    "delete-permanently-failed-jobs": "failed job",
    "gc-job-queues": "queue",
    "gc-task-identifiers": "task identifier",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """The message about an operation.

    `head` is the usual message. `reasons` are sentences about what was not done. `outcome` is `done`, `partly` or
    `not_done`. `rest` is the message about what was done in spite of the reasons.
    """

    head: str
    reasons: list[str] = field(default_factory=list)
    outcome: str = DONE
    rest: str = ""

    @property
    def message(self) -> str:
        """The head; or the reasons, followed by the rest."""
        if not self.reasons:
            return self.head
        first = ". ".join(reason.rstrip(".") for reason in self.reasons)
        return f"{first}. {self.rest}" if self.outcome == PARTLY and self.rest else first

    @property
    def members(self) -> dict[str, Any]:
        """The members of a response beside those of the report."""
        return {"message": self.message, "outcome": self.outcome}


class OldLocks(Protocol):
    """The members of a report of `core.locks.old_locks` that a message needs."""

    @property
    def jobs(self) -> int: ...
    @property
    def queues(self) -> int: ...
    @property
    def others(self) -> int: ...
    @property
    def busy(self) -> int: ...
    @property
    def kept(self) -> dict[str, int]: ...
    @property
    def unfinished(self) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """The state of the schema, the migrations to apply, and the missing objects to create.

    `closed_to` are roles with access to the schema that need the grants of `graphile-worker roles` again.
    `verdict` is one of missing, current, older, newer, newer_breaking, too_old, half, foreign.
    """

    verdict: str
    found: str
    would_apply: list[int]
    missing: list[str]
    closed_to: list[str] = field(default_factory=list)

    @property
    def message(self) -> str:
        """The plan as a sentence."""
        if self.would_apply:
            return f"Would apply {counted(len(self.would_apply), 'migration')}: {', '.join(map(str, self.would_apply))}"
        return f"Would repair {', '.join(self.missing)}" if self.missing else "Nothing to migrate"


@retried_read
async def migration_plan(database: Database, schema: Schema) -> MigrationPlan:
    """The plan; changes nothing. Raises the error that the migration would raise where it cannot be applied."""
    async with database.read() as connection:
        found = await inspect(connection, schema)
        roles = await closed_to(connection, schema, found.state.missing)
    state = found.state
    if state.verdict in ("current", "newer"):
        return MigrationPlan(state.verdict, state.found, [], [])
    found.require("migrate")
    numbers = range(1, TARGET + 1) if state.verdict == "missing" else state.missing_rows
    return MigrationPlan(state.verdict, state.found, list(numbers), list(state.missing), roles)


@retried_read
async def now(database: Database) -> str:
    """The time of the database, RFC 3339."""
    async with database.read() as connection:
        return str(await connection.fetchval(statement("maintenance.now", Schema())))


def would_delete(counts: Mapping[str, int]) -> str:
    """The message about the dry run of a cleanup."""
    return f"Would delete {_amounts(counts)}"


def _amounts(counts: Mapping[str, int]) -> str:
    return ", ".join(counted(counts[task], what) for task, what in _DELETED.items() if task in counts) or "nothing"


def cleanup_summary(report: CleanupReport, *, selected: bool) -> Summary:
    """The message about a cleanup. With `selected` its tasks were selected, so that a skipped task is a reason."""
    if not report.refused and not (report.skipped and (selected or not report.deleted)):
        return Summary("Cleanup complete", [], PARTLY if report.skipped else DONE)
    deleted = {task: count for task, count in report.deleted.items() if count or task not in report.skipped}
    reasons = [
        f"{'Not every' if deleted.get(task) else 'No'} {what} deleted: {report.skipped[task]}"
        for task, what in _DELETED.items()
        if task in report.skipped
    ]
    return Summary("Cleanup not complete", reasons, PARTLY if deleted else NOT_DONE, f"Deleted: {_amounts(deleted)}")


def unlock_summary(report: UnlockReport, worker_ids: Sequence[str], *, dry_run: bool) -> Summary:
    """The message about a force unlock."""
    if dry_run:
        return Summary(f"Would unlock {counted(len(report.workers), 'worker')}")
    head = f"Unlocked {len(report.workers)} worker id(s)"
    reasons = _locks_left(report.unfinished, report.busy)
    complete = not reasons and len(report.workers) == len(set(worker_ids))
    outcome = DONE if complete else PARTLY if report.workers else NOT_DONE
    return Summary(head, reasons, outcome, f"Unlocked: {counted(len(report.workers), 'worker')}")


def _locks_left(unfinished: Mapping[str, int], busy: int) -> list[str]:
    """Sentences about locks that were not released."""
    reasons = [
        f"{counted(count, 'lock')} {'stays' if count == 1 else 'stay'}: {words.removeprefix('not done: ')}"
        for words, count in unfinished.items()
    ]
    if busy:
        reasons.append(
            f"{counted(busy, 'lock')} {'stays' if busy == 1 else 'stay'}: another transaction holds these rows"
        )
    return reasons


def sweep_message(workers: Sequence[str], jobs: int, *, dry_run: bool) -> str:
    """The message about a sweep of stale workers."""
    names = ", ".join(workers)
    if not workers:
        return "No stale workers found"
    if dry_run:
        return f"Would recover {len(workers)} worker(s): {names}"
    return f"Recovered {jobs} job(s) from {len(workers)} worker(s): {names}"


def old_locks_summary(report: OldLocks, older_than_secs: int, *, dry_run: bool) -> Summary:
    """The message about a release of old locks."""
    if not report.jobs and not report.queues and not report.others:
        return Summary(f"No locks older than {duration(older_than_secs)}")
    amount = f"{counted(report.jobs, 'job')} and {counted(report.queues, 'queue')}"
    any_released = bool(report.jobs or report.queues)
    reasons = _locks_left(report.unfinished, report.busy) + ([] if any_released else _locks_left(report.kept, 0))
    outcome = DONE if not reasons else PARTLY if any_released else NOT_DONE
    return Summary(f"{'Would release' if dry_run else 'Released'} {amount}", reasons, outcome, f"Released: {amount}")


def duration(seconds: int) -> str:
    """A duration in hours, minutes and seconds: "4 h", "1 h 30 min"."""
    words, left = [], seconds
    for size, unit in _UNITS:
        if left >= size:
            words.append(f"{left // size} {unit}")
            left %= size
    return " ".join(words) or "0 s"
