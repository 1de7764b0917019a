"""Lets go of locks that are older than any job should run, held by workers nobody knows: Node's, or the crashed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import asyncpg

from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.locks.config import OLD_LOCK_SECONDS, OldLocksConfig
from graphile_worker.core.locks.old_lock_rules import ACTION, Kind, OldLockRules
from graphile_worker.core.locks.release import ReleasedLocks, release_locks
from graphile_worker.core.queue import Queue

LISTED = 200  # locks named in a report
TIMEOUT = 30.0  # seconds for the look: no index tells who holds what


@dataclass(frozen=True, slots=True)
class OldLock:
    """One lock that went (in a dry run: would go). `locked_at` is RFC 3339; `age_secs` None for a time without end.

    `used_up` = a job without an attempt left: it counts as failed until somebody retries it.
    """

    kind: Kind
    id: int
    task: str | None
    queue: str | None
    worker: str | None
    locked_at: str
    age_secs: int | None
    used_up: bool


@dataclass(frozen=True, slots=True)
class OldLocksReport:
    """Locks released (in a dry run: that would be); the first 200 of them, jobs before queues, stand in `locks`.

    `busy` = rows somebody else held all the time, `kept` = old locks that stay, counted by the reason, `unfinished` =
    those that stayed because the database refused them or went away, counted by what is said of them.
    """

    jobs: int
    queues: int
    used_up: int
    busy: int
    locks: list[OldLock]
    kept: dict[str, int]
    unfinished: dict[str, int] = field(default_factory=dict)

    @property
    def others(self) -> int:
        """How many old locks were not let go."""
        return self.busy + sum(self.kept.values()) + sum(self.unfinished.values())


async def release_old_locks(
    queue: Queue, *, older_than_secs: int = OLD_LOCK_SECONDS, dry_run: bool = False
) -> OldLocksReport:
    """Releases jobs and queues locked for `older_than_secs` (900 to a year) by workers that nobody knows.

    Attempts and errors stay as they are; a time to run that has passed becomes now. A dry run changes nothing.
    Raises InvalidInput, PermissionDenied (also where this role may not see who is alive).
    """
    found = await _find(queue, OldLocksConfig(older_than_secs), ACTION)
    if dry_run:
        return found.report(ReleasedLocks([found.jobs, found.queues]))
    jobs = found.rules.rule("job", found.rules.of_jobs), _ids(found.jobs)
    queues = found.rules.rule("queue", found.rules.of_queues(found.jobs, found.turns)), _ids(found.queues)
    return found.report(await release_locks(queue, [jobs, queues]))


async def preview_old_locks(queue: Queue, *, older_than_secs: int = OLD_LOCK_SECONDS) -> OldLocksReport:
    """What a release would do, also for a role that may only look. Raises as that."""
    found = await _find(queue, OldLocksConfig(older_than_secs), None)
    return found.report(ReleasedLocks([found.jobs, found.queues]))


@dataclass(frozen=True, slots=True)
class _Found:
    """What one look saw: the locks that may go, all locked jobs of queues, and why others stay."""

    rules: OldLockRules
    jobs: list[asyncpg.Record]
    queues: list[asyncpg.Record]
    turns: list[asyncpg.Record]
    kept: dict[str, int]

    def report(self, released: ReleasedLocks) -> OldLocksReport:
        """The report when these were let go."""
        jobs, queues = (_ids(rows) for rows in released.rows)
        locks = [_lock("job", row) for row in self.jobs if row["id"] in jobs]
        used_up = sum(lock.used_up for lock in locks)
        locks += [_lock("queue", row) for row in self.queues if row["id"] in queues]
        counts = len(jobs), len(queues), used_up, released.busy
        return OldLocksReport(*counts, locks[:LISTED], self.kept, released.unfinished)


@retried_read
async def _find(queue: Queue, config: OldLocksConfig, action: str | None) -> _Found:
    async with queue.read(action, timeout=TIMEOUT, scan=True) as tx:
        rules = OldLockRules.of(config, await tx.capabilities())
        held = await tx.fetch(rules.find("job"), ids=None, **rules.of_jobs)
        jobs, kept_jobs = _split(row for row in held if row["old"])
        of_queues = rules.of_queues(jobs, jobs)
        queues, kept_queues = _split(await tx.fetch(rules.find("queue"), ids=None, **of_queues))
    turns = [row for row in held if row["job_queue_id"] is not None]
    return _Found(rules, jobs, queues, turns, dict(kept_jobs + kept_queues))


def _split(rows: Iterable[asyncpg.Record]) -> tuple[list[asyncpg.Record], Counter[str]]:
    """Those that may go, and the reasons of the others."""
    going, kept = [], Counter[str]()
    for row in rows:
        if row["kept"] is None:
            going.append(row)
        else:
            kept[row["kept"]] += 1
    return going, kept


def _ids(rows: list[asyncpg.Record]) -> set[int]:
    return {row["id"] for row in rows}


def _lock(kind: Kind, row: asyncpg.Record) -> OldLock:
    return OldLock(kind, **{name: row[name] for name in OldLock.__dataclass_fields__ if name != "kind"})
