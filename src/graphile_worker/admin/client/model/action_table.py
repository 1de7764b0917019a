"""Written by scripts/docs from core/actions/table.py: what the page knows of the actions on jobs."""

from __future__ import annotations

ON_JOBS = ("add", "complete", "fail", "run-now", "retry", "reschedule", "remove-by-key")
ORDER = ("retry", "run-now", "reschedule", "fail", "complete")
# action: (label, icon, kind of button, sentence in the dialog)
VERBS: dict[str, tuple[str, str, str, str]] = {
    "retry": ("Retry", "rotate-ccw", "main", "Attempts go back to 0 and they run as soon as a worker is free."),
    "run-now": ("Run now", "play", "", "Run at becomes now; attempts stay as they are."),
    "reschedule": ("Reschedule", "calendar-clock", "", "Only what is filled in changes."),
    "fail": ("Fail", "ban", "bad", "They count as failed for good and no worker takes them again until a retry."),
    "complete": ("Complete", "check", "", "They are removed from the queue as if they had succeeded."),
}
DONE = {
    "retry": "retried",
    "run-now": "set to run now",
    "reschedule": "rescheduled",
    "fail": "failed",
    "complete": "completed",
    "undo": "put back",
}
DOING = {
    "retry": "Retrying",
    "run-now": "Setting to run now",
    "reschedule": "Rescheduling",
    "fail": "Failing",
    "complete": "Completing",
}
# action: the state of the jobs that it is offered for; else every state
STATE = {
    "retry": "failed",
    "run-now": "scheduled",
}
CONFIRMED = ("reschedule", "fail", "complete")
UNDOABLE = ("run-now", "reschedule")
FAIL_REASON = "Marked failed from Graphile Worker admin UI"
