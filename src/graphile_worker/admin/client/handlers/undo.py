"""Undo: for half a minute, what a person rescheduled can be put back where nobody changed it since.

Whether somebody did is for the server to say: each job goes with the values that our change left it, and the statement
that takes its row compares them.
"""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import OUTCOME_UNKNOWN
from graphile_worker.admin.client.io import bodies, loaders
from graphile_worker.admin.client.model import job_actions
from graphile_worker.admin.client.model.dialogs import post, told
from graphile_worker.admin.client.model.state import database_now

SECONDS = 30
_FIELDS = ("run_at", "priority", "attempts", "max_attempts")


def remember(app: Any, verb: str, jobs: list[dict[str, Any]], values: dict[str, Any], run_at: str, answer: Any) -> None:
    """Keeps what the jobs were and what they are now, beside the result on the page."""
    given = dict(values, run_at=run_at)
    fields = ["run_at"] if verb == "run-now" else [name for name in _FIELDS if str(given.get(name) or "").strip()]
    after = {str(job["id"]): job for job in answer.get("jobs") or []}
    kept = [_kept(job, fields, after[job["id"]]) for job in jobs if job["id"] in after]
    if verb not in job_actions.UNDOABLE or not kept:
        return
    result = app.state["result"]
    result["undo"] = kept
    app.dom.timer("undo", SECONDS * 1000, lambda *_: _too_late(app, result))


def _kept(job: dict[str, Any], fields: list[str], now: dict[str, Any]) -> dict[str, Any]:
    """The job as our change left it, and what it was: the change was made only because it still was that."""
    was = [(name, str(job[name])) for name in fields]
    return dict(bodies.seen(now), id=job["id"], revision=now["revision"], was=was)


def _too_late(app: Any, result: dict[str, Any]) -> None:
    result.pop("undo", None)
    app.draw()


def undo(app: Any, event: dict[str, Any]) -> None:
    """Jobs with the same former values go back in one request, one request after the other."""
    kept = (app.state["result"] or {}).pop("undo", None)
    if not kept:
        return
    groups: dict[str, list[dict[str, Any]]] = {}
    for job in kept:
        groups.setdefault(str(job["was"]), []).append(job)
    result = {"action": "undo", "results": [], "db": app.state["route"]["db"], "total": len(kept)}
    app.state["result"] = result
    _next(app, result, [groups[name] for name in sorted(groups)])


def _next(app: Any, result: dict[str, Any], groups: list[list[dict[str, Any]]]) -> None:
    """The next group; another database on the page ends it, a dismissed result does not."""
    if app.state["route"]["db"] != result["db"]:
        return
    if not groups:
        app.say(job_actions.spoken_summary("undo", result["results"], database_now(app.state)))
        loaders.refresh(app)
        return
    jobs = groups[0]
    values = dict(jobs[0]["was"])

    def done(answer: Any, error: Any) -> None:
        if answer is None:
            result["results"] += _not_answered(groups, error)
            _next(app, result, [])
            return
        result["results"] += [dict(one, id=str(one["id"])) for one in answer["results"]]
        _next(app, result, groups[1:])

    post(app, "api/jobs/action", bodies.action("reschedule", jobs, values, values.get("run_at", "")), done)


def _not_answered(groups: list[list[dict[str, Any]]], error: dict[str, Any]) -> list[dict[str, Any]]:
    """Results for the group that an error ended, and for those after it, which were not sent."""
    out = []
    for place in range(len(groups)):
        unknown = place == 0 and error.get("code") == OUTCOME_UNKNOWN
        outcome = "unknown" if unknown else "undone"
        out += [{"id": job["id"], "outcome": outcome, "reason": told(error)} for job in groups[place]]
    return out


TABLE = {"undo": undo}
