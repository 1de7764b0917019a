"""What the API answers, as types: the OpenAPI description is made from them, and tests hold every answer to it.

No postponed annotations here: NotRequired must be seen when a class is made.
"""

from typing import Any, Literal, NotRequired, TypedDict

Time = str  # RFC 3339 in UTC; what no calendar holds is PostgreSQL's own text, like `infinity`
State = Literal["ready", "scheduled", "locked", "failed"]
Outcome = Literal["done", "not_found", "running", "busy", "changed", "used_up", "refused"]


class Error(TypedDict):
    """Every answer that is no success."""

    error: str
    code: str
    request_id: str
    field: NotRequired[str]
    hint: NotRequired[str]


class ListedJob(TypedDict):
    """A job of a list. `payload` is there in the form `full`, `payload_preview`, `payload_text` in those forms."""

    id: int
    task_identifier: str
    queue_name: str | None
    payload: NotRequired[Any]
    payload_preview: NotRequired[str]
    payload_text: NotRequired[str]
    payload_bytes: NotRequired[int]
    payload_truncated: NotRequired[bool]
    priority: int
    run_at: Time
    attempts: int
    max_attempts: int
    last_error: str | None
    created_at: Time
    updated_at: Time
    key: str | None
    locked_at: Time | None
    locked_by: str | None
    revision: int
    flags: Any
    is_available: bool
    state: State
    blocked: bool
    task_missing: bool


class Why(TypedDict):
    """Why a job is not running."""

    code: Literal[
        "task_missing", "queue_missing", "running", "used_up", "scheduled", "backing_off", "queue_held", "ready"
    ]
    sentence: str
    detail: str
    facts: dict[str, Any]


class Rung(TypedDict):
    """When one of the attempts left would run, and how long a worker waits after it."""

    attempt: int
    run_at: Time
    wait_secs: float


class Job(ListedJob):
    """One job by its id."""

    why: Why
    retry_ladder: list[Rung]
    as_of: Time


class JobPage(TypedDict):
    """A page of jobs; `next` and `prev` are cursors of the same sort."""

    jobs: list[ListedJob]
    as_of: Time
    age_ms: int
    has_more: bool
    next: str | None
    prev: str | None
    partial: NotRequired[bool]
    searched: NotRequired[dict[str, int | None]]


class Count(TypedDict):
    """How many jobs match; with `more` there are more than `count`."""

    count: int
    more: bool
    as_of: Time
    age_ms: int


class DbJobOutput(TypedDict):
    """A row as a write left it."""

    id: int
    task_id: int
    task_identifier: str | None
    job_queue_id: int | None
    payload: Any
    priority: int
    run_at: Time
    attempts: int
    max_attempts: int
    last_error: str | None
    created_at: Time
    updated_at: Time
    key: str | None
    revision: int
    locked_at: Time | None
    locked_by: str | None
    flags: Any


class Added(TypedDict):
    """What an add did."""

    message: str
    jobs: list[DbJobOutput]
    outcome: Literal["new", "replaced", "split", "deduplicated"]
    previous_id: int | None


class Result(TypedDict):
    """What became of one id."""

    id: int
    outcome: Outcome
    reason: str | None


class Acted(TypedDict):
    """What a verb did, per id and in the order asked."""

    message: str
    results: list[Result]
    jobs: list[DbJobOutput]


class BulkStep(TypedDict):
    """One step of a verb on a filter, or with `dry_run` its preview."""

    message: str
    results: NotRequired[list[Result]]
    outcomes: NotRequired[dict[str, int]]
    next: NotRequired[str | None]
    count: NotRequired[int]
    more: NotRequired[bool]
    sample: NotRequired[list[int]]
    as_of: NotRequired[Time]


class Removed(TypedDict):
    """What removing by key did."""

    message: str
    outcome: Literal["removed", "key_released", "not_found"]


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
    """One snapshot of everything that is counted; parts that were not asked for are absent."""

    age_ms: int
    as_of: Time
    stats: NotRequired[Stats]
    queues: NotRequired[list[OverviewQueue]]
    workers: NotRequired[list[LockHolder]]
    active_workers: NotRequired[list[ActiveWorker]]


class Finding(TypedDict):
    """Something a person should know about the database, and what helps."""

    code: str
    level: Literal["error", "warning", "note"]
    message: str
    remedy: str | None


class Auth(TypedDict):
    """How this admin is protected."""

    mode: str
    username: str | None
    header_name: str | None
    generated_secret: bool


class Session(TypedDict):
    """Where we are, who may do what, and the CSRF token."""

    schema: str
    read_only: bool
    csrf_header: str
    csrf_token: str
    auth: Auth
    version: str
    database: str | None
    server_version: str | None
    role: NotRequired[str]
    warnings: list[Finding]
    offers: dict[str, str | None]


class Maintained(TypedDict):
    """What an operation did, or with `dry_run` would do; the other members are the operation's own report."""

    message: str
    dry_run: bool


class Previews(TypedDict):
    """What each operation would do now; a part that cannot be told is `{"refused", "remedy"}`."""

    as_of: Time
    age_ms: int
    migrate: dict[str, Any]
    cleanup: dict[str, Any]
    health: Any


class Table(TypedDict):
    """A page of a sampled table: rows stand under `queues`, `workers` or `tasks`."""

    total: int
    has_more: bool
    complete: bool
    as_of: Time
    age_ms: int
    queues: NotRequired[list[dict[str, Any]]]
    workers: NotRequired[list[dict[str, Any]]]
    tasks: NotRequired[list[dict[str, Any]]]
    heartbeats: NotRequired[Literal["seen", "unseen", "none"]]


class Suggestions(TypedDict):
    """Names that begin so."""

    field: str
    values: list[str]
    more: bool
