"""Taking jobs along: the selected ones onto the clipboard or into a file, all that match as the server's export."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.handlers.selection import copied
from graphile_worker.admin.client.io import http, queries
from graphile_worker.admin.client.model import state, url_state
from graphile_worker.admin.client.model.dialogs import told
from graphile_worker.admin.client.text import rows as export
from graphile_worker.admin.client.text.format import counted, sentences

_FORMS: dict[str, Any] = {
    "json": (export.as_json, "application/json", "JSON"),
    "csv": (export.as_csv, "text/csv", "CSV"),
}


def take(app: Any, event: dict[str, Any]) -> None:
    """The selected rows; where their payloads are cut in the list, the page is asked for with all of them first."""
    rows, form, way = state.selected_rows(app.state), data(event, "form"), data(event, "way")
    app.dom.close_dialog("gw-take")
    if not [row for row in rows if not export.whole(row)]:
        _deliver(app, rows, form, way)
        return

    def done(status: int, answer: Any, error: Any) -> None:
        found = {str(job["id"]): dict(job, id=str(job["id"])) for job in answer["jobs"]} if answer is not None else {}
        _deliver(app, [found.get(row["id"], row) for row in rows], form, way)

    query = queries.list_query(app.state["route"]).replace("payload=preview", "payload=text")
    http.call(app, "GET", "api/jobs" + query, None, done)


def _deliver(app: Any, rows: list[dict[str, Any]], form: str, way: str) -> None:
    make, media_type, name = _FORMS[form]
    cut = len([row for row in rows if not export.whole(row)])
    words = "%s %s as %s" % ("Copied" if way == "copy" else "Saved", counted(len(rows), "job"), name)
    if cut:
        words += "; of %s the payload or error is cut" % counted(cut, "job")
    if way == "save":
        # a spreadsheet takes CSV without the mark for a text of its own country's encoding
        app.dom.download("jobs." + form, ("\ufeff" if form == "csv" else "") + make(rows), media_type)
        app.toast(words, "note")
    else:
        copied(app, make(rows), words)


def export_path(route: dict[str, Any], form: str) -> str:
    """Where the server streams all that match, relative to the page."""
    query = queries.filter_query(route)
    order = "&sort=-id" if url_state.sort_of(route) == "-id" else ""
    mark = "&bom=true" if form == "csv" else ""
    path = "api/jobs/export%s%sformat=%s%s%s" % (query, "" if query == "?" else "&", form, mark, order)
    return url_state.of_database(path, route["db"])


def export_all(app: Any, event: dict[str, Any]) -> None:
    """The server's export as a file. A link cannot carry a token: then the program asks, and saves what comes.

    Without a token the browser saves it. HEAD asks before, so that no login page becomes a file.
    """
    form, route = data(event, "form"), app.state["route"]
    token = app.state["auth"]["token"] != ""
    app.dom.close_dialog("gw-export")
    if token:
        app.toast("The download has begun", "note")

    def done(status: int, answer: Any, error: Any) -> None:
        if answer is None:
            app.toast(sentences("Nothing was downloaded", told(error)), "bad", error)
        elif token:
            app.toast("Saved jobs." + form, "note")
        else:
            app.dom.follow(export_path(route, form))

    path = export_path(dict(route, db=""), form)
    http.call(app, "SAVE" if token else "HEAD", path, "jobs." + form if token else None, done)


TABLE = {"take": take, "export": export_all}
