"""What the API answers, as types: the OpenAPI description is made from them, and tests hold every answer to it.

No postponed annotations here: NotRequired must be seen when a class is made.
"""

from typing import Any, Literal, NotRequired, TypedDict

Time = str  # RFC 3339 in UTC; what no calendar holds is PostgreSQL's own text, like `infinity`
Flags = dict[str, bool] | None
State = Literal["ready", "scheduled", "locked", "failed"]
Outcome = Literal["done", "not_found", "running", "busy", "changed", "used_up", "refused", "unknown"]


class Result(TypedDict):
    """What became of one id."""

    id: int
    outcome: Outcome
    reason: str | None


class ServerMessage(TypedDict):
    """What PostgreSQL, or a pooler in its place, sent itself, in its own language."""

    message: str
    sqlstate: str
    hint: NotRequired[str]


class Error(TypedDict):
    """Every answer that is no success.

    `results` only where the outcome of an action is not known, `server` only where the database server sent an error.
    """

    error: str
    code: str
    request_id: str
    field: NotRequired[str]
    hint: NotRequired[str]
    results: NotRequired[list[Result]]
    server: NotRequired[ServerMessage]


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
    flags: Flags
    is_available: bool
    state: State
    blocked: bool
    task_missing: bool


class WhyFacts(TypedDict):
    """What the sentence stands on; what does not apply, or no calendar holds, is absent. `heartbeat_secs` is the age of
    the last heartbeat of who holds the job or its queue; of the first 1,000 due jobs before it `ahead` could be taken,
    and `ahead_more` are behind those."""

    task: NotRequired[str]
    queue: NotRequired[str]
    attempts: int
    max_attempts: int
    run_at: Time
    due_in_secs: NotRequired[float]
    locked_by: NotRequired[str]
    locked_secs: NotRequired[float]
    queue_locked_by: NotRequired[str]
    queue_locked_secs: NotRequired[float]
    queue_job: NotRequired[int]
    heartbeat_secs: NotRequired[float]
    ahead: int
    ahead_more: bool


class Why(TypedDict):
    """Why a job is not running."""

    code: Literal[
        "task_missing", "queue_missing", "running", "used_up", "scheduled", "backing_off", "queue_held", "ready"
    ]
    sentence: str
    detail: str
    facts: WhyFacts


class Rung(TypedDict):
    """When one of the attempts left would run, and how long a worker waits after it."""

    attempt: int
    run_at: Time
    wait_secs: float


class Job(ListedJob):
    """One job by its id; what alike errors have in common is null where there is none."""

    why: Why
    retry_ladder: list[Rung]
    error_fingerprint: str | None
    last_error_truncated: NotRequired[bool]
    as_of: Time


Searched = TypedDict("Searched", {"from": int | None, "to": int | None})  # ids; None where there are no jobs


class JobPage(TypedDict):
    """A page of jobs; `next` and `prev` are cursors of the same sort. `search_fields`: a search looked in these only,
    for a user from whom payloads and errors are hidden. `omitted`: the ids of jobs whose payload and error are too large for
    a list."""

    jobs: list[ListedJob]
    as_of: Time
    age_ms: int
    has_more: bool
    next: str | None
    prev: str | None
    partial: NotRequired[bool]
    searched: NotRequired[Searched]
    omitted: NotRequired[list[int]]
    search_fields: NotRequired[list[str]]


class Count(TypedDict):
    """How many jobs match; with `more` there are more than `count`. `search_fields` as in a page."""

    count: int
    more: bool
    as_of: Time
    age_ms: int
    search_fields: NotRequired[list[str]]


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
    flags: Flags


class Added(TypedDict):
    """What an add did."""

    message: str
    jobs: list[DbJobOutput]
    outcome: Literal["new", "replaced", "split", "deduplicated"]
    previous_id: int | None


class Acted(TypedDict):
    """What a verb did, per id and in the order asked."""

    message: str
    results: list[Result]
    jobs: list[DbJobOutput]
    omitted: NotRequired[list[int]]


class BulkStep(TypedDict):
    """One step of a verb on many jobs; `next` is the cursor of the following one, null at the end."""

    message: str
    results: list[Result]
    outcomes: dict[Outcome, int]
    next: str | None


class BulkPreview(TypedDict):
    """What a verb on many jobs would work through; with `more` there are more than `count`."""

    message: str
    count: int
    more: bool
    sample: list[int]
    as_of: Time


class Removed(TypedDict):
    """What removing by key did."""

    message: str
    outcome: Literal["removed", "key_released", "not_found"]


class Finding(TypedDict):
    """Something a person should know about the database, and what helps; `server` as in Error."""

    code: str
    level: Literal["error", "warning", "note"]
    message: str
    remedy: str | None
    server: NotRequired[ServerMessage]


class Auth(TypedDict):
    """How this admin is protected."""

    mode: Literal["Basic", "Bearer", "Header", "Host", "None"]
    username: str | None
    header_name: str | None
    generated_secret: bool
    rights: NotRequired[list[str]]


class NamedDatabase(TypedDict):
    """One of several queues behind this server; `database` is null while it cannot be reached."""

    name: str
    schema: str
    database: str | None


class Session(TypedDict):
    """Where we are, who may do what, and the CSRF token. `redacted`: what is hidden from this user. `offers`: why an action is not offered here, or null."""

    schema: str
    read_only: bool
    redacted: list[str]
    csrf_header: str
    csrf_token: str
    auth: Auth
    version: str
    database: str | None
    server_version: str | None
    role: NotRequired[str]
    warnings: list[Finding]
    offers: dict[str, str | None]
    db: NotRequired[str]
    databases: NotRequired[list[NamedDatabase]]


class Status(TypedDict):
    """What a probe says."""

    status: Literal["ok", "ready", "unavailable"]


class Info(TypedDict):
    """Whose description it is."""

    title: str
    version: str


class Description(TypedDict):
    """An OpenAPI 3.1 document."""

    openapi: Literal["3.1.0"]
    info: Info
    paths: dict[str, Any]
    components: dict[str, Any]
    security: list[dict[str, list[str]]]
