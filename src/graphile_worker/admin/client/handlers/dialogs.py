"""The open dialog: opening and closing it, and the error of the request that it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import OUTCOME_UNKNOWN
from graphile_worker.admin.client.io import loaders
from graphile_worker.admin.client.text.format import message_of, sentences, server_words

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Dialog, Error, Event

_ACTION_FIELDS = ("reason", "run_at", "priority", "attempts", "max_attempts")
FIELDS: dict[str, tuple[str, ...]] = {
    "action": _ACTION_FIELDS,
    "bulk": _ACTION_FIELDS,
    "add": ("identifier", "payload", "queue", "run_at", "max_attempts", "key", "job_key_mode", "priority", "flags"),
    "remove": ("key",),
    "payload": ("payload",),
}


def open_dialog(app: App, box: Dialog) -> None:
    """Opens a dialog; `box` holds its kind and the members that only this kind has."""
    box.setdefault("values", {})
    box.update(
        {"error": None, "busy": False, "commands": [], "fields": FIELDS.get(box["kind"], ()), "zone": app.state["zone"]}
    )
    app.state["dialog"] = box
    app.draw()
    app.dom.open_dialog("gw-box")


def close(app: App, event: Event | None = None) -> None:
    """Closes it; the browser restores the focus."""
    app.dom.close_dialog("gw-box")
    app.state["dialog"] = None


def close_if_open(app: App, box: Dialog | None) -> None:
    """Closes this dialog, if it is still the open one."""
    if box is not None and app.state["dialog"] is box:
        close(app)


def show_error(app: App, error: Error, box: Dialog | None) -> None:
    """Shows the error of a write in the dialog that sent it, at its field; as a notice where that is closed.

    Where the outcome of the write is not known, the lists behind are loaded again.
    """
    if error.get("code") == OUTCOME_UNKNOWN:
        loaders.refresh(app)
    if box is None or app.state["dialog"] is not box:
        app.toast(error_line(error), "bad", error)
        return
    box.update({"error": error, "busy": False})
    app.say(error_line(error))
    if error.get("field") in box["fields"]:
        app.draw()
        app.dom.focus("#gw-in-" + str(error["field"]))


def error_line(error: Error) -> str:
    """An error in one line, with the database server's message, and with the hint where the error needs it."""
    hint = error.get("hint") if error.get("code") in (OUTCOME_UNKNOWN, "cross_site") else ""
    return sentences(message_of(error), server_words(error), hint)
