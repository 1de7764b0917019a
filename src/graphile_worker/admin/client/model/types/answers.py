"""Answers of the API as the browser program keeps them; ids of jobs are text."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

from graphile_worker.admin.api.responses.diagnosis import Finding
from graphile_worker.admin.api.responses.errors import ServerMessage
from graphile_worker.admin.api.responses.jobs import ListedJob, Rung, Searched, Why
from graphile_worker.admin.api.responses.tables import ErrorRow, Listener, QueueRow, Sampled, TaskRow, WorkerRow
from graphile_worker.admin.api.responses.values import Time


class Result(TypedDict):
    """The outcome of an action on one job. `undone`, beside the outcomes of the API: the job was not sent."""

    id: str
    outcome: str
    reason: str | None


class Error(TypedDict, total=False):
    """An error of the API or of the connection; empty where there is none. `login`: logging in may help."""

    error: str
    code: str
    request_id: str
    field: str
    hint: str | None
    reason_code: str
    login: bool
    results: list[Result]
    server: ServerMessage


class JobRow(ListedJob):
    """A row of the list. `gone`: it has left the list; `past`: no answer has covered it since this time."""

    id: str  # type: ignore[misc]
    gone: NotRequired[bool]
    past: NotRequired[Time | None]


class JobDetail(JobRow):
    """The job of the open panel."""

    why: Why
    retry_ladder: list[Rung]
    error_fingerprint: str | None
    last_error_truncated: NotRequired[bool]
    as_of: Time


class JobPage(TypedDict):
    """The answer of GET api/jobs."""

    jobs: list[JobRow]
    as_of: Time
    age_ms: int
    next: str | None
    prev: str | None
    partial: NotRequired[bool]
    searched: NotRequired[Searched]


class TablePage(Sampled):
    """The answer of GET api/queues, tasks, errors or workers, and the `search` that it answers."""

    search: str
    queues: NotRequired[list[QueueRow]]
    tasks: NotRequired[list[TaskRow]]
    errors: NotRequired[list[ErrorRow]]
    workers: NotRequired[list[WorkerRow]]
    heartbeats: NotRequired[Literal["seen", "unseen", "none"]]
    listeners: NotRequired[list[Listener]]
    listeners_visible: NotRequired[Literal["yes", "partly", "no"]]
    fetching: NotRequired[bool]
    looked: NotRequired[int]
    retrying_read: NotRequired[int]


class Acted(TypedDict):
    """The answer of POST api/jobs/action."""

    results: list[Result]
    jobs: NotRequired[list[JobRow]]


class BulkStep(TypedDict):
    """The answer of POST api/jobs/bulk."""

    results: list[Result]
    next: str | None


class BulkPreview(TypedDict):
    """The answer of a dry run of POST api/jobs/bulk; without a `count` the jobs could not be counted in time."""

    count: int | None
    more: bool
    sample: list[int]


class Preview(TypedDict, total=False):
    """A part of GET api/maintenance, or why it is `refused`."""

    refused: str
    remedy: str | None
    server: ServerMessage


class MigrationPlan(Preview):
    """What a migration would do."""

    verdict: str
    found: str
    would_apply: list[int]
    missing: list[str]
    closed_to: list[str]


class TaskPreview(Preview):
    """What a cleanup would delete; without a `count` there are too many jobs to count in time."""

    count: int | None
    skipped: str | None


Cleanup = TypedDict(
    "Cleanup",
    {
        "refused": NotRequired[str],
        "remedy": NotRequired[str | None],
        "server": NotRequired[ServerMessage],
        "delete-permanently-failed-jobs": TaskPreview,
        "gc-task-identifiers": TaskPreview,
        "gc-job-queues": TaskPreview,
    },
)


class SilentWorker(TypedDict):
    """A worker without a recent heartbeat, and how many jobs it holds."""

    worker_id: str
    last_heartbeat_at: Time
    jobs: int


class Sweep(Preview):
    """The stale workers and their jobs."""

    workers: list[str]
    jobs: int
    details: list[SilentWorker]


class OldLock(TypedDict):
    """One lock that would be released."""

    kind: Literal["job", "queue"]
    id: int
    task: str | None
    queue: str | None
    worker: str | None
    age_secs: int | None


class OldLocks(Preview):
    """The locks that would be released, and why others stay."""

    jobs: int
    queues: int
    used_up: int
    locks: list[OldLock]
    kept: dict[str, int]


class Holder(TypedDict):
    """A worker that holds locks."""

    worker_id: str
    jobs: int
    queues: int


Previews = TypedDict(
    "Previews",
    {
        "as_of": Time,
        "age_ms": int,
        "migrate": MigrationPlan,
        "cleanup": Cleanup,
        "sweep-stale-workers": Sweep,
        "release-old-locks": OldLocks,
        "force-unlock": list[Holder],
        "health": list[Finding],
    },
)
PreviewPart: TypeAlias = MigrationPlan | TaskPreview | Cleanup | Sweep | OldLocks | list[Holder]


class UnlockAnswer(TypedDict, total=False):
    """What a force unlock releases: at most 100 of the jobs and queues, and how many due jobs wait for the queues."""

    jobs: int
    queues: int
    job_ids: list[int]
    queue_names: list[str]
    waiting: int


class MaintenanceAnswer(UnlockAnswer):
    """The answer of POST api/maintenance."""

    message: str
    outcome: NotRequired[Literal["done", "partly", "not_done"]]
    deleted: NotRequired[dict[str, int]]
    workers: NotRequired[list[str]]
    jobs: NotRequired[int]
    queues: NotRequired[int]
    holders: NotRequired[list[Holder]]
    closed_to: NotRequired[list[str]]


class Stamped(TypedDict, total=False):
    """What every answer about the database has: the database's time, and the age of the answer."""

    as_of: Time
    age_ms: int
