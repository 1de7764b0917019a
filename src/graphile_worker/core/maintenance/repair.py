"""Repairs jobs whose task or queue row is missing (a cleanup raced an add): they would never run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphile_worker.core import validation
from graphile_worker.core.queue import Queue
from graphile_worker.core.sql import statement, texts

TIMEOUT = 60.0  # seconds: every job is read


@dataclass(frozen=True, slots=True)
class RepairReport:
    """Ids of jobs that were given to a named task, and the rows that were made again: `{lost id: name}`."""

    given: list[int]
    tasks: dict[int, str]
    queues: dict[int, str]


async def repair(queue: Queue, names: Mapping[int, str] | None = None) -> RepairReport:
    """Inserts missing rows, in one transaction.

    `names` maps lost ids to task identifiers: their jobs are given to that task and run. The others become `lost task
    ID` (no worker runs it, but every action applies) and `lost queue ID` (its jobs run one at a time again). Raises
    InvalidInput("task"), PermissionDenied, Busy.
    """
    asked = {
        validation.integer("task", id, 1, 2**31 - 1): validation.text("task", name, most=validation.IDENTIFIER_MAX)
        for id, name in (names or {}).items()
    }
    async with queue.write("repair", timeout=TIMEOUT) as tx:
        given = await tx.fetch(statement("maintenance.give_to_tasks"), ids=texts(asked), names=list(asked.values()))
        tasks = await tx.fetch(statement("maintenance.remake_tasks"))
        queues = await tx.fetch(statement("maintenance.remake_queues"))
    return RepairReport(
        sorted(row["id"] for row in given),
        {row["id"]: row["name"] for row in tasks},
        {row["id"]: row["name"] for row in queues},
    )
