"""Releases locks by id: in batches, only of rows that no other session works on, each checked again by its rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import asyncpg

from graphile_worker.core.actions.batches import BatchRun, interruption_reasons
from graphile_worker.core.exceptions import GraphileWorkerError, Refused
from graphile_worker.core.jobs import JobResult, Outcome
from graphile_worker.core.queue import Queue
from graphile_worker.core.sql import Statement, texts


@dataclass(frozen=True, slots=True)
class ReleaseRule:
    """Which locks of one table are released, as statements over `:ids` and `parameters`.

    `find` selects the rows whose lock is to be released, `take` locks those of them that no other session has locked,
    `free` (of `:ids` alone) releases. The rows of both queries have an `id`.
    """

    action: str
    find: Statement
    take: Statement
    free: Statement
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReleasedLocks:
    """The rows released by each rule.

    `busy` = rows that another session held throughout, `unfinished` = rows that an error of the database kept from
    being released, counted by the reason.
    """

    rows: list[list[asyncpg.Record]]
    busy: int = 0
    unfinished: dict[str, int] = field(default_factory=dict)


async def release_locks(queue: Queue, releases: Sequence[tuple[ReleaseRule, Iterable[int]]]) -> ReleasedLocks:
    """Releases what the rules still allow, one rule after the other. Raises an error before any release."""
    error: GraphileWorkerError | None = None
    runs: list[BatchRun] = []
    released: list[list[asyncpg.Record]] = []
    for rule, ids in releases:
        rows: list[asyncpg.Record] = []
        run = BatchRun(partial(_release, queue, rule, rows), _refusal)
        if error is None:
            error = await run.run(ids)
        else:
            run.interrupt(error, (), ids)
        runs.append(run)
        released.append(rows)
    if error is not None and not any(run.any_done for run in runs):
        raise error
    results = [result for run in runs for result in run.results.values()]
    busy = sum(result.outcome is Outcome.BUSY for result in results)
    unfinished = Counter(result.reason for result in results if result.outcome in (Outcome.REFUSED, Outcome.UNKNOWN))
    return ReleasedLocks(released, busy, {reason: count for reason, count in unfinished.items() if reason})


def _refusal(error: Refused) -> str:
    return interruption_reasons(error)[0]


async def _release(
    queue: Queue, rule: ReleaseRule, released: list[asyncpg.Record], ids: list[int], results: list[JobResult]
) -> None:
    """Releases one batch; rows that the rule no longer selects have no result."""
    async with queue.write(rule.action) as tx:
        rows = await tx.fetch(rule.take, ids=texts(ids), **rule.parameters)
        taken = [row["id"] for row in rows]
        if taken:
            await tx.execute(rule.free, ids=texts(taken))
        results += [JobResult(id, Outcome.DONE) for id in taken]
        if len(taken) < len(ids):
            left = await tx.fetch(rule.find, ids=texts(id for id in ids if id not in taken), **rule.parameters)
            results += [JobResult(row["id"], Outcome.BUSY) for row in left]
    released += rows
