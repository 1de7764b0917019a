"""The plan of a migration, and summaries of what an action did, the same for HTTP and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from graphile_worker.admin.api.tables.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.diagnosis.capabilities import inspect
from graphile_worker.core.durations import exact
from graphile_worker.core.migration.migrate import closed_to
from graphile_worker.core.migration.schema_state import TARGET
from graphile_worker.core.plurals import counted
from graphile_worker.core.queue import Queue

if TYPE_CHECKING:
    from graphile_worker.core.locks.force_unlock import UnlockReport
    from graphile_worker.core.maintenance.cleanup import CleanupReport

DONE, PARTLY, NOT_DONE = "done", "partly", "not_done"
_DELETED = {
    "delete-permanently-failed-jobs": "failed job",
    "gc-job-queues": "queue",
    "gc-task-identifiers": "task identifier",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary of what an action did; `reasons` = what was not done and why, each a sentence.

    `outcome` is one of done, partly, not_done; `rest` = what was done all the same.
    """

    head: str
    reasons: list[str] = field(default_factory=list)
    outcome: str = DONE
    rest: str = ""

    @property
    def message(self) -> str:
        """The head, as the contract has it; where something was not done, the reasons first."""
        if not self.reasons:
            return self.head
        first = ". ".join(reason.rstrip(".") for reason in self.reasons)
        return f"{first}. {self.rest}" if self.outcome == PARTLY and self.rest else first

    @property
    def members(self) -> dict[str, Any]:
        """The members of a response beside the report."""
        return {"message": self.message, "outcome": self.outcome}


class OldLocks(Protocol):
    """The members of an OldLocksReport that a summary needs."""

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
    """What a migration found, the numbers it would record, and the objects it would make.

    `closed_to` = roles that may use the schema and would need a recipe of `graphile-worker roles` again.
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
async def migration_plan(queue: Queue) -> MigrationPlan:
    """The plan; changes nothing. Raises what the migration would raise where it cannot do what is needed, and
    where this role may not read which migrations the schema has."""
    async with queue.read_unchecked() as tx:
        found = await inspect(tx)
        roles = await closed_to(tx, found.state.missing)
    state = found.state
    if not state.migrations_readable:
        found.require("migrate")
    if state.verdict in ("current", "newer"):
        return MigrationPlan(state.verdict, state.found, [], [])
    found.require("migrate")
    numbers = range(1, TARGET + 1) if state.verdict == "missing" else state.missing_rows
    return MigrationPlan(state.verdict, state.found, list(numbers), list(state.missing), roles)


@retried_read
async def now(queue: Queue) -> str:
    """The database's clock, RFC 3339."""
    async with queue.read_unchecked() as tx:
        return str(await tx.fetchval(statement("database.now")))


def would_delete(counts: Mapping[str, int]) -> str:
    """Summary of the dry run of a cleanup."""
    return f"Would delete {_amounts(counts)}"


def _amounts(counts: Mapping[str, int]) -> str:
    return ", ".join(counted(counts[task], what) for task, what in _DELETED.items() if task in counts) or "nothing"


def cleanup_summary(report: CleanupReport, *, selected: bool) -> Summary:
    """Summary of a cleanup; `selected` = its tasks were named, so that a skipped one counts as not done."""
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
    """Summary of a force unlock."""
    if dry_run:
        return Summary(f"Would unlock {counted(len(report.workers), 'worker')}")
    head = f"Unlocked {len(report.workers)} worker id(s)"
    reasons = _locks_left(report.unfinished, report.busy)
    complete = not reasons and len(report.workers) == len(set(worker_ids))
    outcome = DONE if complete else PARTLY if report.workers else NOT_DONE
    return Summary(head, reasons, outcome, f"Unlocked: {counted(len(report.workers), 'worker')}")


def unlock_one_summary(report: UnlockReport, *, dry_run: bool) -> Summary:
    """Summary of the unlock of one job or one queue."""
    amount = f"{counted(report.jobs, 'job')} and {counted(report.queues, 'queue')}"
    if dry_run:
        return Summary(f"Would unlock {amount}")
    reasons = _locks_left(report.unfinished, report.busy)
    if report.jobs or report.queues:
        return Summary(f"Unlocked {amount}", reasons, PARTLY if reasons else DONE, f"Unlocked: {amount}")
    return Summary(
        "Nothing unlocked", reasons or ["Nothing unlocked: another worker has the lock now, or none"], NOT_DONE
    )


def _locks_left(unfinished: Mapping[str, int], busy: int) -> list[str]:
    """Locks that stay, with the reasons."""
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
    """Summary of a sweep."""
    names = ", ".join(workers)
    if not workers:
        return "No stale workers found"
    if dry_run:
        return f"Would recover {len(workers)} worker(s): {names}"
    return f"Recovered {jobs} job(s) from {len(workers)} worker(s): {names}"


def old_locks_summary(report: OldLocks, older_than_secs: int, *, dry_run: bool) -> Summary:
    """Summary of a release of old locks."""
    if not report.jobs and not report.queues and not report.others:
        return Summary(f"No locks older than {exact(older_than_secs)}")
    amount = f"{counted(report.jobs, 'job')} and {counted(report.queues, 'queue')}"
    any_released = bool(report.jobs or report.queues)
    reasons = _locks_left(report.unfinished, report.busy) + ([] if any_released else _locks_left(report.kept, 0))
    outcome = DONE if not reasons else PARTLY if any_released else NOT_DONE
    return Summary(f"{'Would release' if dry_run else 'Released'} {amount}", reasons, outcome, f"Released: {amount}")
