"""Loads the parts of the state: which requests a screen needs, and what follows from an answer or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.io import http, saved_views, unknown_names, watching
from graphile_worker.admin.client.model import queries, reducers, url_state
from graphile_worker.admin.client.model.state import PARTS, redacted, request_error, searched_in_slices
from graphile_worker.admin.client.text.format import DAY, counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphile_worker.admin.client.model.types import (
        Activity,
        App,
        Count,
        Crontabs,
        Error,
        FailureHistogram,
        JobDetail,
        JobPage,
        Overview,
        PartName,
        Previews,
        Route,
        Session,
        T,
        TableName,
        TablePage,
    )  # fmt: skip

SCROLLED = 80  # pixels
COUNTS_MS = 40  # counts are drawn after this time, together with rows or other counts that arrive meanwhile
FRESH_MS = 2000  # within this time another filter does not load the counts of the whole table again


def everything(app: App) -> None:
    """Loads the session and the screen: at once, or one after the other where a login is needed first."""

    def answered(ok: bool) -> None:
        if not app.state["auth"]["wanted"]:
            refresh(app)

    if app.state["auth"]["entered"]:
        session(app)
        refresh(app)
    else:
        session(app, answered)


def session(app: App, then: Callable[[bool], None] | None = None) -> None:
    """Loads the session, and calls `then` with whether that succeeded."""

    def done(status: int, answer: Session | None, error: Error) -> None:
        app.state["auth"]["problem"] = error or None
        if answer is not None:
            reducers.apply_session(app.state, answer)
            saved_views.read(app)
            if app.state["dialog"] is not None:  # it stayed open during the login
                app.draw()
                app.dom.open_dialog("gw-box")
        if then is not None:
            then(answer is not None)

    http.call(app, "GET", "api/session", None, done, None if then is None else lambda: then(False))


def refresh(app: App, counted: bool = False) -> None:
    """Loads everything on the screen and restarts the timer. `counted`: the stream sends the counts."""
    screen(app)
    if not counted:
        overview(app)
    if app.state["route"]["job"]:
        detail(app)
    watching.load(app)
    start_timer(app)


def start_timer(app: App) -> None:
    """Starts the timer of automatic refreshes, which pause on a hidden tab and while rows are selected."""
    seconds = app.state["preferences"]["auto"]
    app.dom.timer("auto", (seconds or 3600) * 1000, lambda *_: _due(app))


def _due(app: App) -> None:
    app.state["now_ms"] = app.dom.now_ms()
    waits = (
        app.state["selected"] and request_error(app.state) is None
    )  # after an error the page tries until there is an answer
    idle = not app.state["preferences"]["auto"] or app.dom.hidden() or waits or app.state["auth"]["wanted"]
    if idle or [name for name in PARTS if app.state[name]["loading"]]:
        start_timer(app)
    else:
        auto_refresh(app)


def auto_refresh(app: App) -> None:
    """Refreshes without a click; a search in several slices is not repeated."""
    if searched_in_slices(app.state):
        overview(app)
        start_timer(app)
    else:
        refresh(app, app.state["live"]["connected"])


def load(app: App, name: PartName, path: str, apply: Callable[[T], None], draw_ms: int = 0) -> None:
    """GET for one part of the state; a later request for it drops this answer. `draw_ms` as in http.call."""
    app.ticket += 1
    ticket = app.ticket
    app.tickets[name] = ticket
    part = app.state[name]
    part["loading"] = True
    started = app.dom.now_ms()

    def done(status: int, answer: T | None, error: Error) -> None:
        if app.tickets[name] != ticket:
            return
        part["duration_ms"] = app.state["now_ms"] - started
        before = part["error"]
        if answer is None:
            reducers.apply_error(part, error)
            return
        apply(answer)
        known = app.state["session"]
        away = known is not None and known.get("database", "") is None
        if before is not None:
            app.state["live"].update({"pause_secs": 1, "retry_at_ms": 0.0})  # the stream may be opened again
        if before is not None or (away and name == "overview"):  # the warnings of the session may not apply any more
            session(app)

    http.call(app, "GET", path, None, done, None, draw_ms)


def jobs(app: App, then: Callable[[int], None] | None = None) -> None:
    """The list of jobs; calls `then` with the milliseconds since the database answered."""
    route = app.state["route"]
    query = queries.list_query(route)

    def apply(answer: JobPage) -> None:
        busy = app.dom.scroll_top("html") > SCROLLED or len(app.state["selected"]) > 0
        turned = app.state["jobs"]["query"] != query
        every = app.state["all_matching"] and not app.state["selected"]  # on another screen
        reducers.apply_jobs(app.state, answer, query, url_state.sort_of(route) if busy else "")
        if every and app.state["jobs"]["rows"]:
            app.state["selected"] = {row["id"]: True for row in app.state["jobs"]["rows"]}
            app.state["all_matching"] = True
        if turned:
            app.say(counted(len(app.state["jobs"]["rows"]), "job") + " shown")
        unknown_names.check(app)
        next_slice(app)
        if then is not None:
            then(answer.get("age_ms") or 0)

    load(app, "jobs", "api/jobs" + query, apply)


def next_slice(app: App) -> None:
    """Loads the next slice of a search until the page is full, all is searched, or a person stops it."""
    part, route = app.state["jobs"], app.state["route"].copy()
    if part["slice"] is None or not part["slice"]["going"]:
        return
    route.update({"cursor": part["next"] or "", "limit": max(1, route["limit"] - len(part["rows"]))})

    def apply(answer: JobPage) -> None:
        reducers.apply_slice(app.state, answer)
        if part["slice"] is None or not part["slice"]["going"]:
            app.say(counted(len(part["rows"]), "job") + " found")
        next_slice(app)

    load(app, "jobs", "api/jobs" + queries.list_query(route), apply)


def table(app: App, name: TableName) -> None:
    """A page of queues, tasks, errors or workers."""
    part = app.state[name]
    if redacted(app.state) and part["error"] is not None and part["error"].get("code") == "redacted":
        return
    route = app.state["route"]
    query, text = queries.table_query(route), route["search"].strip()

    def apply(answer: TablePage) -> None:
        reducers.apply_table(app.state, name, answer, query, text)

    load(app, name, "api/" + name + query, apply)


def screen(app: App) -> None:
    """The main requests of the screen."""
    view = app.state["route"]["view"]
    if view == "jobs":
        jobs(app)
        count(app)
        activity(app)
    elif url_state.is_table(view):
        table(app, view)
        if view == "errors":
            histogram(app)
    else:
        maintenance(app)
        crontabs(app)


def count(app: App) -> None:
    """How many jobs match, by state, where the overview does not have it. A search shows its own progress."""
    route = app.state["route"]
    query, others = queries.filter_query(route), queries.others_query(route)
    if app.state["count"]["query"] != query:
        app.state["count"]["error"] = None

    def apply(answer: Count) -> None:
        reducers.apply_count(app.state, answer, query, others)

    if queries.counted_apart(route) and not route["search"].strip():
        load(app, "count", "api/jobs/count%s&stats=true" % query, apply, COUNTS_MS)


def overview(app: App) -> None:
    """The counts of the whole table."""

    def apply(answer: Overview) -> None:
        reducers.apply_overview(app.state, answer)

    load(app, "overview", "api/overview?parts=stats", apply, COUNTS_MS)


def activity(app: App) -> None:
    """The points of the charts, while these are shown."""

    def apply(answer: Activity) -> None:
        reducers.apply_activity(app.state, answer)

    if app.state["preferences"]["activity"]:
        load(app, "activity", "api/activity", apply, COUNTS_MS)


def histogram(app: App) -> None:
    """Failures over time, for a user who may see error texts."""

    def apply(answer: FailureHistogram) -> None:
        reducers.apply_histogram(app.state, answer)

    if not redacted(app.state):
        load(app, "histogram", "api/errors/histogram?seconds=%d" % DAY, apply, COUNTS_MS)


def maintenance(app: App) -> None:
    """The previews of every maintenance operation."""

    def apply(answer: Previews) -> None:
        reducers.apply_maintenance(app.state, answer)

    load(app, "maintenance", "api/maintenance?older_than_secs=" + app.state["old_secs"], apply)


def crontabs(app: App) -> None:
    """The known crontabs, on the screen Maintenance."""

    def apply(answer: Crontabs) -> None:
        reducers.apply_crontabs(app.state, answer)

    load(app, "crontabs", "api/crontabs", apply, COUNTS_MS)


def detail(app: App) -> None:
    """The open job, with its payload as text."""
    part, wanted = app.state["detail"], app.state["route"]["job"]
    if part["id"] != wanted:
        part.update({"error": None, "job": None, "id": "", "status": "first", "raw": False})

    def apply(answer: JobDetail) -> None:
        reducers.apply_detail(app.state, answer)

    load(app, "detail", "api/jobs/%s?payload=text&last_error=cut" % wanted, apply)


def after_route(app: App, before: Route) -> None:
    """Loads what the present route needs and the one before did not."""
    now = app.state["route"]
    if app.state["auth"]["wanted"]:
        return
    turned = before["view"] != now["view"] or queries.screen_query(before) != queries.screen_query(now)
    if now["job"] and now["job"] != before["job"]:
        detail(app)
        # the button, not the panel: the inside of a focused element is not morphed
        app.dom.timer("focus", 30, lambda *_: app.dom.focus("#gw-job-close"))
    elif before["job"] and not now["job"]:
        app.dom.focus("#row-%s .c-task a" % before["job"])
    if turned:
        screen(app)
        if not app.state["live"]["connected"] and app.dom.now_ms() - app.state["overview"]["got_ms"] >= FRESH_MS:
            overview(app)
        start_timer(app)
