"""Repairs jobs whose task or queue row is missing and which would never run (deleted while a job was added)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphile_worker.core import validation
from graphile_worker.core.queue import Queue
from graphile_worker.core.sql import statement, texts

TIMEOUT = 60.0  # seconds: it reads every job


@dataclass(frozen=True, slots=True)
class RepairReport:
    """Ids of jobs given to a named task, and the recreated rows: `{lost id: name}`."""

    given: list[int]
    tasks: dict[int, str]
    queues: dict[int, str]


async def repair(queue: Queue, names: Mapping[int, str] | None = None) -> RepairReport:
    """Recreates missing rows, in one transaction.

    `names` has the task name of a lost id: its jobs are given to that task and run. Other rows are recreated as
    `lost task ID` (listed, and open to every action, but run by no worker) and `lost queue ID` (its jobs run one by one).
    Raises InvalidInput("task"), PermissionDenied, Busy.
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
