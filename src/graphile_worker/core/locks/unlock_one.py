"""Force-unlock of one job or one queue: only the lock that the caller expects, and what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from graphile_worker.core import validation
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.locks.force_unlock import FIND_TIMEOUT, NAMED_MAX, WORKER_ID_MAX, UnlockReport, waiting_for
from graphile_worker.core.locks.release import ReleasedLocks, ReleaseRule, release_locks
from graphile_worker.core.locks.sql import statement
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import texts

JOBS_MAX = 10_000  # of one queue


@dataclass(frozen=True, slots=True)
class ExpectedLock:
    """The holder and the time of a lock as the caller saw it; `locked_at` is its text in the API. Raises InvalidInput."""

    locked_by: str | None
    locked_at: str

    def __post_init__(self) -> None:
        if self.locked_by is not None:
            validation.text("locked_by", self.locked_by, most=WORKER_ID_MAX, least=0)
        if validation.shown_moment("locked_at", self.locked_at) is None:
            raise InvalidInput("locked_at", "must be the time of the lock")


async def unlock_job(queue: Queue, id: int, expected: ExpectedLock, *, dry_run: bool = False) -> UnlockReport:
    """Releases the lock of one job, and that of its queue if the same worker holds it for no other job.

    A lock with another holder or time is skipped, so the report then has no job. Raises as force_unlock.
    """
    validation.integer("job_id", id, -validation.BIGINT_MAX - 1, validation.BIGINT_MAX)
    async with queue.read("force-unlock", timeout=FIND_TIMEOUT, scan=True) as tx:
        jobs = await _expected(tx, "job", id, expected)
        queues = await tx.fetch(statement("locks.queue_of"), id=id) if jobs else []
        waiting = await waiting_for(tx, queues)
    return await _release(queue, expected, jobs, queues, waiting, dry_run=dry_run)


async def unlock_queue(queue: Queue, name: str, expected: ExpectedLock, *, dry_run: bool = False) -> UnlockReport:
    """Releases the lock of one queue, and those of its jobs that the same worker holds.

    A lock with another holder or time is skipped, so the report then has no queue. Raises as force_unlock.
    """
    validation.text("queue_name", name, most=WORKER_ID_MAX)
    async with queue.read("force-unlock", timeout=FIND_TIMEOUT, scan=True) as tx:
        id = await tx.fetchval(statement("locks.queue_id"), name=name)
        queues = await _expected(tx, "queue", id, expected) if id is not None else []
        jobs = await tx.fetch(statement("locks.jobs_in"), id=id, most=JOBS_MAX) if queues else []
        waiting = await waiting_for(tx, queues)
    return await _release(queue, expected, jobs, queues, waiting, dry_run=dry_run)


async def _expected(tx: Transaction, kind: str, id: int, expected: ExpectedLock) -> list[asyncpg.Record]:
    find = statement(f"locks.{kind}_as_expected", lock="without_lock")
    return await tx.fetch(find, ids=texts([id]), locked_by=expected.locked_by, locked_at=expected.locked_at)


async def _release(
    queue: Queue,
    expected: ExpectedLock,
    jobs: Sequence[asyncpg.Record],
    queues: Sequence[asyncpg.Record],
    waiting: int,
    *,
    dry_run: bool,
) -> UnlockReport:
    """Releases these rows where each still has the lock that was read; a dry run reports them."""
    if dry_run:
        released = ReleasedLocks([list(jobs), list(queues)])
    else:
        rows = [("job", row) for row in jobs] + [("queue", row) for row in queues]
        found = await release_locks(queue, [(_rule(kind, row), [row["id"]]) for kind, row in rows])
        done = list(zip(rows, found.rows, strict=True))
        by_kind = [[row for (kind, row), freed in done if freed and kind == one] for one in ("job", "queue")]
        released = ReleasedLocks(by_kind, found.busy, found.unfinished)
    jobs, queues = released.rows
    return UnlockReport(
        workers=[expected.locked_by] if expected.locked_by is not None and (jobs or queues) else [],
        jobs=len(jobs),
        queues=len(queues),
        busy=released.busy,
        unfinished=released.unfinished,
        job_ids=[row["id"] for row in jobs[:NAMED_MAX]],
        queue_names=[row["queue_name"] for row in queues[:NAMED_MAX]],
        waiting=waiting,
    )


def _rule(kind: str, row: asyncpg.Record) -> ReleaseRule:
    """The lock of this row as it was read."""
    find, take = (
        statement(f"locks.{kind}_as_expected", lock=lock) for lock in ("without_lock", f"skip_locked_{kind}s")
    )
    parameters = {"locked_by": row["worker"], "locked_at": row["locked_at"]}
    return ReleaseRule("force-unlock", find, take, statement(f"locks.free_{kind}s"), parameters)
