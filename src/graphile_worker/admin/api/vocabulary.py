"""Words the server, the command line and the browser share. Plain constants: this file runs on MicroPython too."""

DEFAULT_SCHEMA = "graphile_worker"
CSRF_HEADER = "x-graphile-worker-admin-csrf"
TOKEN_HEADER = "x-graphile-worker-admin-token"

STATES = ("all", "ready", "scheduled", "locked", "failed")
STATE_LABELS = {"all": "All", "ready": "Ready", "scheduled": "Scheduled", "locked": "Running", "failed": "Failed"}
SORTS = ("id", "-id")
PAYLOAD_FORMS = ("full", "preview", "text", "none")
KEY_MODES = ("replace", "preserve-run-at", "unsafe-dedupe")
ACTIONS = ("complete", "fail", "run-now", "retry", "reschedule")
CLEANUP_TASKS = ("delete-permanently-failed-jobs", "gc-task-identifiers", "gc-job-queues")
VIEWS = ("jobs", "queues", "tasks", "errors", "workers", "maintenance")

LIST_PARAMETERS = (
    "state",
    "identifier",
    "queue",
    "key",
    "worker",
    "search",
    "sort",
    "cursor",
    "limit",
    "offset",
    "payload",
)
REPEATED_PARAMETERS = ("identifier", "queue", "key", "worker")
FILTER_VALUES_MAX = 200
LIMIT_DEFAULT = 100
LIMIT_MAX = 500
PAGE_SIZES = (50, 100, 250, 500)

FAIL_REASON = "Marked failed from Graphile Worker admin UI"
STALE_LOCK_HOURS = 4
