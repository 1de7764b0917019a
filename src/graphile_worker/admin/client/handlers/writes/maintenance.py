"""Maintenance: the dialog of an operation, its request, and the answer on its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.events import data, value
from graphile_worker.admin.client.handlers.dialogs import close_if_open, error_line, open_dialog, show_error
from graphile_worker.admin.client.io import bodies, loaders
from graphile_worker.admin.client.io.writes import post
from graphile_worker.admin.client.model.actions.maintenance import CARDS, NAMED_MAX, is_operation
from graphile_worker.admin.client.model.actions.released import released
from graphile_worker.admin.client.text.format import integer, separated

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import (
        App,
        Dialog,
        Error,
        Event,
        Handler,
        MaintenanceAnswer,
        ShownLock,
        ToastKind,
        UnlockAnswer,
    )


def open_operation(app: App, event: Event) -> None:
    """Opens the dialog of an operation."""
    name, one = data(event, "name"), data(event, "id")
    lock = _shown_lock(event)
    if lock is not None:
        _open_unlock(app, [], lock)
        return
    ids = [one] if one else separated(app.state["unlock_ids"])
    if name == "force-unlock" and not ids:
        app.toast("Write at least one worker id first", "bad")
    elif name == "force-unlock":
        _open_unlock(app, ids, None)
    elif is_operation(name):
        open_dialog(app, {"kind": "maintain", "name": name, "ids": []})


def _shown_lock(event: Event) -> ShownLock | None:
    """The lock of one job or one queue that the button shows; None for other buttons."""
    at = data(event, "at")
    if not at:
        return None
    return {"job": data(event, "job"), "queue": data(event, "queue"), "by": data(event, "by"), "at": at}


def _open_unlock(app: App, ids: list[str], lock: ShownLock | None) -> None:
    """Opens the dialog and requests what would be released. Without this answer the operation is offered all the same."""
    box: Dialog = {"kind": "maintain", "name": "force-unlock", "ids": ids, "lock": lock, "taken": None}
    open_dialog(app, box)

    def done(answer: UnlockAnswer | None, error: Error) -> None:
        if answer is not None:
            box["taken"] = answer
        elif error.get("code") == "unauthorized":
            close_if_open(app, box)
        elif not box["busy"]:
            box["error"] = error

    post(app, "api/maintenance", bodies.maintain("force-unlock", ids, "", False, lock, True), done, dry_run=True)


def unlock_ids(app: App, event: Event) -> None:
    """Worker ids as they are typed."""
    app.state["unlock_ids"] = value(event)


def old_age(app: App, event: Event) -> None:
    """Another age of old locks: its preview is loaded."""
    app.state["old_secs"] = value(event) or app.state["old_secs"]
    loaders.maintenance(app)


def confirm(app: App, box: Dialog) -> None:
    """Sends the operation of the dialog."""
    box["busy"] = True
    name, version = box["name"], app.state["context_version"]

    def done(answer: MaintenanceAnswer | None, error: Error) -> None:
        if answer is None and app.state["dialog"] is box:
            show_error(app, error, box)
            return
        kind: ToastKind = _KINDS.get(answer.get("outcome", "done"), "bad") if answer is not None else "bad"
        text = _message(answer, box["ids"]) if answer is not None else error_line(error)
        same = app.state["context_version"] == version
        message = "%s: %s" % (CARDS[name][0], text)
        if same and answer is not None and app.state["route"]["view"] == "maintenance":
            app.say(message)  # the card shows it
        else:
            app.toast(message, kind, error)
        if not same:
            return
        app.state["maintenance_results"][name] = {"kind": kind, "text": text}
        close_if_open(app, box)
        if name == "migrate":
            loaders.session(app)
        loaders.refresh(app)

    forced = bool(box["values"].get("force"))
    body = bodies.maintain(name, box["ids"], app.state["old_secs"], forced, box.get("lock"))
    post(app, "api/maintenance", body, done)


def _message(answer: MaintenanceAnswer, workers: list[str]) -> str:
    """The message of the answer, with the numbers of deleted rows and the workers that held no lock."""
    text = _released(answer) if "jobs" in answer else answer["message"]
    deleted = answer.get("deleted") or {}
    if answer.get("outcome", "done") == "done":
        text += "".join([": %s deleted" % integer(deleted[task]) for task in sorted(deleted)])
    held = [one["worker_id"] for one in answer.get("holders") or []]
    idle = [one for one in workers if one not in held]
    if idle:
        text += ". No lock is held by %s" % ", ".join(idle[:NAMED_MAX])
        if len(idle) > NAMED_MAX:
            text += " and %s more" % integer(len(idle) - NAMED_MAX)
    if answer.get("closed_to"):
        text += "; %s need their recipe of graphile-worker roles again" % ", ".join(answer["closed_to"])
    return text


def _released(answer: MaintenanceAnswer) -> str:
    """Like "Released 2 jobs and 1 queue of pool-1, pool-3", in place of the numbers of the API's message."""
    names = answer.get("workers") or []
    what = released(answer)
    if not what:
        return "No lock was released"
    if not names:
        return "Released " + what
    more = " and %s more" % integer(len(names) - NAMED_MAX) if len(names) > NAMED_MAX else ""
    return "Released %s of %s%s" % (what, ", ".join(names[:NAMED_MAX]), more)


_KINDS: dict[str, ToastKind] = {"done": "good", "partly": "warn", "not_done": "bad"}
TABLE: dict[str, Handler] = {"maintain": open_operation, "old-age": old_age, "unlock-ids": unlock_ids}
