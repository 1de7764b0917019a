"""Writes: the dialogs of actions, of adding and of removing a job, their requests, and the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.handlers import filtering, palette
from graphile_worker.admin.client.handlers.dialogs import close, close_if_open, error_line, open_dialog, show_error
from graphile_worker.admin.client.handlers.writes import bulk, duplicate, maintenance, payload, remove, undo
from graphile_worker.admin.client.handlers.writes.run_at import run_at
from graphile_worker.admin.client.io import bodies, loaders
from graphile_worker.admin.client.io.writes import post
from graphile_worker.admin.client.model import state
from graphile_worker.admin.client.model.actions import job_actions

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphile_worker.admin.client.model.types import (
        Acted,
        Added,
        App,
        Dialog,
        Error,
        Event,
        Handler,
        JobRow,
        ToastKind,
        Values,
    )  # fmt: skip


def start_action(app: App, event: Event) -> None:
    """An action on one job (data-id) or on the selected ones: opens its dialog, or sends it where none is needed."""
    name, one = data(event, "name"), data(event, "id")
    if app.state["all_matching"] and not one:
        bulk.begin(app, name)
        return
    found = state.latest_job(app.state, one) if one else None
    jobs = ([found] if found is not None else []) if one else [row.copy() for row in state.selected_rows(app.state)]
    touched, left = job_actions.split(name, jobs, state.database_now(app.state))
    if job_actions.asks_first(name, len(touched), len(left)):
        open_dialog(app, {"kind": "action", "action": name, "jobs": jobs, "values": _typed_before(app, name)})
    elif touched:
        send_action(app, name, touched, {}, "", None)


def _typed_before(app: App, name: str) -> Values:
    """The values of this action's last dialog, where the action was not done on all jobs; else none."""
    last = app.state["result"]
    if last is None or last["action"] != name or not job_actions.not_done(last["results"]):
        return {}
    return dict(last["values"])


def add_job(app: App, event: Event) -> None:
    """The dialog for a new job."""
    open_dialog(app, {"kind": "add", "values": {"payload": "{}"}})


def clone(app: App, event: Event) -> None:
    """The dialog for a new job with the values of the open one, except its key, which that one may still hold."""
    job = app.state["detail"]["job"]
    if job is None:
        return
    values = {
        "identifier": job["task_identifier"],
        "payload": job["payload_text"],
        "queue": job["queue_name"] or "",
        "priority": str(job["priority"]),
        "max_attempts": str(job["max_attempts"]),
        "flags": ", ".join(sorted(job.get("flags") or {})),
    }
    open_dialog(app, {"kind": "add", "values": values, "source_id": job["id"], "jobs": [job]})


def show_keys(app: App, event: Event | None = None) -> None:
    """The dialog with the keyboard shortcuts."""
    open_dialog(app, {"kind": "keys"})


def confirm(app: App, event: Event) -> None:
    """The button of the dialog."""
    box = app.state["dialog"]
    if box is None or box["busy"]:
        return
    box["values"] = event.get("form") or {}
    box["error"] = None
    _CONFIRM[box["kind"]](app, box)


def time_typed(app: App, event: Event) -> None:
    """Typing in a field for a time, or a preset of it: the dialog shows the resulting time."""
    box = app.state["dialog"]
    if box is None or box["busy"]:
        return
    box["values"] = event.get("form") or {}
    box["error"] = None
    preset = data(event, "preset")
    if preset:
        box["values"]["run_at"] = preset
        app.draw()
        app.dom.focus("#gw-go")


def _confirm_action(app: App, box: Dialog) -> None:
    box["busy"] = True
    send_action(app, box["action"], box["jobs"], box["values"], run_at(app, box), box)


def send_action(app: App, name: str, jobs: list[JobRow], values: Values, run_at: str, box: Dialog | None) -> None:
    """POST api/jobs/action; the result with an outcome for each id stays on the page."""
    version = app.state["context_version"]

    def done(answer: Acted | None, error: Error) -> None:
        if answer is None and error.get("results"):
            answer = {"results": error["results"]}  # the outcome of some ids is unknown, that of the others is known
            app.toast(error_line(error), "bad", error)
        if answer is None:
            show_error(app, error, box)
            return
        results = answer.get("results") or []
        if app.state["context_version"] != version:  # the ids belong to another database or login
            app.toast(job_actions.summary(name, results), job_actions.result_kind(results))
            return
        close_if_open(app, box)
        for one in results:
            one["id"] = str(one["id"])
        used = {str(job["id"]): job["attempts"] for job in answer.get("jobs") or []}
        app.state["result"] = {"action": name, "results": results, "values": values, "attempts": used}
        undo.remember(app, name, jobs, values, run_at, answer)
        rest = [one["id"] for one in results if one["outcome"] not in ("done", "not_found", "unknown")]
        app.state["selected"] = {job_id: True for job_id in rest if job_id in app.state["selected"]}
        app.say(job_actions.spoken_summary(name, results, state.database_now(app.state)))
        loaders.refresh(app)

    post(app, "api/jobs/action", bodies.action(name, jobs, values, run_at), done)


def _confirm_bulk(app: App, box: Dialog) -> None:
    typed = box["values"].get("run_at", "").strip()
    bulk.confirm(app, box, filtering.typed_time(app, typed) or typed)  # absolute, the same in every batch


def _confirm_add(app: App, box: Dialog) -> None:
    typed = box["values"].get("payload", "")
    if typed.strip() and payload.refused(app, box, typed):
        return
    box["busy"] = True

    def done(answer: Added | None, error: Error) -> None:
        if answer is None:
            show_error(app, payload.at_field(error), box)
            return
        close_if_open(app, box)
        text, kind = _added(answer)
        if box["values"].get("remove_original") and duplicate.remove_original(app, box["jobs"][0], answer, text):
            return
        app.toast(text, kind)
        loaders.refresh(app)

    post(app, "api/jobs", bodies.add(box["values"], run_at(app, box)), done)


def _added(answer: Added) -> tuple[str, ToastKind]:
    """The message, with what happened to a job that had the key."""
    more = {
        "replaced": ": it was waiting with this key and was replaced",
        "deduplicated": ": it has this key already and was left as it is",
        "split": ": job %s with this key runs, finishes its attempt and is not tried again" % answer.get("previous_id"),
    }.get(answer.get("outcome", ""), "")
    return answer["message"] + more, "note" if more else "good"


def _confirm_keys(app: App, box: Dialog) -> None:
    close(app)


_CONFIRM: dict[str, Callable[[App, Dialog], None]] = {
    "action": _confirm_action,
    "bulk": _confirm_bulk,
    "add": _confirm_add,
    "remove": remove.confirm,
    "payload": payload.confirm,
    "maintain": maintenance.confirm,
    "keys": _confirm_keys,
    "palette": palette.confirm,
}

TABLE: dict[str, Handler] = {
    "job-action": start_action,
    "time-typed": time_typed,
    "add-job": add_job,
    "clone": clone,
    "keys": show_keys,
    "confirm": confirm,
    "close-dialog": close,
}
