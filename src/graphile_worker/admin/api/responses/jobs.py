"""Responses of the reads of jobs: lists, counts, one job.

No postponed annotations here: NotRequired must be evaluated when a class is created.
"""

from typing import Any, Literal, NotRequired, TypedDict

import msgspec

from graphile_worker.admin.api.responses.values import Flags, State, Stats, Time


class Match(TypedDict):
    """Where a term of a search matches: the text as it is stored, with some of the text around it.

    `cut` names the members that are shortened: more text is before `before`, behind `after`, or in the match.
    """

    field: Literal["id", "task", "queue", "key", "worker", "error", "payload"]
    before: str
    text: str
    after: str
    cut: list[Literal["before", "text", "after"]]


class PayloadValue(TypedDict):
    """The value at a path of the payload: of a string its text, of other values their JSON, 200 characters at most.

    `note`: the text is `cut`, or why there is none: the payload is `too_large` (more than 1 MiB) or `too_deep` (more
    than 1,000 open brackets), was `not_read` because the list had taken long enough, or is `hidden` from the user.
    """

    text: str | None
    note: NotRequired[Literal["cut", "too_large", "too_deep", "not_read", "hidden"]]


class ListedJob(TypedDict):
    """A job of a list. The form of the payload decides whether `payload`, `payload_preview` or `payload_text` is there.

    `blocked`: ready, and its queue is locked. `retrying`: not locked, the last attempt failed, and attempts are left.
    `failed_at` is when the last attempt of a job with an error failed (`run_at` minus the wait after it, or `updated_at`
    where an action changed the job later), null without an error. `matched` is there in the answer of a
    search: where its terms match, at most four; not the text of long payloads. `payload_values`, with `payload_path`: the
    value at each path, null where the payload has none.
    """

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
    retrying: bool
    failed_at: Time | None
    task_missing: bool
    matched: NotRequired[list[Match]]
    payload_values: NotRequired[list[PayloadValue | None]]


class WhyFacts(TypedDict):
    """The facts behind the sentence. A fact that does not apply, or has no RFC 3339 form, is absent.

    `heartbeat_secs` is the age of the last heartbeat of the worker that locks the job or its queue. `ahead` counts the
    jobs that a worker may take before this due one, among the first 1,000; with `ahead_more` there are others.
    """

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
    ahead: NotRequired[int]
    ahead_more: NotRequired[bool]


class Why(TypedDict):
    """Why a job is not running."""

    code: Literal[
        "task_missing", "queue_missing", "running", "used_up", "scheduled", "backing_off", "queue_held", "ready"
    ]
    sentence: str
    detail: str
    facts: WhyFacts


class Rung(TypedDict):
    """When one of the remaining attempts would run, and the delay after it."""

    attempt: int
    run_at: Time
    wait_secs: float


class Job(ListedJob):
    """One job by its id. `error_fingerprint` is the same for similar errors, null without an error."""

    why: Why
    retry_ladder: list[Rung]
    error_fingerprint: str | None
    last_error_truncated: NotRequired[bool]
    as_of: Time


Searched = TypedDict("Searched", {"from": int | None, "to": int | None})  # ids; None where there are no jobs


class SearchFields(TypedDict, total=False):
    """The only fields that were searched, for a user from whom payloads and errors are hidden."""

    search_fields: list[str]


class Omitted(TypedDict, total=False):
    """The ids of jobs whose payload and error are too large for a list."""

    omitted: list[int]


class PageFacts(SearchFields, Omitted):
    """A page of jobs without the jobs; `next` and `prev` are cursors of the same sort."""

    as_of: Time
    has_more: bool
    next: str | None
    prev: str | None


class JobPage(PageFacts):
    """A page of jobs; `next` and `prev` are cursors of the same sort.

    `search_fields`: the only fields that were searched, for a user from whom payloads and errors are hidden. `omitted`:
    the ids of jobs whose payload and error are too large for a list.
    """

    age_ms: int
    jobs: list[ListedJob]
    partial: NotRequired[bool]
    searched: NotRequired[Searched]


class JobRows(PageFacts):
    """A page of jobs as it is read: each job is a ListedJob in the JSON text that PostgreSQL built."""

    jobs: list[msgspec.Raw]


class SearchedRows(JobRows):
    """The page of a partial search: `searched` are the ids that were read, all of them unless it is `partial`."""

    partial: bool
    searched: Searched


class Counted(SearchFields):
    """The number of jobs that match; with `more` there are more than `count`. `search_fields` as in a page."""

    count: int
    more: bool
    as_of: Time


class ProgressCounts(TypedDict):
    """Of some ids, the jobs that are `gone` from the table, running, `failed` since an action made them due, and waiting."""

    gone: int
    running: int
    failed: int
    waiting: int
    as_of: Time


class Progress(ProgressCounts):
    """Of some ids, the jobs that are `gone` from the table, running, `failed` since an action made them due, and waiting."""

    age_ms: int


class CountedByState(Counted):
    """As Counted. `stats` is Stats in the JSON text that PostgreSQL built, or null if it could not be counted in time."""

    stats: msgspec.Raw | None


class Count(Counted):
    """The number of jobs that match; with `more` there are more than `count`. `search_fields` as in a page.

    `stats`, with `stats=true`: the jobs in each state that match the other conditions; null if it takes too long.
    """

    age_ms: int
    stats: NotRequired[Stats | None]
