"""Responses of the tables of queues, workers, tasks and errors, of crontabs, and the suggestions of names."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from graphile_worker.admin.api.responses.values import Time

SuggestField = Literal["identifier", "queue", "worker"]


class QueueRow(TypedDict):
    """A queue of the table. Jobs without a queue are one row without id and name; `missing`: the queue's row was deleted."""

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
    retrying_count: int
    oldest_ready_at: Time | None
    locked_secs: float | None
    state: Literal["free", "held", "held_too_long", "missing"]
    current_job: int | None


class WorkerRow(TypedDict):
    """A worker that holds locks or sends heartbeats; `kind` is derived from the name, `jobs` are at most five locked ones."""

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


class Backlog(TypedDict):
    """How the number of ready jobs changes: it was `before` so many `seconds` ago, five minutes at most.

    `per_minute` is the change per minute, 0 unless the number rises or falls all the time.
    """

    before: int
    seconds: float
    per_minute: float


class TaskRow(TypedDict):
    """A task name, with or without jobs.

    `backlog` is null until the server has read this table for a minute. `oldest_locked_at` is since when the oldest running
    job is locked, `oldest_locked_secs` for how many seconds.

    `retrying` of the ready and scheduled jobs have an error. `failed_share` of its jobs have no attempts left, `last_failed_job` is the newest of them, and `last_error` the
    beginning of its error.
    """

    task_identifier: str
    task_id: int
    total: int
    ready: int
    scheduled: int
    locked: int
    failed: int
    retrying: int
    oldest_ready_at: Time | None
    failed_share: float | None
    last_failed_job: int | None
    last_error: str | None
    task_missing: bool
    oldest_locked_at: Time | None
    oldest_locked_secs: float | None
    backlog: Backlog | None


class ErrorTask(TypedDict):
    """The jobs of a task with an error of the group: `count` failed ones, and `retrying` ones."""

    task_identifier: str
    count: int
    retrying: int


class ErrorVariant(TypedDict):
    """The jobs of a group whose error has this line, `text`. `tasks` are at most five. `variant` filters by the text."""

    text: str
    count: int
    retrying: int
    first_at: Time
    last_at: Time
    job: int
    tasks: list[ErrorTask]


class ErrorRow(TypedDict):
    """A group of jobs with similar errors: `count` failed ones, and `retrying` ones, which have attempts left.

    `tasks` are at most five of `task_count`, those with most jobs first. `first_at` and `last_at` are the least and the
    greatest `failed_at` of these jobs. `example` is the beginning of the error of `job`, the newest one; for a traceback of
    Python it is the last line. `variants` are at most ten of `variant_count`, those with most jobs first; empty where
    there is only one.
    """

    fingerprint: str
    count: int
    retrying: int
    first_at: Time
    last_at: Time
    tasks: list[ErrorTask]
    task_count: int
    example: str
    job: int
    variants: list[ErrorVariant]
    variant_count: int


class Sampled(TypedDict):
    """A page of a sample. `total` rows match; `complete` is false where there are more rows than the sample holds."""

    total: int
    has_more: bool
    complete: bool
    as_of: Time
    age_ms: int


class QueuePage(Sampled):
    """A page of the queues."""

    queues: list[QueueRow]


class Listener(TypedDict):
    """A session whose last statement listens for jobs, `since` then. `client_addr` is null for a local socket."""

    application_name: str | None
    client_addr: str | None
    since: Time


class WorkerPage(Sampled):
    """A page of the workers. `heartbeats`: `unseen` where the role may not read them, `none` where there is no table.

    `listeners` are at most 100 sessions of the database, of workers of any schema; not the admin's. `listeners_visible`:
    `partly` or `no` where some or all other sessions are hidden from the role. `fetching`: a session fetched jobs in the
    last 5 minutes; workers behind a pooler do so without listening.
    """

    workers: list[WorkerRow]
    heartbeats: Literal["seen", "unseen", "none"]
    listeners: list[Listener]
    listeners_visible: Literal["yes", "partly", "no"]
    fetching: bool


class TaskPage(Sampled):
    """A page of the task names."""

    tasks: list[TaskRow]


class ErrorPage(Sampled):
    """A page of error groups. The newest `looked` failed jobs and the newest `retrying_read` retrying ones are grouped.

    `complete` is false where there are more.
    """

    errors: list[ErrorRow]
    looked: int
    retrying_read: int


# `from` is a keyword, so the class has no body
FailureBucket = TypedDict("FailureBucket", {"from": Time, "to": Time, "failed": int, "retrying": int})


class FailureHistogram(TypedDict):
    """Failed and retrying jobs by `failed_at`, in 24 buckets of the same length from `failed_from` to `failed_to`.

    `from` is inclusive and `to` exclusive, as in the filters `failed_from` and `failed_to`.
    """

    buckets: list[FailureBucket]
    failed_from: Time
    failed_to: Time
    as_of: Time
    age_ms: int


CrontabTable = Literal["seen", "unseen", "none"]


class CronJobs(TypedDict):
    """Jobs with `_cron` in their payload. `newest_job` has the latest time in its `_cron`, which is `newest_at`.

    `backfilled` were added for a time that had passed. `newest_at` and `backfilled` are null where payloads are redacted.
    """

    total: int
    ready: int
    scheduled: int
    locked: int
    failed: int
    retrying: int
    backfilled: int | None
    newest_at: Time | None
    newest_job: int | None


class CrontabRow(TypedDict):
    """A known crontab. `last_execution` is the last time for which a worker added its job, `last_execution_secs` its age.

    `jobs` are those of the task with the crontab's name, null without such a task: a crontab may have another name than
    its task, and the database does not store the task.
    """

    identifier: str
    known_since: Time
    last_execution: Time | None
    last_execution_secs: float | None
    jobs: CronJobs | None


class CronTask(TypedDict):
    """A task with jobs of crontabs, none of which has the name of the task."""

    task_identifier: str
    jobs: CronJobs


class Crontabs(TypedDict):
    """The known crontabs. `table`: `unseen` where the role may not read their table, `none` where there is no table.

    Jobs are counted in the newest 50,000. `complete` is false where there are more jobs, or more than 1,000 crontabs.
    """

    crontabs: list[CrontabRow]
    tasks: list[CronTask]
    table: CrontabTable
    complete: bool
    as_of: Time
    age_ms: int


class Suggestions(TypedDict):
    """Names that begin with the prefix.

    `counts`, where they are known: the jobs of each name at `counts_as_of`, null for one that was not counted. With the
    parameter `near`: `known`, whether the prefix is itself a name, and `near`, similar names where it is none.
    """

    field: SuggestField
    values: list[str]
    more: bool
    counts: NotRequired[list[int | None]]
    counts_as_of: NotRequired[Time]
    known: NotRequired[bool]
    near: NotRequired[list[str]]
