"""The stream of server-sent events: new counts, a refresh of the list as soon as jobs are added, and whether the
database answers.

It is open while the tab is visible and refreshes automatically. While it is broken the page polls; it is opened again
after pauses that grow.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from graphile_worker.admin.client.io import http, loaders
from graphile_worker.admin.client.model import reducers, url_state
from graphile_worker.admin.client.model.state import request_error, searched_in_slices, shown_part

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App

PAUSE_MAX = 60  # seconds between two attempts to connect
BURST_MS = 40  # from the first added job to the refresh of the list: jobs that are added together are loaded together
REFRESH_MS = 500  # between two such refreshes
AGAIN_MAX_MS = 4000  # longest pause before a list that is older than the added job is loaded again


def follow(app: App) -> None:
    """Opens or closes the stream as the state requires; called every second and after preferences or visibility change."""
    now = app.state["live"]
    wanted = wanted_key(app)
    if now["refresh_postponed"] and not now["refresh_scheduled"]:
        _refresh_list(app)
    if app.stream is None or wanted == now["stream_key"]:
        return
    if now["stream_key"]:
        app.stream.close()
        now.update({"connected": False, "listening": False, "stream_key": "", "pause_secs": 1, "retry_at_ms": 0.0})
    if wanted and app.state["now_ms"] >= now["retry_at_ms"]:
        now["stream_key"] = wanted
        path = url_state.of_database("api/events", app.state["route"]["db"])
        app.stream.open(path, http.headers(app, False), lambda kind, text: received(app, wanted, kind, text))


def wanted_key(app: App) -> str:
    """The database and the token of the stream that should be open; "" for none."""
    auth = app.state["auth"]
    if not app.state["preferences"]["auto"] or app.dom.hidden() or not auth["entered"]:
        return ""
    return "%s\n%s" % (app.state["route"]["db"], auth["token"])


def received(app: App, wanted: str, kind: str, text: str) -> None:
    """Handles an event of the stream, or its end."""
    now = app.state["live"]
    if now["stream_key"] != wanted or (kind != "end" and wanted_key(app) != wanted):
        return  # of another database or login, or the tab is hidden: the next tick changes the stream
    app.state["now_ms"] = app.dom.now_ms()
    was_up = now["connected"]
    if kind == "end":
        # a stream that was connected starts again with the shortest pause
        now.update(
            {
                "connected": False,
                "listening": False,
                "stream_key": "",
                "retry_at_ms": app.state["now_ms"] + now["pause_secs"] * 1000,
            }
        )
        now["pause_secs"] = min(PAUSE_MAX, now["pause_secs"] * 2)
        if was_up and not app.dom.hidden():
            _check_database(app)
    elif kind == "hello":
        if now["pause_secs"] > 1:  # the server may have been restarted, with another CSRF token
            loaders.session(app)
        _hello(app, text)
    elif kind == "counts":
        _counts(app, text)
        return
    elif kind == "jobs":
        _added(app)
        return
    elif kind == "database":
        _database(app, text)
    else:
        return
    app.draw()


def _hello(app: App, text: str) -> None:
    """The stream is up. Jobs that were added while nothing listened are loaded now."""
    now = app.state["live"]
    listening = bool(_decoded(text).get("listening"))
    if listening and not now["listening"]:
        _added(app)
    now.update({"connected": True, "listening": listening, "pause_secs": 1})
    if request_error(app.state) is not None:
        loaders.auto_refresh(app)


def _database(app: App, text: str) -> None:
    """The database does not answer: the page shows the reason. It answers again: the page is loaded again."""
    found = _decoded(text)
    error = found.get("error")
    if isinstance(error, dict):
        for part in (shown_part(app.state), app.state["overview"]):
            reducers.apply_shared_error(part, error)  # type: ignore[arg-type]  # an error of the API
    elif found.get("available") and request_error(app.state) is not None:
        loaders.auto_refresh(app)


def _decoded(text: str) -> dict[str, object]:
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


def _check_database(app: App) -> None:
    """Sends a request at once: the database may be away too. While rows are selected the list is not refreshed."""
    if app.state["selected"]:
        loaders.overview(app)
    elif not app.state["auth"]["wanted"]:
        loaders.auto_refresh(app)


def _counts(app: App, text: str) -> None:
    try:
        reducers.apply_overview(app.state, json.loads(text))
    except (ValueError, KeyError):
        return  # the next event replaces it
    app.draw_within(loaders.COUNTS_MS)


def _added(app: App) -> None:
    """Schedules one refresh of the list for all jobs that are added before it."""
    now = app.state["live"]
    now.update({"added_ms": app.state["now_ms"], "again_ms": REFRESH_MS})
    _schedule(app, max(BURST_MS, int(now["refreshed_ms"] + REFRESH_MS - app.state["now_ms"])))


def _schedule(app: App, ms: int) -> None:
    if not app.state["live"]["refresh_scheduled"]:
        app.state["live"]["refresh_scheduled"] = True
        app.dom.timer("live", min(ms, AGAIN_MAX_MS), lambda *_: _refresh_list(app))


def _refresh_list(app: App) -> None:
    """Refreshes the list; postponed while rows are selected or an answer is awaited, left out on other screens."""
    now = app.state["live"]
    now["refresh_scheduled"] = now["refresh_postponed"] = False
    app.state["now_ms"] = app.dom.now_ms()
    if (
        app.state["route"]["view"] != "jobs"
        or searched_in_slices(app.state)
        or app.dom.hidden()
        or not now["connected"]
    ):
        return
    if app.state["selected"] or app.state["jobs"]["loading"]:
        now["refresh_postponed"] = True
        return
    now["refreshed_ms"] = app.state["now_ms"]
    loaders.jobs(app, lambda age_ms: _loaded(app, age_ms))
    loaders.count(app)


def _loaded(app: App, age_ms: int) -> None:
    """A list arrived, which the database answered `age_ms` ago: one from before the added job is loaded again, after pauses
    that grow, until the polling does it."""
    now = app.state["live"]
    if app.state["now_ms"] - age_ms < now["added_ms"] and now["again_ms"] <= AGAIN_MAX_MS:
        _schedule(app, now["again_ms"])
        now["again_ms"] *= 2
