"""Removal by key: of a typed key, or of the job in the panel, after a dry run that shows what will happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.handlers.dialogs import close_if_open, open_dialog, show_error
from graphile_worker.admin.client.io import bodies, loaders
from graphile_worker.admin.client.io.writes import post

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Dialog, Error, Event, Handler, Removed, ToastKind


def ask_key(app: App, event: Event) -> None:
    """The dialog for a key."""
    open_dialog(app, {"kind": "remove"})


def ask(app: App, event: Event) -> None:
    """The dialog for the job in the panel: gives up a running one, removes another one."""
    job = app.state["detail"]["job"]
    if job is None or not job["key"]:
        return
    box: Dialog = {"kind": "remove", "jobs": [job], "values": {"key": job["key"]}, "removal": None}
    open_dialog(app, box)
    _preview(app, box, job["key"])


def _preview(app: App, box: Dialog, key: str) -> None:
    def done(answer: Removed | None, error: Error) -> None:
        box["removal"] = answer
        if answer is None:
            show_error(app, error, box)

    post(app, "api/jobs/remove-by-key", bodies.remove(key, dry_run=True), done, dry_run=True)


def confirm(app: App, box: Dialog) -> None:
    """POST api/jobs/remove-by-key. A job of the panel must still be as the dry run found it."""
    jobs, found = box.get("jobs"), box.get("removal")
    key = (jobs[0]["key"] if jobs else box["values"].get("key")) or ""
    if jobs and found is None:
        return
    box["busy"] = True
    job_id, outcome = (jobs[0]["id"], found["outcome"]) if jobs and found is not None else ("", "")

    def done(answer: Removed | None, error: Error) -> None:
        if answer is None:
            show_error(app, error, box)
        elif answer["outcome"] == "changed":
            show_error(app, {"error": "Job %s was changed meanwhile: nothing was done" % job_id}, box)
            _preview(app, box, key)
            loaders.refresh(app)
        elif answer["outcome"] == "not_found":
            show_error(app, {"error": answer["message"]} if jobs else {"field": "key", "error": answer["message"]}, box)
        else:
            close_if_open(app, box)
            app.toast(*_removed(answer))
            loaders.refresh(app)

    post(app, "api/jobs/remove-by-key", bodies.remove(key, job_id, outcome), done)


def _removed(answer: Removed) -> tuple[str, ToastKind]:
    """The message of the API, which says what became of a running job in this schema."""
    return answer["message"], "note" if answer["outcome"] == "key_released" else "good"


TABLE: dict[str, Handler] = {"remove-key": ask_key, "remove-job": ask}
