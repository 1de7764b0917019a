"""Why a job does not run: a sentence, its consequence and the facts behind it; and when its next attempts would be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from graphile_worker.core.durations import approximate
from graphile_worker.core.locks.config import HEARTBEAT_SILENCE_SECONDS, OLD_LOCK_SECONDS

Facts: TypeAlias = Mapping[str, Any]

RUNGS = 100  # attempts of the retry schedule that are written out
ERROR_SHOWN = 120


def explain(facts: Facts, schedule: list[dict[str, Any]]) -> dict[str, Any]:
    """`{"why": {"code", "sentence", "detail", "facts"}, "retry_ladder": [{"attempt", "run_at", "wait_secs"}]}`.

    `facts` is the object `why` of `job.one`, with the error that a sentence may quote. `retry_ladder` assumes that every
    attempt fails at once; after its last entry the job counts as failed.
    """
    code = facts["code"]
    sentence, detail = _SENTENCES[code](facts)
    shown = {name: value for name, value in facts.items() if name not in ("code", "last_error") and value is not None}
    return {"why": {"code": code, "sentence": sentence, "detail": detail, "facts": shown}, "retry_ladder": schedule}


def _task_missing(row: Facts) -> tuple[str, str]:
    return (
        "No worker will ever take it: its task row is gone.",
        "A cleanup of task names removed the row this job points to. `graphile-worker doctor --fix` restores it.",
    )


def _queue_missing(row: Facts) -> tuple[str, str]:
    return (
        "No worker will ever take it: its queue row is gone.",
        "A cleanup of queues removed the row this job points to. `graphile-worker doctor --fix` restores it.",
    )


def _running(row: Facts) -> tuple[str, str]:
    worker, held, beat = _worker(row["locked_by"]), row["locked_secs"], row["heartbeat_secs"]
    if beat is not None and beat > HEARTBEAT_SILENCE_SECONDS:
        head = f"Locked by {worker}{_held(held)}; its last heartbeat was {approximate(beat)} ago."
        return (
            head,
            f"The worker has most likely died. {_given_back(row)} A sweep of stale workers (Maintenance) {_ALL}",
        )
    head = f"Running on {worker}{_held(held)}."
    if beat is not None:
        return (
            head,
            f"{worker} sent a heartbeat {approximate(beat)} ago. It cannot be changed meanwhile. {_attempt(row)}",
        )
    if held is None or held < OLD_LOCK_SECONDS:
        return head, f"It cannot be changed meanwhile. {_attempt(row)}{_if_dead(row)}"
    return f"Locked by {worker}{_held(held)}.", _abandoned(row)


_ALL = "gives all of its jobs back."


def _given_back(row: Facts) -> str:
    """What Unlock does, and what must follow where no attempt is left."""
    if _last_attempt(row):
        return "Unlock, then Retry, because no attempt is left."
    return "Unlock gives this job back."


def _abandoned(row: Facts) -> str:
    dead = f"The lock is older than {OLD_LOCK_SECONDS // 3600} h, so the worker has most likely died"
    if not _last_attempt(row):
        return f"{dead}. Unlock gives the job back now; without it, workers may take the job again by themselves."
    return (
        f"{dead}. It used {_all_attempts(row)}, so no worker takes the job again: "
        "Retry sets attempts to 0 and runs it now, unless its worker sends heartbeats."
    )


def _if_dead(row: Facts) -> str:
    """What helps if the worker has died, which a lock alone does not show; a lock without a name cannot be unlocked."""
    if row["locked_by"] is None:
        return ""
    if _last_attempt(row):
        return " Worker gone? Unlock, then Retry, because no attempt is left."
    return " Worker gone? Unlock gives the job back."


def _attempt(row: Facts) -> str:
    last = ", the last" if _last_attempt(row) else ""
    return f"This is attempt {row['attempts']} of {row['max_attempts']}{last}."


def _last_attempt(row: Facts) -> bool:
    return bool(row["attempts"] >= row["max_attempts"])


def _all_attempts(row: Facts) -> str:
    return "its only attempt" if row["max_attempts"] == 1 else f"the last of {row['max_attempts']} attempts"


def _used_up(row: Facts) -> tuple[str, str]:
    tries = "its only attempt is used" if row["max_attempts"] == 1 else f"all {row['max_attempts']} attempts are used"
    return f"It will not run again: {tries}.", f"{_quoted_error(row)}Retry sets attempts to 0 and runs it now."


def _scheduled(row: Facts) -> tuple[str, str]:
    if row["due_in_secs"] is None:
        return f"It never becomes due: run at is {row['run_at']}.", "Reschedule it to give it a time."
    head = f"It is due in {approximate(row['due_in_secs'])}."
    return head, f"It runs then, as soon as a worker for {row['task']} is free."


def _backing_off(row: Facts) -> tuple[str, str]:
    if row["due_in_secs"] is None:
        return _scheduled(row)
    text = f"{_quoted_error(row)}{row['attempts']} of {row['max_attempts']} attempts are used."
    return f"It waits for its next attempt, in {approximate(row['due_in_secs'])}.", text


def _queue_held(row: Facts) -> tuple[str, str]:
    holder, held = _worker(row["queue_locked_by"]), row["queue_locked_secs"]
    doing = f", running job {row['queue_job']}" if row["queue_job"] is not None else ", running no job that can be seen"
    head = f"Its queue {row['queue']} is held by {holder}{_held(held)}{doing}."
    return head, f"Jobs of one queue run one after the other.{_holder(row, holder, held)}"


def _holder(row: Facts, holder: str, held: float | None) -> str:
    """What is known of the worker that locks the queue, and what helps."""
    beat = row["heartbeat_secs"]
    if beat is not None and beat > HEARTBEAT_SILENCE_SECONDS:
        silent = f" The last heartbeat of {holder} was {approximate(beat)} ago, so it has most likely died."
        return f"{silent} A sweep of stale workers (Maintenance) frees the queue."
    if beat is not None:
        return f" {holder} sent a heartbeat {approximate(beat)} ago."
    old = held is not None and held >= OLD_LOCK_SECONDS
    remedy = "Release old locks (Maintenance)" if row["queue_locked_by"] is None else "Unlock"
    if old:
        hours = OLD_LOCK_SECONDS // 3600
        return f" The lock is older than {hours} h, so the worker has most likely died. {remedy} frees the queue."
    return "" if row["queue_locked_by"] is None else f" If {holder} has died, Unlock frees the queue."


def _ready(row: Facts) -> tuple[str, str]:
    text = f"It runs as soon as a worker that knows {row['task']} is free."
    if not row["ahead"] and row["ahead_more"]:
        return "Ready. Many due jobs of held queues come first.", text
    if not row["ahead"]:
        return "Ready. No due job comes first.", text
    many = f"More than {row['ahead'] - 1:,}" if row["ahead_more"] else f"{row['ahead']:,}"
    return f"Ready. {many} due job{'s come' if row['ahead'] > 1 else ' comes'} first.", text


_SENTENCES = {
    "task_missing": _task_missing,
    "queue_missing": _queue_missing,
    "running": _running,
    "used_up": _used_up,
    "scheduled": _scheduled,
    "backing_off": _backing_off,
    "queue_held": _queue_held,
    "ready": _ready,
}


def _worker(name: str | None) -> str:
    return name or "an unnamed worker"


def _held(seconds: float | None) -> str:
    return "" if seconds is None else f" for {approximate(seconds)}"


def _quoted_error(row: Facts) -> str:
    """The first line of the error, or the last one of a Python traceback."""
    lines = [one.strip() for one in (row["last_error"] or "").splitlines() if one.strip()]
    line = lines[-1 if lines[0].startswith("Traceback (most recent call last)") else 0] if lines else ""
    return f"The last attempt ended with “{line[:ERROR_SHOWN]}”. " if line else ""
