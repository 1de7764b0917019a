"""Locks taken away by id: in small transactions, only from rows nobody works on, each looked at again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from graphile_worker.core import validation
from graphile_worker.core.actions.act import BUSY_WAITS, CHUNK, STOPPING, broken_off
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.exceptions import Busy, InvalidInput, OutcomeUnknown, PoolBusy, Refused
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import Statement, statement, texts

WORKER_ID_MAX = 10_000  # characters
LOOK_TIMEOUT = 30.0  # seconds: no index tells who holds what


@dataclass(frozen=True, slots=True)
class Holder:
    """A worker and what it holds; `oldest_locked_at` is RFC 3339."""

    worker_id: str
    jobs: int
    queues: int
    oldest_locked_at: str


@dataclass(frozen=True, slots=True)
class UnlockReport:
    """The asked workers that lost something, in the order asked, and how many jobs and queues were freed.

    In a dry run: that would. `busy` = rows somebody else held all the time, `holders` = what each of them held before.
    `unfinished` = locks that stayed because the database refused them or went away, counted by what is said of them.
    """

    workers: list[str]
    jobs: int
    queues: int
    busy: int = 0
    holders: list[Holder] = field(default_factory=list, compare=False)
    unfinished: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """Which locks of one table are released, as statements over `:ids` and `parameters`.

    `look` selects the rows whose lock is to be released, `take` locks those of them that no other session has locked,
    `free` (of `:ids` alone) releases. The rows of both queries have an `id`.
    """

    action: str
    look: Statement
    take: Statement
    free: Statement
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class LetGo:
    """The rows freed by each rule, and how many rows somebody else held to the end.

    `unfinished` = rows that an error of the database kept from being freed, counted by what is said of them,
    `in_flight` = the ids of the last transaction.
    """

    freed: list[list[asyncpg.Record]]
    busy: int = 0
    unfinished: dict[str, int] = field(default_factory=dict)
    in_flight: list[int] = field(default_factory=list)

    def leave(self, rows: int, words: str) -> None:
        """Counts rows of which this is to be said."""
        if rows:
            self.unfinished[words] = self.unfinished.get(words, 0) + rows


async def let_go(queue: Queue, steps: Sequence[tuple[Rule, Iterable[int]]]) -> LetGo:
    """Frees what the rules still allow, one rule after the other. Raises an error before which nothing was freed."""
    done = LetGo([[] for _ in steps])
    chunks = [
        (rule, ids, rows)
        for (rule, all_ids), rows in zip(steps, done.freed, strict=True)
        for ids in _chunks(sorted(all_ids))
    ]
    for place, (rule, ids, rows) in enumerate(chunks):
        try:
            await _all_or_each(queue, rule, ids, rows, done)
        except STOPPING as error:
            if not any(done.freed):
                raise
            words, rest = broken_off(error)
            left = len(_without(ids, rows))
            during = len(done.in_flight) if isinstance(error, OutcomeUnknown) else left
            done.leave(during, words)
            done.leave(left - during, rest)
            done.leave(sum(len(later) for _, later, _ in chunks[place + 1 :]), rest)
            break
    return done


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _without(ids: list[int], rows: list[asyncpg.Record]) -> list[int]:
    freed = {row["id"] for row in rows}
    return [id for id in ids if id not in freed]


async def _all_or_each(queue: Queue, rule: Rule, ids: list[int], rows: list[asyncpg.Record], done: LetGo) -> None:
    """The ids in one transaction; where a rule of the database refuses it, each on its own, to find whom it means."""
    try:
        await _until_free(queue, rule, ids, rows, done)
    except Refused as error:
        if len(ids) == 1:
            done.leave(1, broken_off(error)[0])
            return
        for id in _without(ids, rows):  # those that an earlier pass has freed
            await _all_or_each(queue, rule, [id], rows, done)


async def _until_free(queue: Queue, rule: Rule, ids: list[int], rows: list[asyncpg.Record], done: LetGo) -> None:
    left = ids
    for wait in (*BUSY_WAITS, None):
        done.in_flight = left
        try:
            freed, left = await _chunk(queue, rule, left)
            rows += freed
        except PoolBusy:
            raise
        except Busy:
            pass  # nothing of this pass is done: all of it is left
        if not left or wait is None:
            break
        await asyncio.sleep(wait)
    done.busy += len(left)


async def _chunk(queue: Queue, rule: Rule, ids: list[int]) -> tuple[list[asyncpg.Record], list[int]]:
    """The rows freed, and the ids that might have been but for somebody else."""
    async with queue.write(rule.action) as tx:
        rows = await tx.fetch(rule.take, ids=texts(ids), **rule.parameters)
        taken = [row["id"] for row in rows]
        if taken:
            await tx.execute(rule.free, ids=texts(taken))
        if len(taken) == len(ids):
            return rows, []
        left = await tx.fetch(rule.look, ids=texts(id for id in ids if id not in taken), **rule.parameters)
    return rows, [row["id"] for row in left]


@retried_read
async def holders(queue: Queue) -> list[Holder]:
    """Everybody who holds a lock, by id."""
    async with queue.read(timeout=LOOK_TIMEOUT, scan=True) as tx:
        return await _holders(tx, None)


async def force_unlock(queue: Queue, worker_ids: Iterable[str], *, dry_run: bool = False) -> UnlockReport:
    """Takes from these workers, alive or not, every lock they hold now. A dry run changes nothing.

    Raises InvalidInput("worker_ids") for none.
    """
    asked = list(dict.fromkeys(validation.text("worker_ids", id, most=WORKER_ID_MAX) for id in worker_ids))
    if not asked:
        raise InvalidInput("worker_ids", "must name at least one worker")
    async with queue.read("force-unlock", timeout=LOOK_TIMEOUT, scan=True) as tx:
        held = await _holders(tx, asked)
        jobs = await tx.fetch(_held("job", "without_lock"), ids=None, workers=asked)
        queues = await tx.fetch(_held("queue", "without_lock"), ids=None, workers=asked)
    done = LetGo([jobs, queues])
    if not dry_run:
        steps = [
            (_rule(kind, asked), [row["id"] for row in rows])
            for kind, rows in zip(("job", "queue"), (jobs, queues), strict=True)
        ]
        done = await let_go(queue, steps)
    jobs, queues = done.freed
    lost = {row["worker"] for row in (*jobs, *queues)}
    return UnlockReport(
        [id for id in asked if id in lost], len(jobs), len(queues), done.busy, held, unfinished=done.unfinished
    )


async def _holders(tx: Transaction, workers: list[str] | None) -> list[Holder]:
    return [Holder(**row) for row in await tx.fetch(statement("locks.holders"), workers=workers)]


def _held(kind: str, lock: str) -> Statement:
    return statement(f"locks.{kind}s_of", lock=lock)


def _rule(kind: str, workers: list[str]) -> Rule:
    look, take = (_held(kind, lock) for lock in ("without_lock", f"skip_locked_{kind}s"))
    return Rule("force-unlock", look, take, statement(f"locks.free_{kind}s"), {"workers": workers})
