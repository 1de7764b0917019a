"""What a migration would do, and the sentences that say what an operation did; the same from every door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphile_worker.admin.api.sql import statement
from graphile_worker.core.capabilities import inspect
from graphile_worker.core.database import Database
from graphile_worker.core.migrate import closed_to
from graphile_worker.core.schema import Schema
from graphile_worker.core.schema_state import TARGET

_UNITS = ((3600, "h"), (60, "min"), (1, "s"))
_DELETED = {
    "delete-permanently-failed-jobs": "failed job(s)",
    "gc-job-queues": "queue(s)",
    "gc-task-identifiers": "task identifier(s)",
}


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
            return f"Would apply {len(self.would_apply)} migration(s): {', '.join(map(str, self.would_apply))}"
        return f"Would repair {', '.join(self.missing)}" if self.missing else "Nothing to migrate"


async def migration_plan(database: Database, schema: Schema) -> MigrationPlan:
    """Looks only. Raises what the migration would raise where something is to be done that cannot be."""
    async with database.read() as connection:
        found = await inspect(connection, schema)
        roles = await closed_to(connection, schema, found.state.missing)
    state = found.state
    if state.verdict in ("current", "newer"):
        return MigrationPlan(state.verdict, state.found, [], [])
    found.require("migrate")
    numbers = range(1, TARGET + 1) if state.verdict == "missing" else state.missing_rows
    return MigrationPlan(state.verdict, state.found, list(numbers), list(state.missing), roles)


async def now(database: Database) -> str:
    """The database's clock, RFC 3339."""
    async with database.read() as connection:
        return str(await connection.fetchval(statement("maintenance.now", Schema())))


def would_delete(counts: Mapping[str, int]) -> str:
    """What a cleanup would do, by task."""
    parts = [f"{counts[task]} {what}" for task, what in _DELETED.items() if task in counts]
    return f"Would delete {', '.join(parts) or 'nothing'}"


def unlocked(workers: int, *, dry_run: bool) -> str:
    """What a force unlock did."""
    return f"{'Would unlock' if dry_run else 'Unlocked'} {workers} worker id(s)"


def swept(workers: Sequence[str], jobs: int, *, dry_run: bool) -> str:
    """What a sweep did."""
    names = ", ".join(workers)
    if not workers:
        return "No stale workers found"
    if dry_run:
        return f"Would recover {len(workers)} worker(s): {names}"
    return f"Recovered {jobs} job(s) from {len(workers)} worker(s): {names}"


def released(jobs: int, queues: int, others: int, older_than_secs: int, *, dry_run: bool) -> str:
    """What a release of old locks did; `others` = old locks that stayed."""
    if not jobs and not queues and not others:
        return f"No locks older than {duration(older_than_secs)}"
    return f"{'Would release' if dry_run else 'Released'} {jobs} job(s) and {queues} queue(s)"


def duration(seconds: int) -> str:
    """To the second, in hours, minutes and seconds: "4 h", "1 h 30 min"."""
    words, left = [], seconds
    for size, unit in _UNITS:
        if left >= size:
            words.append(f"{left // size} {unit}")
            left %= size
    return " ".join(words) or "0 s"
