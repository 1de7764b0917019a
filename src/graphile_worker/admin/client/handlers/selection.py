"""Selecting rows, and copying texts of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.handlers.dialogs import error_line
from graphile_worker.admin.client.io import http, loaders
from graphile_worker.admin.client.model import state, url_state
from graphile_worker.admin.client.text import rows as export
from graphile_worker.admin.client.text.format import counted, integer, sentences

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Copied, Error, Event, Handler, JobDetail, JobRow

_CUT = ("payload_preview", "last_error")  # members that a list may cut


def select(app: App, event: Event) -> None:
    """One row, or with Shift all rows from the last one."""
    job_id = data(event, "id")
    ids = [row["id"] for row in app.state["jobs"]["rows"]]
    clicked = [job_id]
    anchor = app.state["anchor"]
    if event.get("shift") and anchor in ids and job_id in ids:
        first, last = ids.index(anchor), ids.index(job_id)
        clicked = ids[min(first, last) : max(first, last) + 1]
    for one in clicked:
        if event.get("checked"):
            app.state["selected"][one] = True
        else:
            app.state["selected"].pop(one, None)
    app.state["all_matching"] = False
    app.state["anchor"] = app.state["focused_id"] = job_id
    app.say("%d selected" % len(app.state["selected"]))


def select_page(app: App, event: Event) -> None:
    """The box in the head of the table: all rows or none."""
    _set_selected(app, app.state["jobs"]["rows"] if event.get("checked") else [])
    app.say("%d selected" % len(app.state["selected"]))


def select_rest(app: App, event: Event) -> None:
    """All rows, where the table has no head."""
    select_page(app, {"checked": True})


def select_all_matching(app: App, event: Event) -> None:
    """All jobs that match: the rows of the page and those on other pages."""
    _set_selected(app, app.state["jobs"]["rows"])
    app.state["all_matching"] = True
    app.say("all jobs that match are selected")


def clear_selection(app: App, event: Event) -> None:
    """Selects nothing; automatic refreshes go on."""
    _set_selected(app, [])
    app.say("nothing is selected")
    loaders.start_timer(app)


def _set_selected(app: App, rows: list[JobRow]) -> None:
    app.state["selected"], app.state["all_matching"] = {row["id"]: True for row in rows}, False


def copy(app: App, event: Event) -> None:
    """Copies the text of a cell; a payload or an error that the list has cut is loaded whole."""
    row, name = state.find_job(app.state, data(event, "id")), data(event, "name")
    if row is None:
        return
    if name not in _CUT or export.is_complete(row):
        copy_text(app, str(row.get(name)), "Copied")
    elif name == "last_error":
        _copy_full_error(app, row["id"], "Copied")
    else:
        _copy_full_payload(app, row["id"])


def _copy_full_payload(app: App, job_id: str) -> None:
    def done(status: int, answer: JobDetail | None, error: Error) -> None:
        if answer is None:
            app.toast(sentences("Nothing was copied", error_line(error)), "bad", error)
        else:
            copy_text(app, answer["payload_text"], _copied_words("Copied", "", answer))

    http.call(app, "GET", "api/jobs/%s?payload=text&last_error=cut" % job_id, None, done)


def _copy_full_error(app: App, job_id: str, words: str) -> None:
    """The error is copied by the bridge, however long it is."""
    path = url_state.of_database("api/jobs/%s?payload=none" % job_id, app.state["route"]["db"])
    app.dom.copy_answer(path, http.headers(app, False), "last_error", _copied(app, words))


def _copied_words(words: str, what: str, job: JobRow) -> str:
    """What was copied, and how much of it where the page has not all."""
    if job.get("payload_truncated"):
        return "Copied the first %s characters%s" % (integer(len(job["payload_text"])), what and " of " + what)
    return words


def copy_text(app: App, text: str, words: str) -> None:
    """Copies a text to the clipboard; then a notice with these words appears."""
    app.dom.copy(text, _copied(app, words))


def _copied(app: App, words: str) -> Copied:
    def copied(done: bool, why: str) -> None:
        app.state["now_ms"] = app.dom.now_ms()
        refused = sentences("Nothing was copied", why) if why else "The browser did not allow copying"
        app.toast(words if done else refused, "note" if done else "bad")
        app.draw()

    return copied


def copy_link(app: App, event: Event) -> None:
    """Copies the address of the page: of the open job, or of the list without it."""
    job = data(event, "id")
    copy_text(app, app.state["base"] + url_state.to_url(app.state["route"], job=job), "Copied the link")


def copy_ids(app: App, event: Event) -> None:
    """Copies the ids of the selected rows, one a line."""
    ids = [row["id"] for row in state.selected_rows(app.state)]
    app.dom.close_dialog("gw-take")
    copy_text(app, "\n".join(ids) + "\n", "Copied %s" % counted(len(ids), "id"))


def copy_payload(app: App, event: Event) -> None:
    """Copies the payload of the open job as it is stored."""
    job = app.state["detail"]["job"]
    if job is not None:
        copy_text(app, job["payload_text"], _copied_words("Copied the payload", "the payload", job))


def copy_error(app: App, event: Event) -> None:
    """Copies the whole last error of the open job."""
    job = app.state["detail"]["job"]
    if job is not None and job.get("last_error_truncated"):
        _copy_full_error(app, job["id"], "Copied the error")
    elif job is not None:
        copy_text(app, job["last_error"] or "", "Copied the error")


TABLE: dict[str, Handler] = {
    "select": select,
    "select-page": select_page,
    "select-rest": select_rest,
    "select-every": select_all_matching,
    "clear-selection": clear_selection,
    "copy": copy,
    "copy-link": copy_link,
    "copy-ids": copy_ids,
    "copy-payload": copy_payload,
    "copy-error": copy_error,
}
