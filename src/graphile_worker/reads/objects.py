"""What the reads return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypedDict

Moment: TypeAlias = datetime | str
"""A time: a datetime in UTC, or PostgreSQL's text for a time that Python cannot hold, as `infinity` or a year BC."""


class FilterOptions(TypedDict, total=False):
    """The conditions on jobs. A job must match all of them, and any of the values of one of them.

    `states` are `ready`, `scheduled`, `locked`, `failed`, `blocked` and `retrying`. `errors` are fingerprints, `variants`
    the texts of their variants. `search` has words that must all be found in a job, quoted phrases, a fragment of JSON,
    or a value at a path, `payload.customer.id:42`. Numbers are inclusive. Times are aware datetimes or RFC 3339 text;
    `…_from` is inclusive, `…_to` exclusive.
    """

    states: Sequence[str]
    identifiers: Sequence[str]
    queues: Sequence[str]
    keys: Sequence[str]
    workers: Sequence[str]
    flags: Sequence[str]
    errors: Sequence[str]
    variants: Sequence[str]
    search: str
    priority_min: int | None
    priority_max: int | None
    attempts_min: int | None
    attempts_max: int | None
    run_at_from: datetime | str | None
    run_at_to: datetime | str | None
    created_from: datetime | str | None
    created_to: datetime | str | None
    failed_from: datetime | str | None
    failed_to: datetime | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedJob:
    """A job of a list. `payload_text` is the stored text of the payload, without white space around it.

    `omitted` is True where payload and error are too large for a list; both are None then, and `get_job` returns them.
    `blocked` is True for a ready job whose queue is locked, `retrying` for a job that is not locked, has an error and has
    attempts left, `task_missing` where the row of its task does not exist. `failed_at` is when the last
    attempt of a job with an error failed: `run_at` minus the wait after it, or `updated_at` where an action changed the job
    later.
    """

    id: int
    task_identifier: str
    queue_name: str | None
    payload_text: str | None
    priority: int
    run_at: Moment
    attempts: int
    max_attempts: int
    last_error: str | None
    created_at: Moment
    updated_at: Moment
    key: str | None
    locked_at: Moment | None
    locked_by: str | None
    revision: int
    flags: Any  # a dict of flag names, or what another program stored
    is_available: bool
    state: Literal["ready", "scheduled", "locked", "failed"]
    blocked: bool
    retrying: bool
    failed_at: Moment | None
    task_missing: bool
    omitted: bool = False

    @property
    def payload(self) -> Any:
        """The decoded payload. Integers are exact; a number that a float cannot hold is a Decimal.

        Raises RecursionError for a payload that is nested too deeply, ValueError for a number without a value in Python.
        `payload_text` has every payload.
        """
        from graphile_worker.reads import decode

        return None if self.payload_text is None else decode.value(self.payload_text)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a job does not run: a stable code, a sentence, what to do, and the facts."""

    code: str
    sentence: str
    detail: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RetryTime:
    """When an attempt would run, and for how many seconds a worker waits after it."""

    attempt: int
    run_at: Moment
    wait_secs: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJob(ListedJob):
    """One job by its id, with its complete payload and error.

    `retries` are the remaining attempts; `error_fingerprint` is what similar errors share, None without an error.
    """

    why: Why
    retries: Sequence[RetryTime]
    error_fingerprint: str | None
    as_of: Moment


@dataclass(frozen=True, slots=True)
class JobPage:
    """A page of a list. `next` and `prev` are the cursors of the following and the previous page with the same order."""

    jobs: Sequence[ListedJob]
    as_of: Moment
    has_more: bool
    next: str | None
    prev: str | None


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many jobs match. With `more`, there are more than `count`, which is exact up to 10,000."""

    count: int
    more: bool
    as_of: Moment


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A named queue with its jobs. Jobs without a queue are one row without id and name.

    `locked_secs` is the age of its lock, `current_job` the job that runs. `state` is `missing` where the row of the queue
    does not exist.
    """

    id: int | None
    queue_name: str | None
    locked_at: Moment | None
    locked_by: str | None
    job_count: int
    ready_count: int
    scheduled_count: int
    failed_count: int
    locked_count: int
    blocked_count: int
    retrying_count: int
    oldest_ready_at: Moment | None
    locked_secs: float | None
    state: Literal["free", "held", "held_too_long", "missing"]
    current_job: int | None


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of queues. `total` rows match; `complete` is False where there are more rows than a read keeps (50,000)."""

    queues: Sequence[QueueRow]
    total: int
    has_more: bool
    complete: bool
    as_of: Moment


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker that holds locks or sends heartbeats. `jobs` are at most five of the jobs that it holds."""

    worker_id: str | None
    kind: Literal["node_pool", "node_once", "node_worker", "rust"] | None
    last_heartbeat_at: Moment | None
    started_at: Moment | None
    metadata: Any
    is_stale: bool | None
    locked_jobs: int
    locked_queues: int
    oldest_locked_at: Moment | None
    oldest_locked_secs: float | None
    jobs: Sequence[int]


@dataclass(frozen=True, slots=True)
class Listener:
    """A session whose last statement listens for jobs, `since` then. `client_addr` is None for a local socket."""

    application_name: str | None
    client_addr: str | None
    since: Moment


@dataclass(frozen=True, slots=True)
class WorkerPage:
    """A page of workers, as QueuePage. `heartbeats` is `unseen` where this role may not read them, `none` without a table.

    `listeners` are at most 100 sessions of the database that listen for jobs, of workers of any schema.
    `listeners_visible` is `partly` or `no` where some or all other sessions are hidden from this role. `fetching`: a
    session fetched jobs in the last 5 minutes; workers behind a pooler do so without listening.
    """

    workers: Sequence[WorkerRow]
    heartbeats: Literal["seen", "unseen", "none"]
    total: int
    has_more: bool
    complete: bool
    as_of: Moment
    listeners: Sequence[Listener]
    listeners_visible: Literal["yes", "partly", "no"]
    fetching: bool


@dataclass(frozen=True, slots=True)
class CronJobs:
    """Jobs with `_cron` in their payload. `newest_job` has the latest time in its `_cron`, which is `newest_at`.

    `backfilled` were added for a time that had passed.
    """

    total: int
    ready: int
    scheduled: int
    locked: int
    failed: int
    retrying: int
    backfilled: int
    newest_at: Moment | None
    newest_job: int | None


@dataclass(frozen=True, slots=True)
class Crontab:
    """A known crontab. `last_execution` is the last time for which a worker added its job, `last_execution_secs` its age.

    `jobs` are those of the task with the crontab's name, None without such a task: a crontab may have another name than
    its task, and the database does not store the task.
    """

    identifier: str
    known_since: Moment
    last_execution: Moment | None
    last_execution_secs: float | None
    jobs: CronJobs | None


@dataclass(frozen=True, slots=True)
class CronTask:
    """A task with jobs of crontabs, none of which has the name of the task."""

    task_identifier: str
    jobs: CronJobs


@dataclass(frozen=True, slots=True)
class Crontabs:
    """The known crontabs. `table` is `unseen` where this role may not read their table, `none` where there is no table.

    Jobs are counted in the newest 50,000. `complete` is False where there are more jobs, or more than 1,000 crontabs.
    """

    crontabs: Sequence[Crontab]
    tasks: Sequence[CronTask]
    table: Literal["seen", "unseen", "none"]
    complete: bool
    as_of: Moment
