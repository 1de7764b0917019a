"""Force-unlock: releases every lock of given workers, whether they are alive or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import asyncpg

from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.locks.release import ReleasedLocks, ReleaseRule, release_locks
from graphile_worker.core.locks.sql import statement
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import Statement, texts

WORKER_ID_MAX = 10_000  # characters
NAMED_MAX = 100  # jobs and queues of a report
WAITING_MAX = 10_000  # due jobs that are counted
FIND_TIMEOUT = 30.0  # seconds: no index on the holders of locks


@dataclass(frozen=True, slots=True)
class Holder:
    """A worker and how many locks it holds; `oldest_locked_at` is RFC 3339."""

    worker_id: str
    jobs: int
    queues: int
    oldest_locked_at: str


@dataclass(frozen=True, slots=True)
class UnlockReport:
    """The given workers that lost a lock, in the order given, and how many jobs and queues were released.

    A dry run reports what would be released. `busy` = rows that another session held throughout, `holders` = the locks
    of each worker before. `unfinished` = locks that an error of the database kept from being released, by reason.
    `job_ids` and `queue_names` = what was released, the first 100 of each. `waiting` = due jobs that waited for these
    queues before, 10,001 where there were more.
    """

    workers: list[str]
    jobs: int
    queues: int
    busy: int = 0
    holders: list[Holder] = field(default_factory=list, compare=False)
    unfinished: dict[str, int] = field(default_factory=dict)
    job_ids: list[int] = field(default_factory=list, compare=False)
    queue_names: list[str] = field(default_factory=list, compare=False)
    waiting: int = field(default=0, compare=False)


@retried_read
async def holders(queue: Queue) -> list[Holder]:
    """Every worker that holds a lock, by id."""
    async with queue.read(timeout=FIND_TIMEOUT, scan=True) as tx:
        return await _holders(tx, None)


async def force_unlock(queue: Queue, worker_ids: Iterable[str], *, dry_run: bool = False) -> UnlockReport:
    """Releases every lock that these workers hold now. A dry run changes nothing.

    Raises InvalidInput("worker_ids") where none is given.
    """
    ids = list(dict.fromkeys(validation.text("worker_ids", id, most=WORKER_ID_MAX) for id in worker_ids))
    if not ids:
        raise InvalidInput("worker_ids", "must name at least one worker")
    async with queue.read("force-unlock", timeout=FIND_TIMEOUT, scan=True) as tx:
        held = await _holders(tx, ids)
        jobs = await tx.fetch(_held("job", "without_lock"), ids=None, workers=ids)
        queues = await tx.fetch(_held("queue", "without_lock"), ids=None, workers=ids)
        waiting = await waiting_for(tx, queues)
    released = ReleasedLocks([jobs, queues])
    if not dry_run:
        releases = [
            (_rule(kind, ids), [row["id"] for row in rows])
            for kind, rows in zip(("job", "queue"), (jobs, queues), strict=True)
        ]
        released = await release_locks(queue, releases)
    jobs, queues = released.rows
    lost = {row["worker"] for row in (*jobs, *queues)}
    return UnlockReport(
        workers=[id for id in ids if id in lost],
        jobs=len(jobs),
        queues=len(queues),
        busy=released.busy,
        holders=held,
        unfinished=released.unfinished,
        job_ids=[row["id"] for row in jobs[:NAMED_MAX]],
        queue_names=[row["queue_name"] for row in queues[:NAMED_MAX]],
        waiting=waiting,
    )


async def waiting_for(tx: Transaction, queues: Sequence[asyncpg.Record]) -> int:
    """How many due jobs wait for these queues; one more than WAITING_MAX where there are more."""
    ids = texts(row["id"] for row in queues)
    return int(await tx.fetchval(statement("locks.waiting"), ids=ids, most=WAITING_MAX)) if ids else 0


async def _holders(tx: Transaction, workers: list[str] | None) -> list[Holder]:
    return [Holder(**row) for row in await tx.fetch(statement("locks.holders"), workers=workers)]


def _held(kind: str, lock: str) -> Statement:
    return statement(f"locks.{kind}s_of", lock=lock)


def _rule(kind: str, workers: list[str]) -> ReleaseRule:
    find, take = (_held(kind, lock) for lock in ("without_lock", f"skip_locked_{kind}s"))
    return ReleaseRule("force-unlock", find, take, statement(f"locks.free_{kind}s"), {"workers": workers})
