"""Locks taken away by id: in small transactions, only from rows nobody works on, each looked at again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from graphile_worker.core import checks
from graphile_worker.core.actions import BUSY_WAITS, CHUNK
from graphile_worker.core.capabilities import known, reading, writing
from graphile_worker.core.database import AnyConnection, Database
from graphile_worker.core.errors import InvalidInput
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import statement

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
    """

    workers: list[str]
    jobs: int
    queues: int
    busy: int = 0
    holders: list[Holder] = field(default_factory=list, compare=False)


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


async def let_go(
    database: Database, schema: Schema, rule: Rule, ids: Iterable[int]
) -> tuple[list[asyncpg.Record], int]:
    """Frees what the rule still allows; the rows freed, and how many somebody else held to the end."""
    freed: list[asyncpg.Record] = []
    busy = 0
    ordered = sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        left = ordered[start : start + CHUNK]
        for wait in (*BUSY_WAITS, None):
            rows, left = await _chunk(database, schema, rule, left)
            freed += rows
            if not left or wait is None:
                break
            await asyncio.sleep(wait)
        busy += len(left)
    return freed, busy


async def _chunk(
    database: Database, schema: Schema, rule: Rule, ids: list[int]
) -> tuple[list[asyncpg.Record], list[int]]:
    """The rows freed, and the ids that might have been but for somebody else."""
    async with writing(database, schema, rule.action) as connection:
        rows = await connection.fetch(rule.take, ids, *rule.arguments)
        taken = [row["id"] for row in rows]
        if taken:
            await connection.execute(rule.free, taken)
        if len(taken) == len(ids):
            return rows, []
        left = await connection.fetch(rule.look, [id for id in ids if id not in taken], *rule.arguments)
    return rows, [row["id"] for row in left]


async def holders(database: Database, schema: Schema) -> list[Holder]:
    """Everybody who holds a lock, by id."""
    async with reading(database, schema, timeout=LOOK_TIMEOUT) as connection:
        return await _holders(connection, schema, None)


async def force_unlock(
    database: Database, schema: Schema, worker_ids: Iterable[str], *, dry_run: bool = False
) -> UnlockReport:
    """Takes from these workers, alive or not, every lock they hold now. A dry run changes nothing.

    Raises InvalidInput("worker_ids") for none.
    """
    asked = list(dict.fromkeys(checks.text("worker_ids", id, most=WORKER_ID_MAX) for id in worker_ids))
    if not asked:
        raise InvalidInput("worker_ids", "must name at least one worker")
    async with reading(database, schema, timeout=LOOK_TIMEOUT) as connection:
        if not dry_run:
            (await known(database, connection, schema)).require("force-unlock")
        held = await _holders(connection, schema, asked)
        jobs = await connection.fetch(_held("job", schema, "look"), None, asked)
        queues = await connection.fetch(_held("queue", schema, "look"), None, asked)
    busy = 0
    if not dry_run:
        jobs, busy_jobs = await let_go(database, schema, _rule("job", schema, asked), (row["id"] for row in jobs))
        queues, busy_queues = await let_go(
            database, schema, _rule("queue", schema, asked), (row["id"] for row in queues)
        )
        busy = busy_jobs + busy_queues
    lost = {row["worker"] for row in (*jobs, *queues)}
    return UnlockReport([id for id in asked if id in lost], len(jobs), len(queues), busy, held)


async def _holders(connection: AnyConnection, schema: Schema, workers: list[str] | None) -> list[Holder]:
    return [Holder(**row) for row in await connection.fetch(statement("locks.holders", schema), workers)]


def _held(kind: str, schema: Schema, lock: str) -> str:
    return statement(f"locks.{kind}s_of", schema, lock=lock)


def _rule(kind: str, schema: Schema, workers: list[str]) -> Rule:
    free = statement(f"locks.free_{kind}s", schema)
    look, take = (_held(kind, schema, lock) for lock in ("look", f"skip_held_{kind}s"))
    return Rule("force-unlock", look, take, free, [workers])
