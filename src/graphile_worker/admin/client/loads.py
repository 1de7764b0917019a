"""Reads: which answers a screen needs, how they are asked for, what happens when they do not come."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.client import slices, state, url_state

SCROLLED = 80
PARTS = ("jobs", "count", "overview", "queues", "tasks", "errors", "workers", "detail", "upkeep", "activity")
_NO_ANSWER = {"code": "network", "error": "The admin server does not answer."}


def call(app: Any, method: str, path: str, body: str | None, done: Any) -> None:
    """One request; `done(status, answer, error)` with answer as dict, or error as `{error, code, …}`.

    What came with the page is taken at once and nobody is asked.
    """
    path = url_state.of_database(path, app.state["route"]["db"])
    if path in app.seeds:
        status, body = app.seeds.pop(path)
        done(status, *judged(status, body))
        return
    token = app.state["auth"]["token"]

    def arrived(status: int, text: str) -> None:
        app.state["now_ms"] = app.dom.now_ms()
        answer, error = understood(status, text)
        if status == 401 and app.state["auth"]["mode"] in ("bearer", "header"):
            if app.state["auth"]["token"] == token:  # an answer to an older token says nothing about this one
                logged_out(app)
        else:
            done(status, answer, error)
        app.draw()

    app.request(method, path, body, headers(app, method == "POST"), arrived)


def understood(status: int, text: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """(answer, None) or (None, error) of what came over the wire."""
    if status == 0:
        return None, dict(_NO_ANSWER)
    try:
        body = json.loads(text)
    except (ValueError, RuntimeError):
        body = None
    return judged(status, body)


def judged(status: int, body: Any) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """As `understood`, of JSON that is read already."""
    if 200 <= status < 300 and isinstance(body, dict):
        return body, None
    if isinstance(body, dict) and body.get("error"):
        return None, body
    return None, {"code": "http_%d" % status, "error": "The server answered %d without an explanation." % status}


def headers(app: Any, write: bool) -> dict[str, str]:
    """Accept, credentials of the token modes, the CSRF token on writes."""
    out = {"accept": "application/json"}
    auth = app.state["auth"]
    if auth["token"]:
        if auth["mode"] == "bearer":
            out["authorization"] = "Bearer " + auth["token"]
        elif auth["mode"] == "header":
            out[auth["header"]] = auth["token"]
    if write:
        session = app.state["session"] or {}
        out["content-type"] = "application/json"
        name = session.get("csrf_header") or app.dom.root("csrf-header") or CSRF_HEADER
        out[name] = session.get("csrf_token") or app.dom.root("csrf")
    return out


def logged_out(app: Any) -> None:
    """A 401 in a token mode: the token is forgotten and the panel asks for another."""
    auth = app.state["auth"]
    auth.update({"wanted": True, "refused": auth["refused"] or auth["token"] != "", "token": ""})
    app.dom.tab_set("gw-token", "")
    for name in PARTS:
        app.state[name]["loading"] = False
    state.broke_off(app.state)


def everything(app: Any) -> None:
    """The session first; what the screen needs alongside."""
    auth = app.state["auth"]
    if auth["mode"] in ("bearer", "header") and not auth["token"]:
        auth["wanted"] = True
        return
    session(app)
    refresh(app)


def session(app: Any, then: Any = None) -> None:
    """GET api/session."""

    def done(status: int, answer: Any, error: Any) -> None:
        if answer is not None:
            state.took_session(app.state, answer)
        if then is not None:
            then(answer is not None)

    call(app, "GET", "api/session", None, done)


def refresh(app: Any, counted: bool = False) -> None:
    """Everything the screen shows, in place; arms the next automatic one. `counted`: the counts come by themselves."""
    screen(app)
    if not counted:
        overview(app)
    if app.state["route"]["job"]:
        detail(app)
    arm(app)


def arm(app: Any) -> None:
    """The timer of auto refresh: off on a hidden tab and while rows are selected."""
    seconds = app.state["look"]["auto"]
    app.dom.timer("auto", (seconds or 3600) * 1000, lambda *_: _due(app))


def _due(app: Any) -> None:
    app.state["now_ms"] = app.dom.now_ms()
    idle = not app.state["look"]["auto"] or app.dom.hidden() or app.state["selected"] or app.state["auth"]["wanted"]
    if idle or [name for name in PARTS if app.state[name]["loading"]]:
        arm(app)
    else:
        again(app)


def again(app: Any) -> None:
    """A refresh that nobody asked for."""
    if slices.long(app.state):
        overview(app)
        arm(app)
    else:
        refresh(app, app.state["live"]["up"])


def read(app: Any, name: str, path: str, took: Any) -> None:
    """GET for one part of the state; a later question makes an earlier answer void."""
    app.ticket += 1
    ticket = app.ticket
    app.tickets[name] = ticket
    part = app.state[name]
    part["loading"] = True
    begun = app.dom.now_ms()

    def done(status: int, answer: Any, error: Any) -> None:
        if app.tickets[name] != ticket:
            return
        part["took_ms"] = app.state["now_ms"] - begun
        if answer is None:
            state.refused(part, error)
        else:
            took(answer)

    call(app, "GET", path, None, done)


def jobs(app: Any) -> None:
    """The list of the address."""
    route = app.state["route"]
    query = url_state.list_query(route)
    first = not route["cursor"] and url_state.sort_of(route) == url_state.NEWEST_FIRST

    def took(answer: dict[str, Any]) -> None:
        hold = first and (app.dom.scroll_top("html") > SCROLLED or len(app.state["selected"]) > 0)
        turned = app.state["jobs"]["query"] != query
        state.took_jobs(app.state, answer, query, hold)
        if turned:
            app.say("%d jobs shown" % len(app.state["jobs"]["rows"]))
        slices.go_on(app, read)

    read(app, "jobs", "api/jobs" + query, took)


def table(app: Any, name: str) -> None:
    """A page of queues, tasks or workers."""
    route = app.state["route"]
    query, text = url_state.table_query(route), route["search"].strip()
    read(app, name, "api/" + name + query, lambda answer: state.took_table(app.state, name, answer, query, text))


def screen(app: Any) -> None:
    """What the present screen is made of."""
    view = app.state["route"]["view"]
    if view == "jobs":
        jobs(app)
        count(app)
        activity(app)
    elif view == "maintenance":
        upkeep(app)
    else:
        table(app, view)


def count(app: Any) -> None:
    """How many jobs the filters leave, where the overview does not say it; a search tells by itself."""
    route = app.state["route"]
    query = url_state.filter_query(route)
    if app.state["count"]["query"] != query:
        app.state["count"]["error"] = None
    if url_state.counted_apart(route) and not route["search"].strip():
        read(app, "count", "api/jobs/count" + query, lambda answer: state.took_count(app.state, answer, query))


def overview(app: Any) -> None:
    """Counts of the whole table."""
    read(app, "overview", "api/overview?parts=stats", lambda answer: state.took_overview(app.state, answer))


def activity(app: Any) -> None:
    """What happened lately, while it is shown."""
    if app.state["look"]["activity"]:
        read(app, "activity", "api/activity", lambda answer: state.took_activity(app.state, answer))


def upkeep(app: Any) -> None:
    """Previews of every maintenance operation."""
    path = "api/maintenance?older_than_secs=" + app.state["old_secs"]
    read(app, "upkeep", path, lambda answer: state.took_upkeep(app.state, answer))


def detail(app: Any) -> None:
    """The open job, with its payload as text."""
    part, wanted = app.state["detail"], app.state["route"]["job"]
    if part["id"] != wanted:
        part.update({"error": None, "job": None, "id": "", "status": "first", "raw": False})
    read(app, "detail", "api/jobs/%s?payload=text" % wanted, lambda answer: state.took_detail(app.state, answer))


def after_route(app: Any, before: dict[str, Any]) -> None:
    """Asks for what another address needs, and nothing else."""
    now = app.state["route"]
    if app.state["auth"]["wanted"]:
        return
    turned = before["view"] != now["view"] or asked_of(before) != asked_of(now)
    if now["job"] and now["job"] != before["job"]:
        detail(app)
        # the button, not the panel: the morph leaves alone what is inside the focused element
        app.dom.timer("focus", 30, lambda *_: app.dom.focus("#gw-job-close"))
    elif before["job"] and not now["job"]:
        app.dom.focus("#row-%s .c-task a" % before["job"])
    if turned:
        screen(app)
        overview(app)
        arm(app)


def asked_of(route: dict[str, Any]) -> str:
    """The query that the screen of a route asks with."""
    return url_state.table_query(route) if route["view"] in url_state.TABLES else url_state.list_query(route)
