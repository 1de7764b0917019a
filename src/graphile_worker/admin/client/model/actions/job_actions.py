"""The actions on jobs: their labels, which jobs each would skip, and its outcome in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import STALE_LOCK_HOURS
from graphile_worker.admin.client.model.actions.action_table import BUTTONS, CONFIRMED, DOING, ORDER, STATE
from graphile_worker.admin.client.model.actions.action_table import DONE as DONE
from graphile_worker.admin.client.model.actions.action_table import UNDOABLE as UNDOABLE
from graphile_worker.admin.client.text.format import counted, duration, epoch, integer, spoken

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import BulkRun, JobRow, NotDone, ReasonGroup, Result, ToastKind

ASK_FROM = 10
ACTIONS = BUTTONS
# The outcomes of jobs on which the action was not done.
OUTCOMES = {
    "running": "running",
    "used_up": "without attempts left",
    "changed": "changed meanwhile",
    "not_found": "gone",
    "busy": "held by somebody else",
    "refused": "refused by the database",
    "undone": "broken off or not tried",
    "unknown": "may or may not be done",
}
# Outcomes that are no decision to skip the job.
_FAULTS = ("refused", "undone", "unknown")
NEED_ATTEMPTS = ("run-now", "run-next")  # they skip jobs that have used all their attempts
USED_UP = "has used all its attempts: use Retry"
SPOKEN_MAX = 3  # reasons in one line
GROUP_FROM = 4  # jobs with one reason are one row


def display_state(job: JobRow) -> str:
    """ready, scheduled, running, blocked, retrying or failed: the word on the badge."""
    state = job.get("state") or ""
    if state == "ready" and job.get("blocked"):
        return "blocked"
    if job.get("retrying"):
        return "retrying"
    return "running" if state == "locked" else state


def held_for(job: JobRow, now: float) -> float | None:
    """Seconds since a worker locked the job; None for a job that is not locked."""
    since = epoch(job.get("locked_at"))
    return None if since is None else max(0.0, now - since)


def running_reason(job: JobRow, now: float) -> str:
    """Where the job runs; empty when it does not."""
    held = held_for(job, now)
    if held is not None and held < STALE_LOCK_HOURS * 3600:
        return "is running on %s for %s" % (job.get("locked_by") or "an unnamed worker", duration(held))
    return ""


def skip_reason(action: str, job: JobRow, now: float) -> str:
    """Why this action would skip this job; empty when it would not."""
    running = running_reason(job, now)
    if running:
        return running
    if action in NEED_ATTEMPTS and (display_state(job) == "failed" or _used_up(job)):
        return USED_UP
    return ""


def split(action: str, jobs: list[JobRow], now: float) -> tuple[list[JobRow], list[tuple[str, str]]]:
    """(jobs that the action would change, [(id, why it would skip the job)])."""
    touched, left = [], []
    for job in jobs:
        reason = skip_reason(action, job, now)
        if reason:
            left.append((job["id"], reason))
        else:
            touched.append(job)
    return touched, left


def offered(jobs: list[JobRow], now: float) -> list[str]:
    """Actions that would change at least one of the jobs."""
    kinds = {job.get("state"): True for job in jobs}
    out = []
    for action in ORDER:
        if action in NEED_ATTEMPTS and jobs and all(skip_reason(action, job, now) == USED_UP for job in jobs):
            continue
        wanted = STATE.get(action)
        if not wanted or wanted in kinds or any(_abandoned(job, now) and _helps(action, job) for job in jobs):
            out.append(action)
    return out


def offered_for(states: list[str]) -> list[str]:
    """Actions on all jobs in one of these states; no states means all states."""
    out = []
    for action in ORDER:
        wanted = STATE.get(action)
        retrying = wanted == "scheduled" and "retrying" in states
        if not states or wanted is None or wanted in states or retrying:
            out.append(action)
    return out


def outcome_kind(outcome: str, reason: str | None) -> str:
    """The key of OUTCOMES: an action that was interrupted is "undone", not "refused"."""
    text = reason or ""
    broken = outcome == "refused" and (text[:10] == "not done: " or text[:11] == "not tried: ")
    return "undone" if broken else outcome


def _count_outcomes(results: list[Result]) -> dict[str, int]:
    out: dict[str, int] = {}
    for one in results:
        name = outcome_kind(one["outcome"], one.get("reason"))
        out[name] = out.get(name, 0) + 1
    return out


def reason_text(reason: str | None, outcome: str, now: float) -> str:
    """Why the action was not done on a job, in words."""
    return spoken(reason, now) or OUTCOMES.get(outcome, outcome.replace("_", " "))


def grouped(left: list[NotDone]) -> list[ReasonGroup]:
    """(id, outcome, reason) as (outcome, reason, ids), largest group first; below GROUP_FROM jobs each is a group."""
    ids: dict[tuple[str, str], list[str]] = {}
    for one, outcome, reason in left:
        ids.setdefault((outcome, reason), []).append(one)
    many = sorted([(-len(ids[key]), key) for key in ids if len(ids[key]) >= GROUP_FROM])
    out = [(key[0], key[1], ids[key]) for _, key in many]
    few = [(outcome, reason, [one]) for one, outcome, reason in left if len(ids[(outcome, reason)]) < GROUP_FROM]
    return out + few


def not_done(results: list[Result]) -> list[NotDone]:
    """(id, outcome, reason) of the jobs on which the action was not done."""
    return [(str(one["id"]), one["outcome"], one.get("reason") or "") for one in results if one["outcome"] != "done"]


def spoken_reasons(groups: list[ReasonGroup], now: float) -> str:
    """For a screen reader: "667 × a trigger of the database refuses this"."""
    parts = [
        ("%s × " % integer(len(ids)) if len(ids) > 1 else "") + reason_text(reason, outcome, now)
        for outcome, reason, ids in groups[:SPOKEN_MAX]
    ]
    rest = sum([len(ids) for _, _, ids in groups[SPOKEN_MAX:]])
    return "; ".join(parts) + ("; and %s" % counted(rest, "other") if rest else "")


def spoken_summary(action: str, results: list[Result], now: float) -> str:
    """The summary and its reasons, for a screen reader."""
    groups = grouped(not_done(results))
    return summary(action, results) + (". " + spoken_reasons(groups, now) if groups else "")


def processed(run: BulkRun) -> int:
    """How many jobs a bulk action has processed so far."""
    return sum(run["outcomes"].values())


def bulk_status(run: BulkRun) -> str:
    """A bulk action in one line: its progress, or its outcome."""
    if run["phase"] in ("running", "stopping"):
        total = (
            "" if run["total"] is None else " of %s%s" % ("more than " if run["more"] else "", integer(run["total"]))
        )
        return "%s · %s%s" % (DOING[run["action"]], integer(processed(run)), total)
    text = _outcome_text(run["action"], run["outcomes"])
    return {"stopped": "Stopped: ", "broken": "Broken off: "}.get(run["phase"], "") + text


def _abandoned(job: JobRow, now: float) -> bool:
    return display_state(job) == "running" and not skip_reason("complete", job, now)


def _used_up(job: JobRow) -> bool:
    return job["attempts"] >= job["max_attempts"]


def _helps(action: str, job: JobRow) -> bool:
    """Whether the action runs a job again whose worker has most likely died."""
    return STATE[action] == ("failed" if _used_up(job) else "scheduled")


def asks_first(action: str, touched: int, left: int) -> bool:
    """Is there a dialog first? For destructive actions, for ten jobs and more, and where jobs would be skipped."""
    return action in CONFIRMED or touched + left >= ASK_FROM or left > 0


def result_kind(results: list[Result]) -> ToastKind:
    """How the results of an action are shown."""
    return outcome_kind_of(_count_outcomes(results))


def outcome_kind_of(outcomes: dict[str, int]) -> ToastKind:
    """bad where nothing was done or an error kept jobs from it, warn where some jobs were skipped."""
    skipped = sum(outcomes.values()) - outcomes.get("done", 0)
    if not skipped:
        return "good"
    return "bad" if not outcomes.get("done") or [name for name in _FAULTS if outcomes.get(name)] else "warn"


def summary(action: str, results: list[Result]) -> str:
    """Like "2 jobs retried · 1 skipped: running · 1 may or may not be done"."""
    return _outcome_text(action, _count_outcomes(results))


def _outcome_text(action: str, outcomes: dict[str, int]) -> str:
    done = outcomes.get("done", 0)
    parts = ["%s %s" % (counted(done, "job"), DONE[action])] if done else []
    reasons = [name for name in OUTCOMES if outcomes.get(name) and name not in _FAULTS]
    if reasons:
        skipped = sum([outcomes[name] for name in reasons])
        parts.append("%s skipped" % integer(skipped) + (": " + OUTCOMES[reasons[0]] if len(reasons) == 1 else ""))
    parts += ["%s %s" % (integer(outcomes[name]), OUTCOMES[name]) for name in _FAULTS if outcomes.get(name)]
    if not parts:
        return "No job %s" % DONE[action]
    return ("" if done or outcomes.get("unknown") else "Nothing done: ") + " · ".join(parts)
