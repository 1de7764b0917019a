"""One action on all jobs that match: its dialog with a dry run, its batches, stopping and going on, its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.handlers.dialogs import close_if_open, open_dialog, show_error
from graphile_worker.admin.client.handlers.selection import copy_text
from graphile_worker.admin.client.io import bodies, http, loaders
from graphile_worker.admin.client.io.writes import post
from graphile_worker.admin.client.model import queries, url_state
from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.model.actions.watched import WATCHED_MAX
from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.text import rows
from graphile_worker.admin.client.text.format import counted

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import (
        App,
        BulkPreview,
        BulkRun,
        BulkStep,
        Count,
        Dialog,
        Error,
        Event,
        Handler,
    )  # fmt: skip

REPORTED_MAX = 50000  # ids in the report; further ones are only counted


def begin(app: App, action: str) -> None:
    """Opens the dialog and requests the dry run."""
    run = app.state["bulk"]
    if run is not None and run["phase"] in ("running", "stopping"):
        app.toast("One action on all that match at a time: stop the other one first", "bad")
        return
    box: Dialog = {
        "kind": "bulk", "action": action, "route": app.state["route"].copy(), "preview": None, "excluded": {},
    }  # fmt: skip
    open_dialog(app, box)
    _dry_run(app, box)
    _count_excluded(app, box, "locked")
    if action in job_actions.NEED_ATTEMPTS:
        _count_excluded(app, box, "failed")


def group(app: App, event: Event) -> None:
    """Opens the list of the failed jobs with one error, or one variant of it, and the dialog to retry them; or of the
    retrying ones to run now."""
    action, variant = data(event, "value"), data(event, "variant")
    route = url_state.bare(app.state["route"], error=[] if variant else [data(event, "name")])
    route["variant"] = [variant] if variant else []
    route["state"] = ["failed" if action == "retry" else "retrying"]
    app.go(url_state.to_url(route))
    begin(app, action)


def _dry_run(app: App, box: Dialog) -> None:
    """Requests the preview; where counting takes too long, the action is offered without a number."""

    def done(answer: BulkPreview | None, error: Error) -> None:
        if answer is not None:
            box["preview"] = answer
        elif error.get("code") == "query_timeout":
            box["preview"] = {"count": None, "more": False, "sample": []}
        elif error.get("code") == "unauthorized":
            close_if_open(app, box)
        else:
            box["error"] = error

    values = {"priority": "0"} if box["action"] == "reschedule" else {}
    body = bodies.bulk(box["action"], queries.filter_members(box["route"]), values, "", "", True)
    post(app, "api/jobs/bulk", body, done, dry_run=True)


def _count_excluded(app: App, box: Dialog, state: str) -> None:
    """Counts the jobs in a state that the action skips."""
    route = box["route"].copy()
    if route["state"] and state not in route["state"]:
        return

    def done(status: int, answer: Count | None, error: Error) -> None:
        if answer is not None:
            box["excluded"][state] = answer

    route["state"] = [state]
    http.call(app, "GET", "api/jobs/count" + queries.filter_query(route), None, done)


def confirm(app: App, box: Dialog, run_at: str) -> None:
    """Sends the first batch while the dialog is open, which shows an error at its fields."""
    found = box["preview"]
    if found is None:
        return
    box["busy"] = True
    run: BulkRun = {
        "action": box["action"], "values": box["values"], "run_at": run_at, "db": box["route"]["db"],
        "filter": queries.filter_members(box["route"]), "cursor": "", "total": found["count"], "more": found["more"],
        "phase": "running", "outcomes": {}, "not_done": [], "groups": [], "lines": [], "done_ids": [], "error": None,
    }  # fmt: skip
    _send_batch(app, run, box)


def _send_batch(app: App, run: BulkRun, box: Dialog | None = None) -> None:
    """POST api/jobs/bulk once; the answer decides about the next batch."""

    def done(answer: BulkStep | None, error: Error) -> None:
        if box is not None and answer is None and error.get("field"):
            show_error(app, error, box)
            return
        if box is not None:
            app.state.update({"bulk": run, "selected": {}, "all_matching": False, "result": None})
            close_if_open(app, box)
        if answer is None:
            run.update({"phase": "broken", "error": error})
        else:
            _add_results(run, answer)
        _next(app, run)

    body = bodies.bulk(run["action"], run["filter"], run["values"], run["run_at"], run["cursor"], False)
    post(app, "api/jobs/bulk", body, done)


def _add_results(run: BulkRun, answer: BulkStep) -> None:
    """Adds the results of a batch to the report."""
    outcomes = run["outcomes"]
    for one in answer["results"]:
        kind = job_actions.outcome_kind(one["outcome"], one.get("reason"))
        outcomes[kind] = outcomes.get(kind, 0) + 1
        row = (str(one["id"]), one["outcome"], one.get("reason") or "")
        if one["outcome"] == "done" and len(run["done_ids"]) < WATCHED_MAX:
            run["done_ids"].append(row[0])
        if one["outcome"] != "done" and len(run["not_done"]) < REPORTED_MAX:
            run["not_done"].append(row)
        if len(run["lines"]) < REPORTED_MAX:
            run["lines"].append(rows.csv_line(row))
    run["cursor"] = answer["next"] or ""
    if not run["cursor"]:
        run["phase"] = "done"


def _next(app: App, run: BulkRun) -> None:
    """Sends the next batch, or ends the action."""
    if run["phase"] == "stopping" or (run["phase"] == "running" and app.state["route"]["db"] != run["db"]):
        run["phase"] = "stopped"
    if run["phase"] == "running":
        _send_batch(app, run)
    else:
        groups = run["groups"] = job_actions.grouped(run["not_done"])
        why = job_actions.spoken_reasons(groups, database_now(app.state))
        app.say(job_actions.bulk_status(run) + (". " + why if why else ""))
        app.state["jobs"]["query"] = ""  # the next answer replaces the list, no row keeps its place
        loaders.refresh(app)


def stop(app: App, event: Event) -> None:
    """Stops after the present batch."""
    run = app.state["bulk"]
    if run is not None and run["phase"] == "running":
        run["phase"] = "stopping"


def go_on(app: App, event: Event) -> None:
    """Goes on where it was stopped or interrupted."""
    run = app.state["bulk"]
    if run is not None and run["phase"] in ("stopped", "broken") and app.state["route"]["db"] == run["db"]:
        run.update({"phase": "running", "error": None})
        _send_batch(app, run)


def dismiss(app: App, event: Event) -> None:
    """Closes the report."""
    app.state["bulk"] = None


def copy_not_done(app: App, event: Event) -> None:
    """Copies the ids of the jobs on which the action was not done, one per line."""
    run = app.state["bulk"]
    if run is not None:
        ids = [one[0] for one in run["not_done"]]
        copy_text(app, "\n".join(ids) + "\n", "Copied " + counted(len(ids), "id"))


def download(app: App, event: Event) -> None:
    """Saves the outcome of each id as CSV."""
    run = app.state["bulk"]
    if run is not None:
        head = rows.csv_line(("id", "outcome", "reason"))
        app.dom.download("%s-report.csv" % run["action"], head + "".join(run["lines"]), "text/csv")


TABLE: dict[str, Handler] = {
    "group": group,
    "bulk-stop": stop,
    "bulk-go-on": go_on,
    "bulk-dismiss": dismiss,
    "bulk-copy": copy_not_done,
    "bulk-download": download,
}
