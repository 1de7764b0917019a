"""Undo: for half a minute, what a person rescheduled can be put back where nobody changed it since."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client import bodies, loads, state
from graphile_worker.admin.client.asking import post
from graphile_worker.admin.client.format import epoch

SECONDS = 30
_FIELDS = ("run_at", "priority", "attempts", "max_attempts")


def remember(app: Any, verb: str, jobs: list[dict[str, Any]], values: dict[str, Any], run_at: str, answer: Any) -> None:
    """Keeps what the jobs were, beside the result on the page."""
    given = dict(values, run_at=run_at)
    fields = ["run_at"] if verb == "run-now" else [name for name in _FIELDS if str(given.get(name) or "").strip()]
    after = {str(job["id"]): job for job in answer.get("jobs") or []}
    if verb not in ("reschedule", "run-now") or not after:
        return
    kept = []
    for job in jobs:
        now = after.get(job["id"])
        if now is not None:
            was = [(name, str(job[name])) for name in fields]
            kept.append({"id": job["id"], "revision": now["revision"], "at": epoch(now["updated_at"]), "was": was})
    result = app.state["result"]
    result["undo"] = kept
    app.dom.timer("undo", SECONDS * 1000, lambda *_: _too_late(app, result))


def _too_late(app: Any, result: dict[str, Any]) -> None:
    result.pop("undo", None)
    app.draw()


def undo(app: Any, event: dict[str, Any]) -> None:
    """Jobs with the same former values go back in one request, one request after the other."""
    kept = (app.state["result"] or {}).pop("undo", None)
    if not kept:
        return
    results: list[dict[str, Any]] = []
    groups: dict[str, list[dict[str, Any]]] = {}
    for job in kept:
        if _changed(app, job):
            results.append({"id": job["id"], "outcome": "changed", "reason": "was changed since"})
        else:
            groups.setdefault(str(job["was"]), []).append(job)
    app.state["result"] = {"verb": "undo", "results": results, "db": app.state["route"]["db"]}
    _next(app, app.state["result"], [groups[name] for name in sorted(groups)])


def _changed(app: Any, job: dict[str, Any]) -> bool:
    """Has the page seen the job in a later state than the one we left it in?"""
    row = state.row_of(app.state, job["id"])
    seen = epoch(row["updated_at"]) if row is not None else None
    return seen is not None and job["at"] is not None and seen > job["at"]


def _next(app: Any, result: dict[str, Any], groups: list[list[dict[str, Any]]]) -> None:
    if not groups or app.state["result"] is not result:
        loads.refresh(app)
        return
    jobs = groups[0]
    values = dict(jobs[0]["was"])

    def done(answer: Any, error: Any) -> None:
        if answer is None:
            rest = [
                {"id": job["id"], "outcome": "refused", "reason": error.get("error")} for one in groups for job in one
            ]
            result["results"] += rest
            _next(app, result, [])
            return
        result["results"] += [dict(one, id=str(one["id"])) for one in answer["results"]]
        _next(app, result, groups[1:])

    post(app, "api/jobs/action", bodies.action("reschedule", jobs, values, values.get("run_at", "")), done)


TABLE = {"undo": undo}
