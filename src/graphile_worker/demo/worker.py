"""A small worker that fetches, completes and fails jobs as the Node and Rust workers do."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass
from random import Random
from typing import Any

import asyncpg

from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.core.queue import Queue
from graphile_worker.demo import tasks
from graphile_worker.demo.sql import statement

APPLICATION = "graphile-worker demo"
POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
FAILING_AGAIN = 0.75  # a cause tends to outlive the first try ...
FAILING_AFTER_RETRY = 0.03  # ... until a person has seen to it


@dataclass(frozen=True, slots=True)
class Held:
    """A job this worker has locked."""

    id: int
    identifier: str
    payload: str
    attempts: int
    max_attempts: int
    last_error: str | None


class Process:
    """One worker process of the application: its tasks, and how many jobs it runs at once."""

    def __init__(self, queue: Queue, group: str, random: Random | None = None) -> None:
        self.id = f"graphile_worker_{secrets.token_hex(9)}"
        self.group = group
        self._queue = queue
        self._random = random or Random()
        self._slots = tasks.GROUPS[group]
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Works until cancelled; then gives back what it holds."""
        beating = asyncio.create_task(self._beat())
        try:
            while True:
                job = await self._fetch() if len(self._running) < self._slots else None
                if job is None:
                    await self._wait()
                    continue
                running = asyncio.create_task(self._work(job))
                self._running.add(running)
                running.add_done_callback(self._running.discard)
        finally:
            beating.cancel()
            for running in self._running:
                running.cancel()
            await asyncio.gather(beating, *self._running, return_exceptions=True)
            await give_back(self._queue, [self.id])

    async def _wait(self) -> None:
        if len(self._running) < self._slots:
            await asyncio.sleep(POLL_SECONDS)
        else:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def _beat(self) -> None:
        metadata = {
            "application": APPLICATION,
            "hostname": f"{self.group}-1.internal",
            "tasks": tasks.names(self.group),
            "concurrency": self._slots,
        }
        while True:
            await self._say("worker.register", worker=self.id, metadata=json.dumps(metadata))
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _fetch(self) -> Held | None:
        row = await self._say("worker.fetch", worker=self.id, tasks=tasks.names(self.group))
        return Held(**row) if row else None

    async def _work(self, job: Held) -> None:
        task = tasks.BY_NAME[job.identifier]
        await asyncio.sleep(self._random.uniform(*task.seconds))
        if self._random.random() < self._chance(job, task):
            error = task.error_text(self._random, _members(job.payload))
            await self._finish("worker.fail", job, error=error)
        else:
            await self._finish("worker.succeed", job)

    def _chance(self, job: Held, task: tasks.Task) -> float:
        if not task.error_texts:
            return 0.0
        if job.attempts > 1:
            return FAILING_AGAIN
        return FAILING_AFTER_RETRY if job.last_error else task.failing

    async def _finish(self, name: str, job: Held, **more: str) -> None:
        for _ in range(3):  # the job stays locked until the database has stored its end
            try:
                return await self._tell(name, id=job.id, worker=self.id, **more)
            except GraphileWorkerError:
                await asyncio.sleep(POLL_SECONDS)

    async def _tell(self, name: str, **parameters: Any) -> None:
        async with self._queue.write_unchecked() as tx:
            await tx.execute(statement(name), **parameters)

    async def _say(self, name: str, **parameters: Any) -> asyncpg.Record | None:
        """Runs a statement that may fail now and is repeated soon."""
        try:
            async with self._queue.write_unchecked() as tx:
                return await tx.fetchrow(statement(name), **parameters)
        except GraphileWorkerError:
            return None


async def give_back(queue: Queue, workers: list[str]) -> None:
    """Unlocks what these workers hold, without counting the interrupted attempt, and deletes their rows."""
    try:
        async with queue.write_unchecked(timeout=2) as tx:
            for name in ("worker.return_jobs", "worker.return_queues", "worker.leave"):
                await tx.execute(statement(name), workers=workers)
    except GraphileWorkerError:
        pass  # the database goes away as well; the next start gives back


async def give_back_earlier(queue: Queue) -> None:
    """The same for the workers of an earlier run that was killed."""
    async with queue.read_unchecked() as tx:
        rows = await tx.fetch(statement("worker.earlier"), application=APPLICATION)
    await give_back(queue, [row["id"] for row in rows])


def _members(payload: str) -> dict[str, Any]:
    """The members of a payload; one that was typed into the admin may be no object."""
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
