"""Deletes the names of tasks and queues that no job refers to.

The search takes no lock. The deletion repeats it under a table lock that blocks adds.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from graphile_worker.core.actions.batches import batches, interruption_reasons
from graphile_worker.core.exceptions import DATABASE_ERRORS, Busy, GraphileWorkerError, QueryTimeout, Refused
from graphile_worker.core.locks.liveness import reason_to_expect_workers
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement, texts

Names = Literal["queues", "tasks"]
BATCH = 10_000  # names deleted in one transaction
FIND_TIMEOUT = 60.0  # seconds for a search, which reads every job of a large table
WAIT = 0.5  # seconds to wait for the lock, in which all adds queue behind it
HOLD = 2.0  # seconds for the second search and the deletion, in which adds wait
_TOO_LONG = f"a scan of all jobs takes longer than the {HOLD:.0f} s for which adds may wait"
_IN_USE = "a long transaction adds jobs or holds these rows; try again"


@dataclass(frozen=True, slots=True)
class DeletedNames:
    """The number of deleted names, and the reason why others remain; `interrupted` = the reason is an error."""

    deleted: int
    reason: str | None
    interrupted: bool = False


async def delete_unused(queue: Queue, names: Names, *, only_without_workers: bool) -> DeletedNames:
    """Deletes unused names. Raises an error only if no name was deleted before it.

    With `only_without_workers` nothing is deleted while a worker may be alive.
    """
    async with queue.read("cleanup", timeout=FIND_TIMEOUT, scan=True) as tx:
        reason = await reason_to_expect_workers(tx) if only_without_workers else None
        ids = [] if reason else await unused(tx, names)
    deleted, rest = 0, len(ids)
    for batch in batches(ids, BATCH):
        rest -= len(batch)
        try:
            count, reason = await _batch(queue, names, batch, only_without_workers)
        except (*DATABASE_ERRORS, Refused) as error:
            if not deleted:
                raise
            return DeletedNames(deleted, _interruption(error, len(batch), rest), True)
        deleted += count
        if reason:
            break
    return DeletedNames(deleted, reason)


def _interruption(error: GraphileWorkerError, batch: int, rest: int) -> str:
    """The reason for the names of the batch in which the error occurred, and for those after it."""
    in_batch, not_tried = interruption_reasons(error)
    return f"{batch} of them {in_batch}" + (f"; {rest} {not_tried}" if rest else "")


async def unused(tx: Transaction, names: Names, ids: list[int] | None = None, staying: str = "every_job") -> list[int]:
    """Those of `ids` (None = all) that no job refers to; `staying` is the block of maintenance.sql that selects the jobs."""
    query = statement(f"maintenance.unused_{names}", staying=staying)
    return [row["id"] for row in await tx.fetch(query, ids=None if ids is None else texts(ids))]


async def _batch(queue: Queue, names: Names, ids: list[int], only_without_workers: bool) -> tuple[int, str | None]:
    """Deletes one batch under a table lock. HOLD limits the whole transaction, however many statements it has.

    The server also ends a statement, or a pause between two statements, that takes longer than HOLD, in case this
    program has stopped.
    """
    try:
        async with queue.write("cleanup", timeout=HOLD, lock_timeout=WAIT) as tx:
            await tx.execute(statement("maintenance.short_pauses"), milliseconds=str(int(HOLD * 1000)))
            await tx.execute(statement("maintenance.hold_names"))
            try:
                async with asyncio.timeout(HOLD):
                    return await _delete_locked(tx, names, ids, only_without_workers)
            except TimeoutError as error:
                raise QueryTimeout(_TOO_LONG) from error
    except QueryTimeout:
        return 0, _TOO_LONG
    except Busy:
        return 0, _IN_USE


async def _delete_locked(
    tx: Transaction, names: Names, ids: list[int], only_without_workers: bool
) -> tuple[int, str | None]:
    """Repeats the search and deletes. The locks of jobs are not scanned again: a worker that has started since has other
    evidence of its liveness."""
    reason = await reason_to_expect_workers(tx, locks=False) if only_without_workers else None
    if reason:
        return 0, reason
    going = await unused(tx, names, ids)
    if names == "queues":
        await tx.execute(statement("maintenance.hold_queues"))
    return await tx.fetchval(statement(f"maintenance.delete_{names}"), ids=texts(going)), None
