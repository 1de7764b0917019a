"""Reads: which answers a screen needs, how they are asked for, what happens when they do not come."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.io import http, queries
from graphile_worker.admin.client.model import reducers, search_slices, url_state
from graphile_worker.admin.client.model.state import redacted, trouble
from graphile_worker.admin.client.text.format import counted

SCROLLED = 80
COUNTS_MS = 40  # from new counts to their picture: the rows, or a burst of counts, are drawn with them
FRESH_MS = 2000  # counts of the whole table that came since, however old, are not asked for again by another filter


def everything(app: Any) -> None:
    """The session, and what the screen needs alongside; after it where a 401 is to be expected, which it answers alone."""

    def answered(ok: bool) -> None:
        if not app.state["auth"]["wanted"]:
            refresh(app)

    if app.state["auth"]["entered"]:
        session(app)
        refresh(app)
    else:
        session(app, answered)


def session(app: Any, then: Any = None) -> None:
    """GET api/session."""

    def done(status: int, answer: Any, error: Any) -> None:
        app.state["auth"]["problem"] = error
        if answer is not None:
            reducers.apply_session(app.state, answer)
            if app.state["dialog"] is not None:  # it may have waited for the login
                app.draw()
                app.dom.open_dialog("gw-box")
        if then is not None:
            then(answer is not None)

    http.call(app, "GET", "api/session", None, done, None if then is None else lambda: then(False))


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
    seconds = app.state["preferences"]["auto"]
    app.dom.timer("auto", (seconds or 3600) * 1000, lambda *_: _due(app))


def _due(app: Any) -> None:
    app.state["now_ms"] = app.dom.now_ms()
    waits = app.state["selected"] and trouble(app.state) is None  # after an error it is asked until there is an answer
    idle = not app.state["preferences"]["auto"] or app.dom.hidden() or waits or app.state["auth"]["wanted"]
    if idle or [name for name in http.PARTS if app.state[name]["loading"]]:
        arm(app)
    else:
        again(app)


def again(app: Any) -> None:
    """A refresh that nobody asked for."""
    if search_slices.long(app.state):
        overview(app)
        arm(app)
    else:
        refresh(app, app.state["live"]["connected"])


def read(app: Any, name: str, path: str, took: Any, rest: int = 0) -> None:
    """GET for one part of the state; a later question makes an earlier answer void. `rest` as in exchange.call."""
    app.ticket += 1
    ticket = app.ticket
    app.tickets[name] = ticket
    part = app.state[name]
    part["loading"] = True
    begun = app.dom.now_ms()

    def done(status: int, answer: Any, error: Any) -> None:
        if app.tickets[name] != ticket:
            return
        part["duration_ms"] = app.state["now_ms"] - begun
        before = part["error"]
        if answer is None:
            reducers.apply_error(part, error)
            return
        took(answer)
        away = (app.state["session"] or {}).get("database", "") is None
        if before is not None or (away and name == "overview"):  # what the session warns of may be gone as well
            session(app)

    http.call(app, "GET", path, None, done, None, rest)


def jobs(app: Any) -> None:
    """The list of the address."""
    route = app.state["route"]
    query = queries.list_query(route)

    def took(answer: dict[str, Any]) -> None:
        busy = app.dom.scroll_top("html") > SCROLLED or len(app.state["selected"]) > 0
        turned = app.state["jobs"]["query"] != query
        reducers.apply_jobs(app.state, answer, query, url_state.sort_of(route) if busy else "")
        if turned:
            app.say(counted(len(app.state["jobs"]["rows"]), "job") + " shown")
        search_slices.go_on(app, read)

    read(app, "jobs", "api/jobs" + query, took)


def table(app: Any, name: str) -> None:
    """A page of queues, tasks, errors or workers."""
    part = app.state[name]
    if redacted(app.state) and (part["error"] or {}).get("code") == "redacted":
        return
    route = app.state["route"]
    query, text = queries.table_query(route), route["search"].strip()
    read(app, name, "api/" + name + query, lambda answer: reducers.apply_table(app.state, name, answer, query, text))


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
    query = queries.filter_query(route)
    if app.state["count"]["query"] != query:
        app.state["count"]["error"] = None
    if queries.counted_apart(route) and not route["search"].strip():
        path = "api/jobs/count" + query
        read(app, "count", path, lambda answer: reducers.apply_count(app.state, answer, query), COUNTS_MS)


def overview(app: Any) -> None:
    """Counts of the whole table."""
    path = "api/overview?parts=stats"
    read(app, "overview", path, lambda answer: reducers.apply_overview(app.state, answer), COUNTS_MS)


def activity(app: Any) -> None:
    """What happened lately, while it is shown."""
    if app.state["preferences"]["activity"]:
        read(app, "activity", "api/activity", lambda answer: reducers.apply_activity(app.state, answer), COUNTS_MS)


def upkeep(app: Any) -> None:
    """Previews of every maintenance operation."""
    path = "api/maintenance?older_than_secs=" + app.state["old_secs"]
    read(app, "maintenance", path, lambda answer: reducers.apply_maintenance(app.state, answer))


def detail(app: Any) -> None:
    """The open job, with its payload as text."""
    part, wanted = app.state["detail"], app.state["route"]["job"]
    if part["id"] != wanted:
        part.update({"error": None, "job": None, "id": "", "status": "first", "raw": False})
    read(
        app,
        "detail",
        "api/jobs/%s?payload=text&last_error=cut" % wanted,
        lambda answer: reducers.apply_detail(app.state, answer),
    )


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
        if not app.state["live"]["connected"] and app.dom.now_ms() - app.state["overview"]["got_ms"] >= FRESH_MS:
            overview(app)
        arm(app)


def asked_of(route: dict[str, Any]) -> str:
    """The query that the screen of a route asks with."""
    return queries.table_query(route) if route["view"] in url_state.TABLES else queries.list_query(route)
