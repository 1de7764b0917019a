"""What the tables and the overview answer, as types; see jobs.py.

No postponed annotations here: NotRequired must be seen when a class is made.
"""

from typing import Any, Literal, NotRequired, TypedDict

from graphile_worker.admin.api.responses.jobs import Time


class Stats(TypedDict):
    """Jobs by state; `blocked` of the ready ones wait for a held queue."""

    total: int
    ready: int
    scheduled: int
    locked: int
    failed: int
    blocked: int


class OverviewQueue(TypedDict):
    """A queue of the overview."""

    id: int
    queue_name: str
    locked_at: Time | None
    locked_by: str | None
    job_count: int
    ready_count: int


class LockHolder(TypedDict):
    """A worker that holds something."""

    worker_id: str
    locked_jobs: int
    locked_queues: int


class ActiveWorker(TypedDict):
    """A worker that has registered; stale after 300 s without a heartbeat."""

    worker_id: str
    last_heartbeat_at: Time
    started_at: Time
    metadata: Any
    is_stale: bool


class Overview(TypedDict):
    """One snapshot of everything that is counted; parts that were not asked for are absent. A list has 50,000 entries and
    6 MiB at the most (of queues and workers those with jobs or locks first); `…_omitted` says how many more there are."""

    age_ms: int
    as_of: Time
    stats: NotRequired[Stats]
    queues: NotRequired[list[OverviewQueue]]
    queues_omitted: NotRequired[int]
    workers: NotRequired[list[LockHolder]]
    workers_omitted: NotRequired[int]
    active_workers: NotRequired[list[ActiveWorker]]
    active_workers_omitted: NotRequired[int]


class QueueRow(TypedDict):
    """A queue of the table. Jobs without a queue are one row without id and name; `missing`: its row is gone."""

    id: int | None
    queue_name: str | None
    locked_at: Time | None
    locked_by: str | None
    job_count: int
    ready_count: int
    scheduled_count: int
    failed_count: int
    locked_count: int
    blocked_count: int
    oldest_ready_at: Time | None
    locked_secs: float | None
    state: Literal["free", "held", "held_too_long", "missing"]
    current_job: int | None


class WorkerRow(TypedDict):
    """Whoever holds locks or sends heartbeats; `kind` is told by the name, `jobs` are five of those held at most."""

    worker_id: str | None
    kind: Literal["node_pool", "node_once", "node_worker", "rust"] | None
    last_heartbeat_at: Time | None
    started_at: Time | None
    metadata: Any
    is_stale: bool | None
    locked_jobs: int
    locked_queues: int
    oldest_locked_at: Time | None
    oldest_locked_secs: float | None
    jobs: list[int]


class TaskRow(TypedDict):
    """A task name, used or not; `failed_share` of its jobs have no attempts left, `last_failed_job` is the newest of
    them and `last_error` the beginning of its error."""

    task_identifier: str
    task_id: int
    total: int
    ready: int
    scheduled: int
    locked: int
    failed: int
    oldest_ready_at: Time | None
    failed_share: float | None
    last_failed_job: int | None
    last_error: str | None
    task_missing: bool


class ErrorTask(TypedDict):
    """How many jobs of a task failed so."""

    task_identifier: str
    count: int


class ErrorRow(TypedDict):
    """Jobs that failed of the same. `tasks` are five of `task_count` at most, most jobs first; `first_at` and `last_at`
    when a job became so first and last; `example` begins the error of `job`, the newest
    (of Python's traceback it is the last line)."""

    fingerprint: str
    count: int
    first_at: Time
    last_at: Time
    tasks: list[ErrorTask]
    task_count: int
    example: str
    job: int


class Sampled(TypedDict):
    """`total` rows match; `complete` is false where there are more rows than the sample keeps."""

    total: int
    has_more: bool
    complete: bool
    as_of: Time
    age_ms: int


class QueuePage(Sampled):
    """A page of the queues."""

    queues: list[QueueRow]


class WorkerPage(Sampled):
    """A page of the workers; `heartbeats`: whether this role sees them (`unseen`), or there is no table (`none`)."""

    workers: list[WorkerRow]
    heartbeats: Literal["seen", "unseen", "none"]


class TaskPage(Sampled):
    """A page of the task names."""

    tasks: list[TaskRow]


class ErrorPage(Sampled):
    """A page of what failed jobs failed of; the newest jobs were `looked` at, not `complete`: not all of them."""

    errors: list[ErrorRow]
    looked: int


class Suggestions(TypedDict):
    """Names that begin so."""

    field: Literal["identifier", "queue", "worker"]
    values: list[str]
    more: bool
