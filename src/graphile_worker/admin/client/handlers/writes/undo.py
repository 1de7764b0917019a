"""Undo: for half a minute, jobs that were rescheduled can get their values back, unless somebody changed them since.

The server decides that: each job is sent with the values that the action left, and the statement that locks its row
compares them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import OUTCOME_UNKNOWN
from graphile_worker.admin.client.handlers.dialogs import error_line
from graphile_worker.admin.client.io import bodies, loaders
from graphile_worker.admin.client.io.writes import post
from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.model.state import database_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphile_worker.admin.client.model.types import (
        Acted,
        ActionResult,
        App,
        Error,
        Event,
        Handler,
        JobRow,
        Result,
        UndoEntry,
        Values,
    )  # fmt: skip

SECONDS = 30
_FIELDS = ("run_at", "priority", "attempts", "max_attempts")


def remember(app: App, action: str, jobs: list[JobRow], values: Values, run_at: str, answer: Acted) -> None:
    """Keeps the values of the jobs before and after the action, with the result on the page."""
    fields = [name for name in _FIELDS if (run_at if name == "run_at" else values.get(name, "")).strip()]
    after = {str(job["id"]): job for job in answer.get("jobs") or []}
    changed = {"run-now": ["run_at"], "run-next": ["run_at", "priority"]}.get(action, fields)
    entries = [_entry(job, changed, after[job["id"]]) for job in jobs if job["id"] in after]
    result = app.state["result"]
    if action in job_actions.UNDOABLE and entries and result is not None:
        result["undo"] = entries
        app.dom.timer("undo", SECONDS * 1000, lambda *_: _expire(app, result))


def _entry(job: Mapping[str, object], fields: list[str], now: JobRow) -> UndoEntry:
    """The job as the action left it, and its values before."""
    entry: dict[str, object] = bodies.preconditions(now)
    entry.update({"id": job["id"], "revision": now["revision"], "was": [(name, str(job[name])) for name in fields]})
    return entry  # type: ignore[return-value]  # its members are those of UndoEntry


def _expire(app: App, result: ActionResult) -> None:
    result.pop("undo", None)
    app.draw()


def undo(app: App, event: Event) -> None:
    """Restores the values: one request for all jobs with the same values, one request after the other."""
    before = app.state["result"]
    entries = before.pop("undo", None) if before is not None else None
    if not entries:
        return
    groups: dict[str, list[UndoEntry]] = {}
    for entry in entries:
        groups.setdefault(str(entry["was"]), []).append(entry)
    result: ActionResult = {"action": "undo", "results": [], "db": app.state["route"]["db"], "total": len(entries)}
    app.state["result"] = result
    _next(app, result, [groups[name] for name in sorted(groups)])


def _next(app: App, result: ActionResult, groups: list[list[UndoEntry]]) -> None:
    """Sends the next group. Another database on the page ends this; closing the result does not."""
    if app.state["route"]["db"] != result["db"]:
        return
    if not groups:
        app.say(job_actions.spoken_summary("undo", result["results"], database_now(app.state)))
        loaders.refresh(app)
        return
    jobs = groups[0]
    values = dict(jobs[0]["was"])

    def done(answer: Acted | None, error: Error) -> None:
        if answer is None:
            result["results"] += _unanswered(groups, error)
            _next(app, result, [])
            return
        for one in answer["results"]:
            one["id"] = str(one["id"])
        result["results"] += answer["results"]
        _next(app, result, groups[1:])

    post(app, "api/jobs/action", bodies.action("reschedule", jobs, values, values.get("run_at", "")), done)


def _unanswered(groups: list[list[UndoEntry]], error: Error) -> list[Result]:
    """Results for the group whose request failed, and for the groups that were not sent."""
    out: list[Result] = []
    for index in range(len(groups)):
        unknown = index == 0 and error.get("code") == OUTCOME_UNKNOWN
        for job in groups[index]:
            out.append({"id": job["id"], "outcome": "unknown" if unknown else "undone", "reason": error_line(error)})
    return out


TABLE: dict[str, Handler] = {"undo": undo}
