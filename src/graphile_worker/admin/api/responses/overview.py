"""Response of the overview: the counts, the queues and the workers in one snapshot.

No postponed annotations here: NotRequired must be evaluated when a class is created.
"""

from typing import Any, NotRequired, TypedDict

import msgspec

from graphile_worker.admin.api.responses.values import Stats, Time
from graphile_worker.core.job_stats import JobStats


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


class Rate(TypedDict):
    """Averages per minute of the last `seconds`: two minutes, five where reads are slow.

    `added_per_minute` and `finished_per_minute` are rows inserted into and deleted from the table of jobs, by PostgreSQL's
    statistics, rolled back ones too: completed, removed and cleaned up jobs are all finished. Null where these are not known.
    `ready_per_minute` is the change of the number of ready jobs, 0 unless it rises or falls all the time; null in the first
    minute. `empty_secs`: in how many seconds no job is ready if it goes on so; null where that is not to be expected in a day.
    """

    seconds: float
    added_per_minute: float | None
    finished_per_minute: float | None
    ready_per_minute: float | None
    empty_secs: float | None


class Overview(TypedDict):
    """One snapshot of the counts. Parts that were not requested are absent.

    `rate` comes with `stats`, once the server has read the counts for 20 seconds.

    A list has at most 50,000 entries and 6 MiB, entries with jobs or locks first; `…_omitted` is the number of others.
    """

    age_ms: int
    as_of: Time
    stats: NotRequired[Stats]
    rate: NotRequired[Rate]
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
    rate: NotRequired[Rate]
    queues: NotRequired[msgspec.Raw]
    queues_omitted: NotRequired[int]
    workers: msgspec.Raw
    workers_omitted: NotRequired[int]
    active_workers: msgspec.Raw
    active_workers_omitted: NotRequired[int]
