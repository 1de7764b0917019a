"""Releases locks that are older than any job should run and whose worker is unknown: Node's, or crashed ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import asyncpg

from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.locks.config import OLD_LOCK_SECONDS
from graphile_worker.core.locks.old_lock_rules import ACTION, Kind, OldLockRules, OldLocksConfig
from graphile_worker.core.locks.release import ReleasedLocks, release_locks
from graphile_worker.core.queue import Queue

LISTED = 200  # locks listed in a report
TIMEOUT = 30.0  # seconds of a search: there is no index on the holders of locks


@dataclass(frozen=True, slots=True)
class OldLock:
    """A released lock; in a dry run, one to release. `locked_at` is RFC 3339; `age_secs` is None for an infinite time.

    `used_up` = the job has no attempt left, so it counts as failed until a retry.
    """

    kind: Literal["job", "queue"]
    id: int
    task: str | None
    queue: str | None
    worker: str | None
    locked_at: str
    age_secs: int | None
    used_up: bool


@dataclass(frozen=True, slots=True)
class OldLocksReport:
    """Released locks; in a dry run, those to release. `locks` lists the first 200, jobs before queues.

    `busy` = rows that another session held throughout, `kept` = old locks that the rules keep, by reason, `unfinished` =
    locks that an error of the database kept from being released, by reason.
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
        """How many old locks were not released."""
        return self.busy + sum(self.kept.values()) + sum(self.unfinished.values())


async def release_old_locks(
    queue: Queue, *, older_than_secs: int = OLD_LOCK_SECONDS, dry_run: bool = False
) -> OldLocksReport:
    """Releases locks of jobs and queues that unknown workers have held for `older_than_secs` (900 to a year).

    Attempts and errors stay as they are; a `run_at` in the past becomes now. A dry run changes nothing.
    Raises InvalidInput, PermissionDenied (also where this role may not read which workers are alive).
    """
    found = await _find(queue, OldLocksConfig(older_than_secs), ACTION)
    if dry_run:
        return found.report(ReleasedLocks([found.jobs, found.queues]))
    jobs = found.rules.rule("job", found.rules.of_jobs), _ids(found.jobs)
    queues = found.rules.rule("queue", found.rules.of_queues(found.jobs, found.turns)), _ids(found.queues)
    return found.report(await release_locks(queue, [jobs, queues]))


async def preview_old_locks(queue: Queue, *, older_than_secs: int = OLD_LOCK_SECONDS) -> OldLocksReport:
    """The report of a dry run, without the permission to release. Raises as release_old_locks."""
    found = await _find(queue, OldLocksConfig(older_than_secs), None)
    return found.report(ReleasedLocks([found.jobs, found.queues]))


@dataclass(frozen=True, slots=True)
class _Found:
    """The locks to release, all locked jobs of queues (`turns`), and the reasons why other locks are kept."""

    rules: OldLockRules
    jobs: list[asyncpg.Record]
    queues: list[asyncpg.Record]
    turns: list[asyncpg.Record]
    kept: dict[str, int]

    def report(self, released: ReleasedLocks) -> OldLocksReport:
        """The report for these released locks."""
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
    """The rows to release, and the reasons of the others."""
    released, kept = [], Counter[str]()
    for row in rows:
        if row["kept"] is None:
            released.append(row)
        else:
            kept[row["kept"]] += 1
    return released, kept


def _ids(rows: list[asyncpg.Record]) -> set[int]:
    return {row["id"] for row in rows}


def _lock(kind: Kind, row: asyncpg.Record) -> OldLock:
    return OldLock(kind, **{name: row[name] for name in OldLock.__dataclass_fields__ if name != "kind"})
