"""The editor of a job's payload: its check, its request, and what it shows where the payload was changed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.handlers.dialogs import close_if_open, open_dialog, show_error
from graphile_worker.admin.client.handlers.writes import commands
from graphile_worker.admin.client.io import bodies, http, loaders
from graphile_worker.admin.client.io.writes import post
from graphile_worker.admin.client.payloads import json_edit

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Acted, App, Dialog, Error, Event, Handler, JobDetail

TYPED_MS = 300  # after the last change of the text


def edit(app: App, event: Event) -> None:
    """The editor with the payload of the open job."""
    job = app.state["detail"]["job"]
    if job is None:
        return
    shown = json_edit.editable(job["payload_text"])
    values = {"payload": shown}
    open_dialog(
        app, {"kind": "payload", "jobs": [job], "stored": job["payload_text"], "shown": shown, "values": values}
    )


def typed(app: App, event: Event) -> None:
    """Checks the text, and shows what changes, when the typing pauses."""
    box = app.state["dialog"]
    if box is None or box["kind"] != "payload" or box["busy"]:
        return
    box["values"] = event.get("form") or {}
    app.dom.timer("payload", TYPED_MS, lambda *_: _checked(app, box))


def _checked(app: App, box: Dialog) -> None:
    if app.state["dialog"] is box and not box["busy"]:
        box["error"] = _problem(box["values"].get("payload", ""))
        app.draw()


def _problem(text: str) -> Error | None:
    rule = json_edit.problem(text)
    return {"field": "payload", "error": "payload " + rule} if rule else None


def refused(app: App, box: Dialog, text: str) -> bool:
    """Shows why the text is not JSON, with line and column in the payload; false for JSON."""
    error = _problem(text)
    if error is None:
        return False
    show_error(app, error, box)
    return True


def at_field(error: Error) -> Error:
    """An error of the body at the field of the payload, which is the only JSON that was typed."""
    if error.get("field") != "body":
        return error
    error = error.copy()
    error.update({"field": "payload", "error": error["error"].replace("body", "payload", 1)})
    return error


def confirm(app: App, box: Dialog) -> None:
    """POST api/jobs/payload; after a lost race the editor stays open with the typed text."""
    text = box["values"].get("payload", "")
    if refused(app, box, text):
        return
    if text == box["shown"] and not box.get("lost"):
        show_error(app, {"field": "payload", "error": "nothing is changed"}, box)
        return
    box["busy"] = True
    job_id = box["jobs"][0]["id"]

    def done(answer: Acted | None, error: Error) -> None:
        if answer is None:
            show_error(app, at_field(error), box)
            return
        result = answer["results"][0]
        if result["outcome"] == "done":
            close_if_open(app, box)
            app.toast("Payload of job %s changed" % job_id)
            loaders.refresh(app)
        elif result["outcome"] == "changed" and app.state["dialog"] is box:
            _read_present(app, box, job_id)
        else:
            show_error(app, {"error": "Job %s was not changed: %s" % (job_id, result["reason"])}, box)
            loaders.refresh(app)

    post(app, "api/jobs/payload", bodies.payload(job_id, text, box["stored"]), done)


def _read_present(app: App, box: Dialog, job_id: str) -> None:
    """Reads the present payload as text, and shows it above the typed one."""

    def done(status: int, job: JobDetail | None, error: Error) -> None:
        if job is None or job.get("payload_truncated"):
            error = error if job is None else {"error": "The payload is now too large to be edited here"}
            show_error(app, error, box)
            return
        box.update({"stored": job["payload_text"], "lost": True, "busy": False})
        commands.follow(app, box)
        app.say("The payload was changed meanwhile. Your text is kept.")

    http.call(app, "GET", "api/jobs/%s?payload=text&last_error=cut" % job_id, None, done)


TABLE: dict[str, Handler] = {"edit-payload": edit, "payload-typed": typed}
