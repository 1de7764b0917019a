"""What each verb is called, what it says before, and which jobs it will leave alone."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import STALE_LOCK_HOURS
from graphile_worker.admin.client.model.action_table import BUTTONS, CONFIRMED, DOING, ORDER, STATE
from graphile_worker.admin.client.model.action_table import DONE as DONE
from graphile_worker.admin.client.model.action_table import UNDOABLE as UNDOABLE
from graphile_worker.admin.client.text.format import counted, duration, epoch, integer, spoken

ASK_FROM = 10
VERBS = BUTTONS
# What a job that was left alone is counted as.
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
# Of these it is not the job that says why: they are no jobs that were left alone.
_FAULTS = ("refused", "undone", "unknown")
SAID_MAX = 3  # reasons in one line
GROUP_FROM = 4  # jobs with one reason are one row


def kind_of(job: dict[str, Any]) -> str:
    """ready, scheduled, running, blocked or failed: the word a person reads."""
    state = job.get("state") or ""
    if state == "ready" and job.get("blocked"):
        return "blocked"
    return "running" if state == "locked" else state


def held_for(job: dict[str, Any], now: float) -> float | None:
    """Seconds since a worker took the job; None when nobody did."""
    since = epoch(job.get("locked_at"))
    return None if since is None else max(0.0, now - since)


def left_alone(verb: str, job: dict[str, Any], now: float) -> str:
    """Why this verb will not touch this job; empty when it will."""
    held = held_for(job, now)
    if held is not None and held < STALE_LOCK_HOURS * 3600:
        return "is running on %s for %s" % (job.get("locked_by") or "an unnamed worker", duration(held))
    if verb == "run-now" and kind_of(job) == "failed":
        return "has used all its attempts: use Retry"
    return ""


def split(verb: str, jobs: list[dict[str, Any]], now: float) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """(jobs the verb will touch, [(id, why it will not)])."""
    touched, left = [], []
    for job in jobs:
        reason = left_alone(verb, job, now)
        if reason:
            left.append((job["id"], reason))
        else:
            touched.append(job)
    return touched, left


def offered(jobs: list[dict[str, Any]], now: float) -> list[str]:
    """Verbs that would do something to at least one of the jobs; Run now only where it changes anything."""
    kinds = {kind_of(job): True for job in jobs}
    out = []
    for verb in ORDER:
        wanted = STATE.get(verb)
        abandoned = wanted == "scheduled" and any(_abandoned(job, now) for job in jobs)
        if not wanted or wanted in kinds or abandoned:
            out.append(verb)
    return out


def offered_for(states: list[str]) -> list[str]:
    """Verbs on all that match a filter by these states; none means all of them."""
    out = []
    for verb in ORDER:
        wanted = STATE.get(verb)
        if not states or wanted is None or wanted in states:
            out.append(verb)
    return out


def kind(outcome: str, reason: Any) -> str:
    """An outcome as OUTCOMES names it: what was broken off was not refused by a rule."""
    text = str(reason or "")
    broken = outcome == "refused" and (text[:10] == "not done: " or text[:11] == "not tried: ")
    return "undone" if broken else outcome


def _kinds(results: list[dict[str, Any]]) -> dict[str, int]:
    out: dict[str, int] = {}
    for one in results:
        name = kind(one["outcome"], one.get("reason"))
        out[name] = out.get(name, 0) + 1
    return out


def why(reason: Any, outcome: str, now: float) -> str:
    """The reason of a job that was not done, as a person reads it."""
    return spoken(reason, now) or OUTCOMES.get(outcome, outcome.replace("_", " "))


def grouped(left: list[tuple[str, str, str]]) -> list[tuple[str, str, list[str]]]:
    """(id, outcome, reason) as (outcome, reason, ids), the reasons of most jobs first; few with one reason are a row each."""
    ids: dict[tuple[str, str], list[str]] = {}
    for one, outcome, reason in left:
        ids.setdefault((outcome, reason), []).append(one)
    many = sorted([(-len(ids[key]), key) for key in ids if len(ids[key]) >= GROUP_FROM])
    out = [(key[0], key[1], ids[key]) for _, key in many]
    few = [(outcome, reason, [one]) for one, outcome, reason in left if len(ids[(outcome, reason)]) < GROUP_FROM]
    return out + few


def left_of(results: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """(id, outcome, reason) of those that were not done."""
    return [
        (str(one["id"]), str(one["outcome"]), str(one.get("reason") or ""))
        for one in results
        if one["outcome"] != "done"
    ]


def spoken_reasons(groups: list[tuple[str, str, list[str]]], now: float) -> str:
    """For a screen reader: "667 × a trigger of the database refuses this"."""
    said = [
        ("%s × " % integer(len(ids)) if len(ids) > 1 else "") + why(reason, outcome, now)
        for outcome, reason, ids in groups[:SAID_MAX]
    ]
    rest = sum([len(ids) for _, _, ids in groups[SAID_MAX:]])
    return "; ".join(said) + ("; and %s" % counted(rest, "other") if rest else "")


def heard(verb: str, results: list[dict[str, Any]], now: float) -> str:
    """The summary and its reasons, for a screen reader."""
    groups = grouped(left_of(results))
    return summary(verb, results) + (". " + spoken_reasons(groups, now) if groups else "")


def looked_at(run: dict[str, Any]) -> int:
    """Jobs that a bulk verb has come by so far."""
    return int(sum([run["outcomes"][kind] for kind in run["outcomes"]]))


def told(run: dict[str, Any]) -> str:
    """A bulk verb in one line: how far it is, or what it came to."""
    if run["phase"] in ("running", "stopping"):
        total = (
            "" if run["total"] is None else " of %s%s" % ("more than " if run["more"] else "", integer(run["total"]))
        )
        return "%s · %s%s" % (DOING[run["verb"]], integer(looked_at(run)), total)
    text = _came_to(run["verb"], run["outcomes"])
    return {"stopped": "Stopped: ", "broken": "Broken off: "}.get(run["phase"], "") + text


def _abandoned(job: dict[str, Any], now: float) -> bool:
    return kind_of(job) == "running" and not left_alone("complete", job, now)


def asks_first(verb: str, touched: int, left: int) -> bool:
    """Destructive verbs always ask; the others from ten jobs on, or when some will be left alone."""
    return verb in CONFIRMED or touched + left >= ASK_FROM or left > 0


def title(verb: str, jobs: int) -> str:
    """Like "Retry 3 jobs?"."""
    return "%s %s?" % (VERBS[verb][0], counted(jobs, "job"))


def summary(verb: str, results: list[dict[str, Any]]) -> str:
    """Like "2 jobs retried, 1 left alone, 1 may or may not be done"."""
    return _came_to(verb, _kinds(results))


def _came_to(verb: str, outcomes: dict[str, int]) -> str:
    done = outcomes.get("done", 0)
    parts = ["%s %s" % (counted(done, "job"), DONE[verb])] if done else []
    left = sum([outcomes[name] for name in outcomes if name != "done" and name not in _FAULTS])
    if left:
        parts.append("%s left alone" % integer(left))
    parts += ["%s %s" % (integer(outcomes[name]), OUTCOMES[name]) for name in _FAULTS if outcomes.get(name)]
    if not parts:
        return "No job %s" % DONE[verb]
    return ("" if done or outcomes.get("unknown") else "Nothing done: ") + ", ".join(parts)
