"""Locks taken away by id: in small transactions, only from rows nobody works on, each looked at again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from graphile_worker.core import validation
from graphile_worker.core.actions.act import BUSY_WAITS, CHUNK, STOPPING, broken_off
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import AnyConnection, Database
from graphile_worker.core.diagnosis.capabilities import reading, writing
from graphile_worker.core.exceptions import Busy, InvalidInput, OutcomeUnknown, PoolBusy, Refused
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import statement, texts

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
    """Which locks of one table may go, in SQL over the ids `$1` and then `arguments`.

    `look` answers the rows whose lock may go, `take` locks those of them nobody else holds, `free` (of `$1` alone)
    lets go of what was taken. Both queries answer an `id`.
    """

    action: str
    look: str
    take: str
    free: str
    arguments: Sequence[Any] = ()


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


async def let_go(database: Database, schema: Schema, steps: Sequence[tuple[Rule, Iterable[int]]]) -> LetGo:
    """Frees what the rules still allow, one rule after the other. Raises an error before which nothing was freed."""
    done = LetGo([[] for _ in steps])
    chunks = [
        (rule, ids, rows)
        for (rule, all_ids), rows in zip(steps, done.freed, strict=True)
        for ids in _chunks(sorted(all_ids))
    ]
    for place, (rule, ids, rows) in enumerate(chunks):
        try:
            await _all_or_each(database, schema, rule, ids, rows, done)
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


async def _all_or_each(
    database: Database, schema: Schema, rule: Rule, ids: list[int], rows: list[asyncpg.Record], done: LetGo
) -> None:
    """The ids in one transaction; where a rule of the database refuses it, each on its own, to find whom it means."""
    try:
        await _until_free(database, schema, rule, ids, rows, done)
    except Refused as error:
        if len(ids) == 1:
            done.leave(1, broken_off(error)[0])
            return
        for id in _without(ids, rows):  # those that an earlier pass has freed
            await _all_or_each(database, schema, rule, [id], rows, done)


async def _until_free(
    database: Database, schema: Schema, rule: Rule, ids: list[int], rows: list[asyncpg.Record], done: LetGo
) -> None:
    left = ids
    for wait in (*BUSY_WAITS, None):
        done.in_flight = left
        try:
            freed, left = await _chunk(database, schema, rule, left)
            rows += freed
        except PoolBusy:
            raise
        except Busy:
            pass  # nothing of this pass is done: all of it is left
        if not left or wait is None:
            break
        await asyncio.sleep(wait)
    done.busy += len(left)


async def _chunk(
    database: Database, schema: Schema, rule: Rule, ids: list[int]
) -> tuple[list[asyncpg.Record], list[int]]:
    """The rows freed, and the ids that might have been but for somebody else."""
    async with writing(database, schema, rule.action) as connection:
        rows = await connection.fetch(rule.take, texts(ids), *rule.arguments)
        taken = [row["id"] for row in rows]
        if taken:
            await connection.execute(rule.free, texts(taken))
        if len(taken) == len(ids):
            return rows, []
        left = await connection.fetch(rule.look, texts(id for id in ids if id not in taken), *rule.arguments)
    return rows, [row["id"] for row in left]


@retried_read
async def holders(database: Database, schema: Schema) -> list[Holder]:
    """Everybody who holds a lock, by id."""
    async with reading(database, schema, timeout=LOOK_TIMEOUT, scan=True) as connection:
        return await _holders(connection, schema, None)


async def force_unlock(
    database: Database, schema: Schema, worker_ids: Iterable[str], *, dry_run: bool = False
) -> UnlockReport:
    """Takes from these workers, alive or not, every lock they hold now. A dry run changes nothing.

    Raises InvalidInput("worker_ids") for none.
    """
    asked = list(dict.fromkeys(validation.text("worker_ids", id, most=WORKER_ID_MAX) for id in worker_ids))
    if not asked:
        raise InvalidInput("worker_ids", "must name at least one worker")
    async with reading(database, schema, "force-unlock", timeout=LOOK_TIMEOUT, scan=True) as connection:
        held = await _holders(connection, schema, asked)
        jobs = await connection.fetch(_held("job", schema, "look"), None, asked)
        queues = await connection.fetch(_held("queue", schema, "look"), None, asked)
    done = LetGo([jobs, queues])
    if not dry_run:
        steps = [
            (_rule(kind, schema, asked), [row["id"] for row in rows])
            for kind, rows in zip(("job", "queue"), (jobs, queues), strict=True)
        ]
        done = await let_go(database, schema, steps)
    jobs, queues = done.freed
    lost = {row["worker"] for row in (*jobs, *queues)}
    return UnlockReport(
        [id for id in asked if id in lost], len(jobs), len(queues), done.busy, held, unfinished=done.unfinished
    )


async def _holders(connection: AnyConnection, schema: Schema, workers: list[str] | None) -> list[Holder]:
    return [Holder(**row) for row in await connection.fetch(statement("locks.holders", schema), workers)]


def _held(kind: str, schema: Schema, lock: str) -> str:
    return statement(f"locks.{kind}s_of", schema, lock=lock)


def _rule(kind: str, schema: Schema, workers: list[str]) -> Rule:
    free = statement(f"locks.free_{kind}s", schema)
    look, take = (_held(kind, schema, lock) for lock in ("look", f"skip_held_{kind}s"))
    return Rule("force-unlock", look, take, free, [workers])
