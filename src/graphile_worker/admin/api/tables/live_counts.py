"""The counts that `graphile-worker watch` draws: jobs by state, rates, tasks, held queues, workers and heartbeats."""

from __future__ import annotations

from datetime import datetime

import msgspec

from graphile_worker.admin.api.responses.overview import Rate
from graphile_worker.admin.api.responses.tables import Backlog
from graphile_worker.admin.api.tables.activity import Counters, History, Moment, counters
from graphile_worker.admin.api.tables.backlogs import TaskBacklogs
from graphile_worker.admin.api.tables.rate import current_rate
from graphile_worker.admin.api.tables.sql import statement
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.job_stats import JobStats
from graphile_worker.core.queue import Queue

TIMEOUT = 15.0  # seconds: a scan of every job
ROWS = 8  # of the held queues and of the workers, those that matter most first


class HeldQueue(msgspec.Struct):
    """A locked queue, and how many ready jobs wait for it."""

    queue_name: str
    locked_by: str | None
    locked_secs: float | None
    ready: int


class Holder(msgspec.Struct):
    """A worker that holds locks."""

    worker_id: str | None
    jobs: int
    queues: int
    locked_secs: float | None


class Heartbeats(msgspec.Struct):
    """Registered workers."""

    alive: int
    silent: int


class BusyTask(msgspec.Struct):
    """A task with ready or running jobs, and how its ready jobs change."""

    task_identifier: str
    ready: int
    locked: int
    oldest_locked_secs: float | None
    backlog: Backlog | None = None


class LiveCounts(msgspec.Struct):
    """Counts of one moment. `queues`, `workers` and `tasks` have ROWS entries at most, those that matter most first.

    `rate` and the backlogs are None in the first snapshots of a watch.
    """

    as_of: str
    database: str
    stats: JobStats
    oldest_ready_secs: float | None
    queues_held: int
    queues: list[HeldQueue]
    workers_holding: int
    workers: list[Holder]
    heartbeats: Heartbeats
    tasks_busy: int
    tasks: list[BusyTask]
    rate: Rate | None = None


class Changes:
    """What snapshots that follow each other show: the rate, and the backlogs of the tasks."""

    def __init__(self) -> None:
        self._history = History()
        self._backlogs = TaskBacklogs()

    def add(self, live: LiveCounts, counted: Counters | None) -> None:
        """Adds a snapshot, and sets its rate and its backlogs."""
        stats, now = live.stats, datetime.fromisoformat(live.as_of).timestamp()
        oldest = live.oldest_ready_secs
        self._history.add(Moment(live.as_of, now, stats.ready, stats.failed, oldest, counted, stats.blocked))
        live.rate = current_rate(self._history)
        complete = live.tasks_busy <= len(live.tasks)
        self._backlogs.add(now, {one.task_identifier: one.ready for one in live.tasks}, complete=complete)
        for one in live.tasks:
            one.backlog = self._backlogs.of(one.task_identifier)


@retried_read
async def read_live_counts(queue: Queue, changes: Changes) -> LiveCounts:
    """Reads the counts in one snapshot, and adds them to the changes. Raises QueryTimeout."""
    async with queue.read(timeout=TIMEOUT, scan=True) as tx:
        beats = "beats_seen" if (await tx.capabilities()).reads_heartbeats else "beats_unseen"
        text: str = await tx.fetchval(statement("overview.pulse", beats=beats), rows=ROWS)
        counted = await counters(tx)
    live = msgspec.json.decode(text, type=LiveCounts)
    changes.add(live, counted)
    return live
