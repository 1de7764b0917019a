"""The demo's application: adds jobs like a small shop and runs them, at a steady number of jobs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.core.jobs import JobKeyMode, JobSpec
from graphile_worker.demo import tasks
from graphile_worker.demo.sql import statement
from graphile_worker.demo.tasks import Task
from graphile_worker.demo.worker import Process, give_back_earlier
from graphile_worker.worker_utils import WorkerUtils

JOBS_PER_SECOND = 0.9  # jobs a second
BALANCE_SECONDS = 5.0
BULK_LOW, BULK_BATCH = 2600, 120
SCHEDULED_HIGH = 1900
WAITING_HIGH = 150
FAILED_HIGH = 600
_BULK_NAMES = [task.name for task in tasks.BULK]
_MODES = (JobKeyMode.REPLACE, JobKeyMode.PRESERVE_RUN_AT, JobKeyMode.UNSAFE_DEDUPE)


class Application:
    """Producers and worker processes on one schema."""

    def __init__(self, utils: WorkerUtils, random: Random | None = None) -> None:
        self._utils = utils
        self._random = random or Random()
        self._full = False
        self._scheduled_full = False

    async def run(self) -> None:
        """Adds and works jobs until cancelled; the jobs that run then are given back."""
        await give_back_earlier(self._utils.queue)
        processes = [Process(self._utils.queue, group) for group in tasks.GROUPS]
        async with asyncio.TaskGroup() as group:
            for process in processes:
                group.create_task(process.run())
            group.create_task(self._produce())
            group.create_task(self._keep_balance())

    async def _produce(self) -> None:
        while True:
            await asyncio.sleep(self._random.expovariate(JOBS_PER_SECOND))
            task = tasks.pick(self._random, tasks.TASKS)
            if not (self._full or (task.later and self._scheduled_full)):
                await self._add([self.spec(task)])

    async def _keep_balance(self) -> None:
        """A nightly import when the bulk runs low; no more arrivals while a backlog stands; old failures go."""
        while True:
            try:
                await self._balance()
            except GraphileWorkerError:
                pass  # repeated in a moment
            await asyncio.sleep(BALANCE_SECONDS)

    async def _balance(self) -> None:
        async with self._utils.queue.read_unchecked() as tx:
            levels = await tx.fetchrow(statement("application.levels"), bulk_tasks=_BULK_NAMES)
            assert levels is not None
            surplus = max(0, levels["failed"] - FAILED_HIGH)
            oldest = await tx.fetch(statement("application.oldest_failed"), rows=surplus)
        self._full = levels["waiting"] > WAITING_HIGH
        self._scheduled_full = levels["scheduled"] > SCHEDULED_HIGH
        if levels["bulk"] < BULK_LOW:
            await self._add([self.spec(tasks.pick(self._random, tasks.BULK)) for _ in range(BULK_BATCH)])
        if oldest:
            await self._utils.complete_jobs([row["id"] for row in oldest])

    async def _add(self, specs: list[JobSpec]) -> None:
        try:
            await self._utils.add_jobs(specs)
        except GraphileWorkerError:
            pass  # an application loses a job now and then; the demo may as well

    def spec(self, task: Task) -> JobSpec:
        """One job of a task, as the application would add it now."""
        random, key = self._random, task.key(self._random)
        later = timedelta(minutes=random.uniform(*task.later)) if task.later else None
        return JobSpec(
            task.name,
            task.payload(random),
            queue=task.queue(random),
            run_at=datetime.now(UTC) + later if later else None,
            max_attempts=task.max_attempts,
            key=key,
            job_key_mode=random.choice(_MODES) if key else None,
            priority=task.priority,
            flags=task.flags or None,
        )
