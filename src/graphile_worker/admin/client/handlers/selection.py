"""Selecting rows and copying what they say."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.io import http, loaders
from graphile_worker.admin.client.model import state, url_state
from graphile_worker.admin.client.model.dialogs import told
from graphile_worker.admin.client.text import rows as export
from graphile_worker.admin.client.text.format import integer, sentences

_CUT = ("payload_preview", "last_error")  # in a list; a job by itself has all of it


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
    app.state["all_matching"] = False
    app.state["anchor"] = app.state["focused_id"] = job_id
    app.say("%d selected" % len(app.state["selected"]))


def select_page(app: Any, event: dict[str, Any]) -> None:
    """The box in the head."""
    rows = app.state["jobs"]["rows"] if event.get("checked") else []
    app.state["selected"], app.state["all_matching"] = {row["id"]: True for row in rows}, False
    app.say("%d selected" % len(rows))


def select_rest(app: Any, event: dict[str, Any]) -> None:
    """The whole page, where the table has no head."""
    select_page(app, {"checked": True})


def clear_selection(app: Any, event: dict[str, Any]) -> None:
    """Nothing selected; auto refresh goes on."""
    app.state["selected"], app.state["all_matching"] = {}, False
    loaders.arm(app)


def copy(app: Any, event: dict[str, Any]) -> None:
    """The text of a cell; of a payload or an error that the list has cut, all of it."""
    row, name = state.find_job(app.state, data(event, "id")), data(event, "name")
    if row is None:
        return
    if name not in _CUT or export.whole(row):
        copied(app, str(row[name]), "Copied")
    elif name == "last_error":
        _whole_error(app, row["id"], "Copied")
    else:
        _whole_payload(app, row["id"])


def _whole_payload(app: Any, job_id: str) -> None:
    def done(status: int, answer: Any, error: Any) -> None:
        if answer is None:
            app.toast(sentences("Nothing was copied", told(error)), "bad", error)
        else:
            copied(app, str(answer["payload_text"]), _so_far("Copied", "", answer))

    http.call(app, "GET", "api/jobs/%s?payload=text&last_error=cut" % job_id, None, done)


def _whole_error(app: Any, job_id: str, words: str) -> None:
    """However long it is."""
    path = url_state.of_database("api/jobs/%s?payload=none" % job_id, app.state["route"]["db"])
    app.dom.copy_answer(path, http.headers(app, False), "last_error", _told(app, words))


def _so_far(words: str, what: str, job: dict[str, Any]) -> str:
    """What was copied, and how much of it where the page has not all."""
    if job.get("payload_truncated"):
        return "Copied the first %s characters%s" % (integer(len(job["payload_text"])), what and " of " + what)
    return words


def copied(app: Any, text: str, words: str) -> None:
    """To the clipboard, and says so when it is there."""
    app.dom.copy(text, _told(app, words))


def _told(app: Any, words: str) -> Any:
    def told(done: bool, why: str) -> None:
        app.state["now_ms"] = app.dom.now_ms()
        refused = sentences("Nothing was copied", why) if why else "The browser did not allow copying"
        app.toast(words if done else refused, "note" if done else "bad")
        app.draw()

    return told


def copy_payload(app: Any, event: dict[str, Any]) -> None:
    """Byte for byte what is stored."""
    job = app.state["detail"]["job"]
    copied(app, job["payload_text"], _so_far("Copied the payload", "the payload", job))


def copy_error(app: Any, event: dict[str, Any]) -> None:
    """All of the last error, also of one that the page has cut."""
    job = app.state["detail"]["job"]
    if job.get("last_error_truncated"):
        _whole_error(app, job["id"], "Copied the error")
    else:
        copied(app, job["last_error"], "Copied the error")


TABLE = {
    "select": select,
    "select-page": select_page,
    "select-rest": select_rest,
    "clear-selection": clear_selection,
    "copy": copy,
    "copy-payload": copy_payload,
    "copy-error": copy_error,
}
