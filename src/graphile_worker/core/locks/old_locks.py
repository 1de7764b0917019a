"""Releases locks that are older than a job should run and whose worker is not known to be alive: Node's, or a crashed
one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import asyncpg

from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.locks.config import OLD_LOCK_SECONDS, OldLocksConfig
from graphile_worker.core.locks.force_unlock import LetGo, let_go
from graphile_worker.core.locks.old_lock_rules import ACTION, Kind, OldLockRules
from graphile_worker.core.queue import Queue

LISTED = 200  # locks named in a report
TIMEOUT = 30.0  # seconds for the search: there is no index on the holder of a lock


@dataclass(frozen=True, slots=True)
class OldLock:
    """One released lock (in a dry run: one to be released). `locked_at` is RFC 3339; `age_secs` is None for an infinite
    time.

    `used_up` = a job without an attempt left: it counts as failed until it is retried.
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
    """Locks released (in a dry run: that would be); the first 200 of them, jobs before queues, are in `locks`.

    `busy` = rows that another session held until the end, `kept` = old locks that stay, counted by the reason,
    `unfinished` = those that stayed because of an error of the database, counted by message.
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
    """Releases jobs and queues locked for `older_than_secs` (900 to a year) by workers that are not known to be alive.

    Attempts and errors stay as they are; a `run_at` in the past becomes now. A dry run changes nothing.
    Raises InvalidInput, PermissionDenied (also where this role may not read heartbeats).
    """
    found = await _find(queue, OldLocksConfig(older_than_secs), ACTION)
    if dry_run:
        return found.report(LetGo([found.jobs, found.queues]))
    jobs = found.rules.rule("job", found.rules.of_jobs), _ids(found.jobs)
    queues = found.rules.rule("queue", found.rules.of_queues(found.jobs, found.turns)), _ids(found.queues)
    return found.report(await let_go(queue, [jobs, queues]))


async def preview_old_locks(queue: Queue, *, older_than_secs: int = OLD_LOCK_SECONDS) -> OldLocksReport:
    """What a release would do, also for a role that may only read. Raises as release_old_locks."""
    found = await _find(queue, OldLocksConfig(older_than_secs), None)
    return found.report(LetGo([found.jobs, found.queues]))


@dataclass(frozen=True, slots=True)
class _Found:
    """The result of one search: the locks to be released, all locked jobs of queues, and why other locks stay."""

    rules: OldLockRules
    jobs: list[asyncpg.Record]
    queues: list[asyncpg.Record]
    turns: list[asyncpg.Record]
    kept: dict[str, int]

    def report(self, done: LetGo) -> OldLocksReport:
        """The report for these released rows."""
        jobs, queues = (_ids(rows) for rows in done.freed)
        locks = [_lock("job", row) for row in self.jobs if row["id"] in jobs]
        used_up = sum(lock.used_up for lock in locks)
        locks += [_lock("queue", row) for row in self.queues if row["id"] in queues]
        counts = len(jobs), len(queues), used_up, done.busy
        return OldLocksReport(*counts, locks[:LISTED], self.kept, done.unfinished)


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
    """The rows to be released, and the reasons of the others, counted."""
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
