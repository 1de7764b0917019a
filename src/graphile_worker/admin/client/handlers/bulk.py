"""One verb on all jobs that match: asked with a preview, done step by step, stopped when a person stops it."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.handlers.selection import copied
from graphile_worker.admin.client.io import bodies, http, loaders, queries
from graphile_worker.admin.client.model import job_actions, url_state
from graphile_worker.admin.client.model.dialogs import ask, done_with, post, refuse
from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.text import rows
from graphile_worker.admin.client.text.format import counted

REPORTED_MAX = 50000  # ids whose outcome is kept; past that they are only counted


def select_every(app: Any, event: dict[str, Any]) -> None:
    """From the rows of the page to all that match."""
    app.state["all_matching"] = True
    app.say("all jobs that match are selected")


def begin(app: Any, verb: str) -> None:
    """The dialog, with a preview on its way."""
    run = app.state["bulk"]
    if run is not None and run["phase"] in ("running", "stopping"):
        app.toast("One verb on all that match at a time: stop the other one first", "bad")
        return
    route = app.state["route"]
    ask(app, "bulk", action=verb, route=dict(route), preview=None, excluded={})
    box = app.state["dialog"]
    _preview(app, box)
    _apart(app, box, "locked")
    if verb == "run-now":
        _apart(app, box, "failed")


def retry_group(app: Any, event: dict[str, Any]) -> None:
    """All jobs that failed of one error: to their list, and the question is asked there."""
    route = url_state.bare(app.state["route"], state=["failed"], error=[data(event, "name")])
    app.go(url_state.to_url(route))
    begin(app, "retry")


def _preview(app: Any, box: dict[str, Any]) -> None:
    """A dry run; where the database cannot count in time, the verb can be asked for all the same."""

    def done(answer: Any, error: Any) -> None:
        if answer is not None:
            box["preview"] = answer
        elif error.get("code") == "query_timeout":
            box["preview"] = {"count": None, "more": False, "sample": []}
        elif error.get("code") == "unauthorized":
            done_with(app, box)
        else:
            box["error"] = error

    values = {"priority": "0"} if box["action"] == "reschedule" else {}
    body = bodies.bulk(box["action"], queries.filter_members(box["route"]), values, "", "", True)
    post(app, "api/jobs/bulk", body, done, dry_run=True)


def _apart(app: Any, box: dict[str, Any], kind: str) -> None:
    """How many of them are of a kind that the verb leaves alone."""
    route = box["route"]
    if route["state"] and kind not in route["state"]:
        return

    def done(status: int, answer: Any, error: Any) -> None:
        if answer is not None:
            box["excluded"][kind] = answer

    query = queries.filter_query(dict(route, state=[kind]))
    http.call(app, "GET", "api/jobs/count" + query, None, done)


def confirmed(app: Any, box: dict[str, Any], run_at: str) -> None:
    """The first step is taken while the dialog is open: what is wrong with its fields is said at them."""
    box["busy"] = True
    found = box["preview"]
    run: dict[str, Any] = {
        "action": box["action"], "values": box["values"], "run_at": run_at, "db": box["route"]["db"],
        "filter": queries.filter_members(box["route"]), "cursor": "", "total": found["count"], "more": found["more"],
        "phase": "running", "outcomes": {}, "not_done": [], "groups": [], "lines": [], "error": None,
    }  # fmt: skip
    _step(app, run, box)


def _step(app: Any, run: dict[str, Any], box: Any = None) -> None:
    """POST api/jobs/bulk once; the answer decides whether there is a next time."""

    def done(answer: Any, error: Any) -> None:
        if box is not None and answer is None and error.get("field"):
            refuse(app, error, box)
            return
        if box is not None:
            _started(app, run, box)
        if answer is None:
            run.update({"phase": "broken", "error": error})
        else:
            _took(run, answer)
        _next(app, run)

    body = bodies.bulk(run["action"], run["filter"], run["values"], run["run_at"], run["cursor"], False)
    post(app, "api/jobs/bulk", body, done)


def _started(app: Any, run: dict[str, Any], box: dict[str, Any]) -> None:
    app.state.update({"bulk": run, "selected": {}, "all_matching": False, "result": None})
    done_with(app, box)


def _took(run: dict[str, Any], answer: dict[str, Any]) -> None:
    """Adds up what a step did."""
    outcomes = run["outcomes"]
    for one in answer["results"]:
        kind = job_actions.outcome_kind(one["outcome"], one.get("reason"))
        outcomes[kind] = outcomes.get(kind, 0) + 1
        row = (str(one["id"]), one["outcome"], one.get("reason") or "")
        if one["outcome"] != "done" and len(run["not_done"]) < REPORTED_MAX:
            run["not_done"].append(row)
        if len(run["lines"]) < REPORTED_MAX:
            run["lines"].append(rows.csv_line(row))
    run["cursor"] = answer["next"] or ""
    if not run["cursor"]:
        run["phase"] = "done"


def _next(app: Any, run: dict[str, Any]) -> None:
    if run["phase"] == "stopping":
        run["phase"] = "stopped"
    elif run["phase"] == "running" and app.state["route"]["db"] != run["db"]:
        run["phase"] = "stopped"
    if run["phase"] == "running":
        _step(app, run)
    else:
        groups = run["groups"] = job_actions.grouped(run["not_done"])
        why = job_actions.spoken_reasons(groups, database_now(app.state))
        app.say(job_actions.bulk_status(run) + (". " + why if why else ""))
        app.state["jobs"]["query"] = ""  # what is shown is past: the next list stands anew, nothing is held for anybody
        loaders.refresh(app)


def stop(app: Any, event: dict[str, Any]) -> None:
    """After the step that is under way."""
    if app.state["bulk"]["phase"] == "running":
        app.state["bulk"]["phase"] = "stopping"


def go_on(app: Any, event: dict[str, Any]) -> None:
    """From where it was stopped or broken off."""
    run = app.state["bulk"]
    if run["phase"] in ("stopped", "broken") and app.state["route"]["db"] == run["db"]:
        run.update({"phase": "running", "error": None})
        _step(app, run)


def dismiss(app: Any, event: dict[str, Any]) -> None:
    """The report has been read."""
    app.state["bulk"] = None


def copy_left(app: Any, event: dict[str, Any]) -> None:
    """The ids of what was left alone, one a line."""
    ids = [one[0] for one in app.state["bulk"]["not_done"]]
    copied(app, "\n".join(ids) + "\n", "Copied " + counted(len(ids), "id"))


def download(app: Any, event: dict[str, Any]) -> None:
    """The outcome of each id as CSV."""
    run = app.state["bulk"]
    head = rows.csv_line(("id", "outcome", "reason"))
    app.dom.download("%s-report.csv" % run["action"], head + "".join(run["lines"]), "text/csv")


TABLE = {
    "select-every": select_every,
    "retry-group": retry_group,
    "bulk-stop": stop,
    "bulk-go-on": go_on,
    "bulk-dismiss": dismiss,
    "bulk-copy": copy_left,
    "bulk-download": download,
}
