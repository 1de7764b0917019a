"""A small honest worker: it takes, finishes and fails jobs the way the Node and Rust workers do."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass
from random import Random
from typing import Any

import asyncpg

from graphile_worker.core.database.transactions import Database
from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import Loader
from graphile_worker.demo import tasks

APPLICATION = "graphile-worker demo"
POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
STILL_BROKEN = 0.75  # a cause tends to outlive the first try ...
RETRIED_BY_HAND = 0.03  # ... until a person has seen to it

statement = Loader("graphile_worker.demo.sql").statement


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

    def __init__(self, database: Database, schema: Schema, group: str, random: Random | None = None) -> None:
        self.id = f"graphile_worker_{secrets.token_hex(9)}"
        self.group = group
        self._database = database
        self._schema = schema
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
            await give_back(self._database, self._schema, [self.id])

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
            await self._say("worker.register", self.id, json.dumps(metadata))
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _fetch(self) -> Held | None:
        row = await self._say("worker.fetch", self.id, tasks.names(self.group))
        return Held(**row) if row else None

    async def _work(self, job: Held) -> None:
        task = tasks.BY_NAME[job.identifier]
        await asyncio.sleep(self._random.uniform(*task.seconds))
        if self._random.random() < self._chance(job, task):
            await self._finish("worker.fail", job, task.trouble(self._random, _members(job.payload)))
        else:
            await self._finish("worker.succeed", job)

    def _chance(self, job: Held, task: tasks.Task) -> float:
        if not task.error_texts:
            return 0.0
        if job.attempts > 1:
            return STILL_BROKEN
        return RETRIED_BY_HAND if job.last_error else task.failing

    async def _finish(self, name: str, job: Held, *more: str) -> None:
        for _ in range(3):  # the job stays locked until the database has heard of its end
            try:
                return await self._tell(name, job.id, self.id, *more)
            except GraphileWorkerError:
                await asyncio.sleep(POLL_SECONDS)

    async def _tell(self, name: str, *values: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(statement(name, self._schema), *values)

    async def _say(self, name: str, *values: Any) -> asyncpg.Record | None:
        """A statement that may fail now and is said again soon."""
        try:
            async with self._database.write() as connection:
                return await connection.fetchrow(statement(name, self._schema), *values)
        except GraphileWorkerError:
            return None


async def give_back(database: Database, schema: Schema, workers: list[str]) -> None:
    """Unlocks what these workers hold, the interrupted try not counted, and forgets them."""
    try:
        async with database.write(timeout=2) as connection:
            for name in ("worker.return_jobs", "worker.return_queues", "worker.leave"):
                await connection.execute(statement(name, schema), workers)
    except GraphileWorkerError:
        pass  # the database goes away as well; the next start gives back


async def give_back_earlier(database: Database, schema: Schema) -> None:
    """The same for the workers of an earlier run that was killed."""
    async with database.read() as connection:
        rows = await connection.fetch(statement("worker.earlier", schema), APPLICATION)
    await give_back(database, schema, [row["id"] for row in rows])


def _members(payload: str) -> dict[str, Any]:
    """A payload somebody typed into the admin may be anything."""
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
