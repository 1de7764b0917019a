"""Why isn't it running? One sentence from what the page knows, and the facts behind it."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import STALE_LOCK_HOURS
from graphile_worker.admin.client import verbs
from graphile_worker.admin.client.format import counted, duration, epoch, first_line, integer, relative
from graphile_worker.admin.client.html import esc, icon
from graphile_worker.admin.client.state import database_now
from graphile_worker.admin.client.views.table import PICTURES


def why(state: dict[str, Any], job: dict[str, Any]) -> str:
    """The box at the head of a job."""
    kind = verbs.kind_of(job)
    now = database_now(state)
    if job.get("task_missing"):
        kind, (head, text) = "failed", _lost()
    else:
        head, text = _SENTENCES[kind](state, job, now)
    return '<div class="why %s">%s<b>%s</b><p>%s</p></div>' % (kind, icon(PICTURES[kind]), esc(head), esc(text))


def _lost() -> tuple[str, str]:
    return (
        "No worker will ever take it: its task row is gone.",
        "A cleanup of task names removed the row this job points to. Complete it, or add it again.",
    )


def _failed(state: dict[str, Any], job: dict[str, Any], now: float) -> tuple[str, str]:
    error = first_line(job.get("last_error"), 120)
    said = "The last attempt ended with “%s”. " % error if error else ""
    tries = counted(job["max_attempts"], "attempt")
    many = "all %s are used" % tries if job["max_attempts"] != 1 else "its only attempt is used"
    return "It will not run again: %s." % many, said + "Retry sets attempts to 0 and runs it now."


def _running(state: dict[str, Any], job: dict[str, Any], now: float) -> tuple[str, str]:
    held = verbs.held_for(job, now) or 0.0
    worker = job.get("locked_by") or "an unnamed worker"
    head = "It is running on %s since %s." % (worker, duration(held))
    if held < STALE_LOCK_HOURS * 3600:
        return head, "Verbs leave a running job alone. This is attempt %d of %d." % (
            job["attempts"],
            job["max_attempts"],
        )
    text = "The lock is older than %d h, so the worker has most likely died: workers may take the job again, "
    return head, text % STALE_LOCK_HOURS + "and verbs act on it."


def _scheduled(state: dict[str, Any], job: dict[str, Any], now: float) -> tuple[str, str]:
    if epoch(job["run_at"]) is None:
        return "It never becomes due: run at is %s." % job["run_at"], "Reschedule it to give it a time."
    when = relative(job["run_at"], now)
    if job["attempts"] and job.get("last_error"):
        text = "Attempt %d of %d failed with “%s”." % (
            job["attempts"],
            job["max_attempts"],
            first_line(job["last_error"], 120),
        )
        return "It waits for its next attempt, %s." % when, text
    return "It is due %s." % when, "It runs then, as soon as a worker for %s is free." % job["task_identifier"]


def _blocked(state: dict[str, Any], job: dict[str, Any], now: float) -> tuple[str, str]:
    head = "It waits for its queue: %s is busy." % job["queue_name"]
    held = _queue(state, job["queue_name"])
    if held is None or held.get("locked_at") is None:
        return head, "Jobs of one queue run one after the other."
    since = epoch(held["locked_at"])
    text = "%s holds the queue%s; " % (
        held["locked_by"],
        "" if since is None else " since %s" % duration(max(0.0, now - since)),
    )
    return head, text + "%s of its jobs are ready and run one after the other." % integer(held["ready_count"])


def _ready(state: dict[str, Any], job: dict[str, Any], now: float) -> tuple[str, str]:
    due = epoch(job["run_at"])
    head = "It is ready: due %s." % relative(job["run_at"], now) if due is not None else "It is ready."
    data = state["overview"]["data"]
    if data and not data["workers"] and not data["active_workers"]:
        return (
            head,
            "No worker is seen: none holds a job, none sends heartbeats. It runs when one for this task starts.",
        )
    return head, "It runs as soon as a worker that knows %s is free." % job["task_identifier"]


def _queue(state: dict[str, Any], name: str) -> dict[str, Any] | None:
    data = state["overview"]["data"]
    for one in data["queues"] if data else []:
        if one["queue_name"] == name:
            return dict(one)
    return None


_SENTENCES = {"failed": _failed, "running": _running, "scheduled": _scheduled, "blocked": _blocked, "ready": _ready}
