"""Deletes names of tasks and queues that no job refers to. They are found without a lock, and deleted under one that
blocks adds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from graphile_worker.core.actions.act import STOPPING, broken_off
from graphile_worker.core.exceptions import Busy, GraphileWorkerError, QueryTimeout, Refused
from graphile_worker.core.locks.liveness import reason_to_expect_workers
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement, texts

Names = Literal["queues", "tasks"]
BATCH = 10_000  # names deleted in one hold
LOOK = 60.0  # seconds for a look: on a large table it reads every job
WAIT = 0.5  # seconds to wait for the hold; all adds wait behind us meanwhile
HOLD = 2.0  # seconds to look again and to delete, while adds wait
_TOO_LONG = f"looking at every job takes longer than the {HOLD:.0f} s that adding jobs may wait"
_IN_USE = "somebody adds jobs, or works on these rows, in a long transaction; try again"


@dataclass(frozen=True, slots=True)
class Collected:
    """How many names were deleted, and why none or not all; `broken_off` = an error ended the work."""

    deleted: int
    reason: str | None
    broken_off: bool = False


async def collect(queue: Queue, names: Names, *, careful: bool) -> Collected:
    """Deletes unused names. Raises an error where none was deleted before it.

    `careful` = nothing is deleted while any worker may be alive.
    """
    async with queue.read("cleanup", timeout=LOOK, scan=True) as tx:
        reason = await reason_to_expect_workers(tx) if careful else None
        ids = [] if reason else await unused(tx, names)
    deleted = 0
    for start in range(0, len(ids), BATCH):
        during = ids[start : start + BATCH]
        try:
            count, reason = await _batch(queue, names, during, careful)
        except (*STOPPING, Refused) as error:
            if not deleted:
                raise
            return Collected(deleted, _broken_off(error, len(during), len(ids) - start - len(during)), True)
        deleted += count
        if reason:
            break
    return Collected(deleted, reason)


def _broken_off(error: GraphileWorkerError, during: int, after: int) -> str:
    """The message for the names of the batch that an error ended, and for those of later batches."""
    words, rest = broken_off(error)
    return f"{during} of them {words}" + (f"; {after} {rest}" if after else "")


async def unused(tx: Transaction, names: Names, ids: list[int] | None = None, staying: str = "every_job") -> list[int]:
    """Of `ids` (None: of all) those that no job of `staying`, a block of maintenance.sql, refers to."""
    query = statement(f"maintenance.unused_{names}", staying=staying)
    return [row["id"] for row in await tx.fetch(query, ids=None if ids is None else texts(ids))]


async def _batch(queue: Queue, names: Names, ids: list[int], careful: bool) -> tuple[int, str | None]:
    """Deletes one batch under the lock. HOLD is the limit for all its statements together.

    If this process is gone or too slow, the server ends each statement, and each pause between two.
    """
    try:
        async with queue.write("cleanup", timeout=HOLD, lock_timeout=WAIT) as tx:
            await tx.execute(statement("maintenance.short_pauses"), milliseconds=str(int(HOLD * 1000)))
            await tx.execute(statement("maintenance.hold_names"))
            try:
                async with asyncio.timeout(HOLD):
                    return await _held(tx, names, ids, careful)
            except TimeoutError as error:
                raise QueryTimeout(_TOO_LONG) from error
    except QueryTimeout:
        return 0, _TOO_LONG
    except Busy:
        return 0, _IN_USE


async def _held(tx: Transaction, names: Names, ids: list[int], careful: bool) -> tuple[int, str | None]:
    """The check that scans all jobs is made only once, before: a worker that started since shows in the other
    checks."""
    reason = await reason_to_expect_workers(tx, locks=False) if careful else None
    if reason:
        return 0, reason
    going = await unused(tx, names, ids)
    if names == "queues":
        await tx.execute(statement("maintenance.hold_queues"))
    return await tx.fetchval(statement(f"maintenance.delete_{names}"), ids=texts(going)), None
