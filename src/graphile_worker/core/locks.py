"""Locks taken away by id: in small transactions, only from rows nobody works on, each looked at again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from graphile_worker.core.actions import BUSY_WAITS, CHUNK
from graphile_worker.core.capabilities import writing
from graphile_worker.core.database import Database
from graphile_worker.core.schema import Schema


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
