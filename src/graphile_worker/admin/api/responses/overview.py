"""Response of the overview: the counts, the queues and the workers in one snapshot.

No postponed annotations here: NotRequired must be evaluated when a class is created.
"""

from typing import Any, NotRequired, TypedDict

import msgspec

from graphile_worker.admin.api.responses.values import Time
from graphile_worker.core.jobs import JobStats


class Stats(TypedDict):
    """The number of jobs by state, as JSON of core.jobs.JobStats; `blocked` of the ready ones are in a locked queue.

    `retrying` of the ready and scheduled ones have an error of their last attempt.
    """

    total: int
    ready: int
    scheduled: int
    locked: int
    failed: int
    blocked: int
    retrying: int


class OverviewQueue(TypedDict):
    """A queue of the overview."""

    id: int
    queue_name: str
    locked_at: Time | None
    locked_by: str | None
    job_count: int
    ready_count: int


class LockHolder(TypedDict):
    """A worker that holds locks."""

    worker_id: str
    locked_jobs: int
    locked_queues: int


class ActiveWorker(TypedDict):
    """A registered worker; stale after 300 s without a heartbeat."""

    worker_id: str
    last_heartbeat_at: Time
    started_at: Time
    metadata: Any
    is_stale: bool


class Overview(TypedDict):
    """One snapshot of the counts. Parts that were not requested are absent.

    A list has at most 50,000 entries and 6 MiB, entries with jobs or locks first; `…_omitted` is the number of others.
    """

    age_ms: int
    as_of: Time
    stats: NotRequired[Stats]
    queues: NotRequired[list[OverviewQueue]]
    queues_omitted: NotRequired[int]
    workers: NotRequired[list[LockHolder]]
    workers_omitted: NotRequired[int]
    active_workers: NotRequired[list[ActiveWorker]]
    active_workers_omitted: NotRequired[int]


class OverviewParts(TypedDict):
    """The parts of one snapshot as they are read: each list is the JSON text that PostgreSQL built."""

    stats: JobStats
    as_of: Time
    queues: NotRequired[msgspec.Raw]
    queues_omitted: NotRequired[int]
    workers: msgspec.Raw
    workers_omitted: NotRequired[int]
    active_workers: msgspec.Raw
    active_workers_omitted: NotRequired[int]
