"""Selecting rows and copying what they say."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client import loads, state
from graphile_worker.admin.client.events import data


def select(app: Any, event: dict[str, Any]) -> None:
    """One box, or all from the last one with shift."""
    job_id, on = data(event, "id"), bool(event.get("checked"))
    names = [row["id"] for row in app.state["jobs"]["rows"]]
    chosen = [job_id]
    anchor = app.state["anchor"]
    if event.get("shift") and anchor in names and job_id in names:
        first, last = names.index(anchor), names.index(job_id)
        chosen = names[min(first, last) : max(first, last) + 1]
    for one in chosen:
        if on:
            app.state["selected"][one] = True
        else:
            app.state["selected"].pop(one, None)
    app.state["every"] = False
    app.state["anchor"] = app.state["at"] = job_id
    app.say("%d selected" % len(app.state["selected"]))


def select_page(app: Any, event: dict[str, Any]) -> None:
    """The box in the head."""
    rows = app.state["jobs"]["rows"] if event.get("checked") else []
    app.state["selected"], app.state["every"] = {row["id"]: True for row in rows}, False
    app.say("%d selected" % len(rows))


def select_rest(app: Any, event: dict[str, Any]) -> None:
    """The whole page, where the table has no head."""
    select_page(app, {"checked": True})


def clear_selection(app: Any, event: dict[str, Any]) -> None:
    """Nothing selected; auto refresh goes on."""
    app.state["selected"], app.state["every"] = {}, False
    loads.arm(app)


def copy(app: Any, event: dict[str, Any]) -> None:
    """The text of a cell."""
    row = state.row_of(app.state, data(event, "id"))
    if row is not None:
        copied(app, str(row[data(event, "name")]), "Copied")


def copied(app: Any, text: str, words: str) -> None:
    """To the clipboard, and says so."""
    if app.dom.copy(text):
        app.toast(words, "note")
    else:
        app.toast("The browser did not allow copying", "bad")


def copy_payload(app: Any, event: dict[str, Any]) -> None:
    """Byte for byte what is stored."""
    copied(app, app.state["detail"]["job"]["payload_text"], "Copied the payload")


def copy_error(app: Any, event: dict[str, Any]) -> None:
    """All of the last error."""
    copied(app, app.state["detail"]["job"]["last_error"], "Copied the error")


TABLE = {
    "select": select,
    "select-page": select_page,
    "select-rest": select_rest,
    "clear-selection": clear_selection,
    "copy": copy,
    "copy-payload": copy_payload,
    "copy-error": copy_error,
}
