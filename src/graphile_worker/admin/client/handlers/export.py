"""Export: the selected jobs to the clipboard or into a file, and all jobs that match as the server's export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.handlers.dialogs import error_line
from graphile_worker.admin.client.handlers.selection import copy_text
from graphile_worker.admin.client.io import http
from graphile_worker.admin.client.model import queries, state, url_state
from graphile_worker.admin.client.model.file_names import file_name
from graphile_worker.admin.client.text import rows as export
from graphile_worker.admin.client.text.format import counted, sentences

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Error, Event, Handler, JobPage, JobRow


def export_selected(app: App, event: Event) -> None:
    """Exports the selected rows; where payloads are cut in the list, the page is loaded with whole ones first."""
    rows, form, way = state.selected_rows(app.state), data(event, "form"), data(event, "way")
    app.dom.close_dialog("gw-take")
    if not [row for row in rows if not export.is_complete(row)]:
        _deliver(app, rows, form, way)
        return

    def done(status: int, answer: JobPage | None, error: Error) -> None:
        found = {}
        for job in answer["jobs"] if answer is not None else []:
            job["id"] = str(job["id"])
            found[job["id"]] = job
        _deliver(app, [found.get(row["id"], row) for row in rows], form, way)

    query = queries.list_query(app.state["route"]).replace("payload=preview", "payload=text")
    http.call(app, "GET", "api/jobs" + query, None, done)


def _deliver(app: App, rows: list[JobRow], form: str, way: str) -> None:
    csv = form == "csv"
    text = export.as_csv(rows) if csv else export.as_json(rows)
    cut = len([row for row in rows if not export.is_complete(row)])
    words = "%s %s as %s" % ("Copied" if way == "copy" else "Saved", counted(len(rows), "job"), form.upper())
    if cut:
        words += "; of %s the payload or error is cut" % counted(cut, "job")
    if way == "save":
        # with a byte order mark a spreadsheet reads CSV as UTF-8
        app.dom.download(
            file_name(app.state, form), ("\ufeff" if csv else "") + text, "text/csv" if csv else "application/json"
        )
        app.toast(words, "note")
    else:
        copy_text(app, text, words)


def export_matching(app: App, event: Event) -> None:
    """Saves the server's export as a file: by the browser, or by the program where the request needs a token.

    A HEAD request comes first, so that no login page is saved as a file.
    """
    form, route = data(event, "form"), app.state["route"]
    name = file_name(app.state, form)
    token = app.state["auth"]["token"] != ""
    app.dom.close_dialog("gw-export")
    if token:
        app.toast("The download has begun", "note")

    def done(status: int, answer: object | None, error: Error) -> None:
        if answer is None:
            app.toast(sentences("Nothing was downloaded", error_line(error)), "bad", error)
        elif token:
            app.toast("Saved " + name, "note")
        else:
            app.dom.follow(queries.export_path(route, form))

    path = queries.export_path(url_state.over(route, {"db": ""}), form)
    http.call(app, "SAVE" if token else "HEAD", path, name if token else None, done)


TABLE: dict[str, Handler] = {"take": export_selected, "export": export_matching}
