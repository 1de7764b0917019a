"""Words the server, the command line and the browser share. Plain constants: this file runs on MicroPython too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal

    JobState = Literal["ready", "scheduled", "locked", "failed"]
    StateFilter = Literal["ready", "scheduled", "locked", "failed", "blocked", "retrying"]
    NameFilter = Literal["identifier", "queue", "key", "worker"]
    ListFilter = Literal["state", "identifier", "queue", "key", "worker", "flag", "error", "variant"]
    NumberBound = Literal["priority_min", "priority_max", "attempts_min", "attempts_max"]
    TimeBound = Literal["run_at_from", "run_at_to", "created_from", "created_to", "failed_from", "failed_to"]
    BoundName = Literal[
        "priority_min", "priority_max", "attempts_min", "attempts_max",
        "run_at_from", "run_at_to", "created_from", "created_to", "failed_from", "failed_to",
    ]  # fmt: skip
    SuggestField = Literal["identifier", "queue", "worker"]
    TableName = Literal["queues", "workers", "tasks", "errors"]

DEFAULT_SCHEMA = "graphile_worker"
OUTCOME_UNKNOWN = "outcome_unknown"  # the code of an error: the connection broke during the commit
CSRF_HEADER = "x-graphile-worker-admin-csrf"
BUILD_HEADER = "x-graphile-worker-admin-build"  # of every answer: which build of the page this server has
TOKEN_HEADER = "x-graphile-worker-admin-token"
DATABASE_PARAMETER = "db"  # which of several queues a request is about

STATES = ("all", "ready", "scheduled", "locked", "failed")
DERIVED_STATES = ("blocked", "retrying")  # of jobs that are ready or scheduled as well
FILTER_STATES = STATES + DERIVED_STATES
STATE_LABELS = {
    "all": "All",
    "ready": "Ready",
    "scheduled": "Scheduled",
    "locked": "Running",
    "failed": "Failed",
    "blocked": "Blocked",
    "retrying": "Retrying",
}
SORTS = (
    "id",
    "-id",
    "run_at",
    "-run_at",
    "priority",
    "-priority",
    "attempts",
    "-attempts",
    "created_at",
    "-created_at",
    "failed_at",
    "-failed_at",
)
HIDDEN = "hidden from viewers"  # stands in the place of what a redaction hides
PAYLOAD_FORMS = ("full", "preview", "text", "none")
ERROR_FORMS = ("full", "cut")
KEY_MODES = ("replace", "preserve-run-at", "unsafe-dedupe")
CLEANUP_TASKS = ("delete-permanently-failed-jobs", "gc-task-identifiers", "gc-job-queues")
FORCED_TASKS = ("gc-task-identifiers",)  # skipped while a worker looks alive, unless forced

NAME_PARAMETERS: tuple[NameFilter, ...] = ("identifier", "queue", "key", "worker")
REPEATED_PARAMETERS: tuple[ListFilter, ...] = (
    "state",
    "identifier",
    "queue",
    "key",
    "worker",
    "flag",
    "error",
    "variant",
)
NUMBER_PARAMETERS: tuple[NumberBound, ...] = ("priority_min", "priority_max", "attempts_min", "attempts_max")
TIME_PARAMETERS: tuple[TimeBound, ...] = (
    "run_at_from",
    "run_at_to",
    "created_from",
    "created_to",
    "failed_from",
    "failed_to",
)
FILTER_PARAMETERS = REPEATED_PARAMETERS + ("search",) + NUMBER_PARAMETERS + TIME_PARAMETERS
LIST_PARAMETERS = FILTER_PARAMETERS + ("sort", "cursor", "limit", "offset", "payload", "payload_path", "partial")
FILTER_LABELS = {
    "state": "state",
    "identifier": "task",
    "queue": "queue",
    "key": "key",
    "worker": "worker",
    "flag": "flag",
    "error": "error",
    "variant": "error text",
}
EXPORT_FORMATS = ("ndjson", "csv")
EXPORT_COLUMNS = (
    "id",
    "task_identifier",
    "queue_name",
    "state",
    "run_at",
    "attempts",
    "max_attempts",
    "priority",
    "key",
    "created_at",
    "locked_at",
    "locked_by",
    "failed_at",
    "last_error",
    "payload",
)
FILTER_VALUES_MAX = 200
PAYLOAD_PATHS_MAX = 3  # columns of payload values in one list
PAYLOAD_PATH_LENGTH = 200  # characters
PAYLOAD_NOTES = {
    "too_large": "too large to read",
    "too_deep": "nested too deeply to read",
    "not_read": "not read in time",
}
# Tables that are sampled: by what each can be sorted (`-` in front: descending), the name first.
TABLE_SORTS = {
    "queues": ("name", "ready", "jobs", "failed", "retrying", "oldest", "held", "urgency"),
    "workers": ("id", "jobs", "oldest", "heartbeat"),
    "tasks": ("name", "total", "ready", "failed", "retrying", "oldest"),
    "errors": ("name", "count", "retrying", "last", "first"),
}
TABLE_SORT_DEFAULTS = {"queues": "name", "workers": "id", "tasks": "name", "errors": "-count"}
TABLE_PARAMETERS = ("search", "sort", "limit", "offset")
# Parameters that one table has beside these.
TABLE_FILTERS: dict[str, tuple[str, ...]] = {"queues": ("held",), "errors": ("since", "until")}
SUGGEST_FIELDS: tuple[SuggestField, ...] = ("identifier", "queue", "worker")
SUGGEST_DEFAULT = 20
SUGGEST_MAX = 50
LIMIT_DEFAULT = 100
LIMIT_MAX = 500
PAGE_SIZES = (50, 100, 250, 500)

# As in core/locks/config.py, which the browser does not have; a test compares them.
STALE_LOCK_HOURS = 4
OLD_LOCK_SECONDS = STALE_LOCK_HOURS * 3600  # locks of this age are released unless another age is given
OLD_LOCK_MINIMUM = 900
HEARTBEAT_SILENCE_SECONDS = 300
