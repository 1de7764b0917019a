"""Every verb and every read, again and again, on jobs that live workers run at the same time."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.read import PageRequest, get_job, list_jobs
from graphile_worker.admin.api.tables.overview import snapshot
from graphile_worker.core.exceptions import Busy, SchemaUnsupported
from graphile_worker.core.locks.old_locks import release_old_locks
from graphile_worker.core.locks.sweep import SweepReport, sweep
from graphile_worker.core.maintenance.cleanup import DELETE_FAILED, GC_TASKS
from graphile_worker.worker_utils import WorkerUtils
from tests.peers.ledger import Ledger

PAST, FUTURE = "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"
RECENT = 150  # most verbs are about the newest jobs that are not known to be gone

KEYED = 5  # every fifth job has a key with its number in it


class Storm:
    """`rage` may run many times side by side; what the verbs report goes into `ledger`."""

    def __init__(self, utils: WorkerUtils, ledger: Ledger, seed: int = 4) -> None:
        self.utils, self.ledger = utils, ledger
        self.dice = random.Random(seed)
        self.verbs: dict[Callable[[], Awaitable[None]], int] = {
            self.complete: 4,
            self.fail: 4,
            self.remove: 4,
            self.run_now: 5,
            self.retry: 5,
            self.postpone: 3,
            self.revisit: 5,
            self.force_unlock: 1,
            self.cleanup: 1,
            self.sweep: 1,
            self.release_old_locks: 1,
            self.migrate: 1,
            self.read: 3,
        }

    async def rage(self, calm: asyncio.Event) -> None:
        """One verb after the other until it is calm; one that found a lock it could not get has changed nothing."""
        while not calm.is_set():
            [verb] = self.dice.choices(list(self.verbs), list(self.verbs.values()))
            try:
                await verb()
            except Busy:
                self.ledger.outcomes[f"busy {verb.__name__}"] += 1

    def draw(self, most: int) -> list[int]:
        """Up to `most` ids in any order."""
        ids = self.ledger.ids
        if self.dice.random() < 0.8:
            ids = [id for id in ids if id not in self.ledger.gone][-RECENT:] or ids
        return self.dice.sample(ids, min(len(ids), self.dice.randint(1, most)))

    async def complete(self) -> None:
        ids = self.draw(4)
        self.ledger.note("complete", ids, await self.utils.complete_jobs(ids))

    async def fail(self) -> None:
        ids = self.draw(4)
        report = await self.utils.permanently_fail_jobs(ids, "storm")
        assert all(job.attempts == job.max_attempts and job.last_error == "storm" for job in report.jobs)
        self.ledger.note("fail", ids, report)

    async def remove(self) -> None:
        """By a key of one of the newest jobs."""
        newest = len(self.ledger.ids) // KEYED
        key = f"key {KEYED * self.dice.randint(max(0, newest - RECENT // KEYED), newest)}"
        self.ledger.note_removal(await self.utils.remove_job(key))

    async def run_now(self) -> None:
        ids = self.draw(20)
        self.ledger.note("run_now", ids, await self.utils.run_now(ids))

    async def retry(self) -> None:
        ids = self.draw(10)
        report = await self.utils.retry(ids)
        assert all(job.attempts == 0 for job in report.jobs)
        self.ledger.note("retry", ids, report)

    async def postpone(self) -> None:
        ids = self.draw(5)
        report = await self.utils.reschedule_jobs(ids, run_at=FUTURE)
        assert all(job.run_at == FUTURE for job in report.jobs)
        self.ledger.note("reschedule", ids, report)

    async def revisit(self) -> None:
        """Reschedules again what was postponed before, with other numbers."""
        ids = self.draw(20)
        priority, attempts = self.dice.randint(-5, 5), self.dice.randint(0, 3)
        report = await self.utils.reschedule_jobs(ids, run_at=PAST, priority=priority, attempts=attempts)
        assert all((job.priority, job.attempts) == (priority, attempts) for job in report.jobs)
        self.ledger.note("reschedule", ids, report)

    async def force_unlock(self) -> None:
        self.ledger.calls["force_unlock"] += 1
        report = await self.utils.force_unlock_workers(["nobody", f"pool-{self.dice.random()}"])
        assert (report.workers, report.jobs, report.queues) == ([], 0, 0)

    async def cleanup(self) -> None:
        """All three tasks; names of tasks are left alone, for workers listen."""
        self.ledger.calls["cleanup"] += 1
        report = await self.utils.cleanup()
        self.ledger.cleaned += report.deleted[DELETE_FAILED]
        assert GC_TASKS in report.skipped

    async def sweep(self) -> None:
        """Nobody has registered, so nobody is gone; before our migration nobody could."""
        self.ledger.calls["sweep"] += 1
        migrated = bool(self.ledger.applied)
        try:
            report = await sweep(self.utils.queue, threshold_secs=60)
            assert report == SweepReport([], 0)
        except SchemaUnsupported:
            assert not migrated

    async def release_old_locks(self) -> None:
        """No lock here is older than the test."""
        self.ledger.calls["release_old_locks"] += 1
        report = await release_old_locks(self.utils.queue)
        assert (report.jobs, report.queues, report.kept) == (0, 0, {})

    async def migrate(self) -> None:
        self.ledger.calls["migrate"] += 1
        self.ledger.applied += (await self.utils.migrate()).applied

    async def read(self) -> None:
        """A page of the list, one job, the overview: JSON that agrees with itself."""
        self.ledger.calls["read"] += 1
        queue = self.utils.queue
        page = await list_jobs(queue, JobFilter(search="step"), PageRequest(limit=50))
        ids = [json.loads(bytes(job))["id"] for job in page["jobs"]]
        assert ids == sorted(set(ids))
        [id] = self.draw(1)
        one = await get_job(queue, id)
        assert one is None or one["id"] == id
        stats = (await snapshot(queue))[0]["stats"]
        assert stats.total == sum(getattr(stats, state) for state in ("ready", "scheduled", "locked", "failed"))
