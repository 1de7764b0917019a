"""Repairs jobs whose task or queue row is missing, because a cleanup of unused names raced with an add."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.queue import Queue
from graphile_worker.core.sql import statement, texts

TIMEOUT = 60.0  # seconds: the statements read every job


@dataclass(frozen=True, slots=True)
class RepairReport:
    """Ids of jobs that went to a named task, and the rows that were created: `{id: name}` (in a dry run: that would)."""

    given: list[int]
    tasks: dict[int, str]
    queues: dict[int, str]


async def repair(queue: Queue, names: Mapping[int, str] | None = None, *, dry_run: bool = False) -> RepairReport:
    """Creates missing rows of tasks and queues, in one transaction.

    `names` maps the id of a missing task to its name: its jobs go to the task of that name and run. The other tasks get
    the name `lost task ID`; their jobs are listed and open to every action, but no worker runs them. Queues get the name
    `lost queue ID`, and their jobs run one at a time again. A dry run changes nothing.
    Raises InvalidInput("task"), PermissionDenied, Busy.
    """
    wanted = {
        validation.integer("task", id, 1, 2**31 - 1): validation.text("task", name, most=validation.IDENTIFIER_MAX)
        for id, name in (names or {}).items()
    }
    if dry_run:
        return await _dry_run(queue, list(wanted))
    async with queue.write("repair", timeout=TIMEOUT) as tx:
        given = await tx.fetch(statement("maintenance.give_to_tasks"), ids=texts(wanted), names=list(wanted.values()))
        tasks = await tx.fetch(statement("maintenance.remake_tasks"))
        queues = await tx.fetch(statement("maintenance.remake_queues"))
    return _report(given, tasks, queues)


@retried_read
async def _dry_run(queue: Queue, named: list[int]) -> RepairReport:
    async with queue.read("repair", timeout=TIMEOUT, scan=True) as tx:
        given = await tx.fetch(statement("maintenance.would_give_to_tasks"), ids=texts(named))
        tasks = await tx.fetch(statement("maintenance.would_remake_tasks"), ids=texts(named))
        queues = await tx.fetch(statement("maintenance.would_remake_queues"))
    return _report(given, tasks, queues)


def _report(
    given: Sequence[asyncpg.Record], tasks: Sequence[asyncpg.Record], queues: Sequence[asyncpg.Record]
) -> RepairReport:
    return RepairReport(
        sorted(row["id"] for row in given),
        {row["id"]: row["name"] for row in tasks},
        {row["id"]: row["name"] for row in queues},
    )
