"""The stream of events: counts in place of asking for them, and a look at the list as soon as jobs are added.

Open only while somebody can see it and refreshes by itself; where it breaks the page asks as it always did and tries
again, after longer and longer pauses.
"""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.client.io import http, loaders
from graphile_worker.admin.client.model import reducers, search_slices, url_state

PAUSE_MAX = 60  # seconds between two tries
LOOK_MS = 1000  # from the first job added to the look at the list


def follow(app: Any) -> None:
    """Opens or closes it, as the state wants; called every second and after what changes the answer."""
    now = app.state["live"]
    wanted = address(app)
    if now["refresh_postponed"] and not now["refresh_scheduled"]:
        _look(app)
    if app.stream is None or wanted == now["stream_key"]:
        return
    if now["stream_key"]:
        app.stream.close()
        now.update({"connected": False, "stream_key": "", "pause_secs": 1, "retry_at_ms": 0.0})
    if wanted and app.state["now_ms"] >= now["retry_at_ms"]:
        now["stream_key"] = wanted
        path = url_state.of_database("api/events", app.state["route"]["db"])
        app.stream.open(path, http.headers(app, False), lambda kind, text: told(app, wanted, kind, text))


def address(app: Any) -> str:
    """Which stream is wanted, with the token that opens it; "" for none."""
    auth = app.state["auth"]
    if not app.state["preferences"]["auto"] or app.dom.hidden() or not auth["entered"]:
        return ""
    return "%s\n%s" % (app.state["route"]["db"], auth["token"])


def told(app: Any, wanted: str, kind: str, text: str) -> None:
    """An event of the stream, or its end."""
    now = app.state["live"]
    if now["stream_key"] != wanted or (kind != "end" and address(app) != wanted):
        return  # of another database or login, or of a tab that is hidden: it is changed with the next tick
    app.state["now_ms"] = app.dom.now_ms()
    was_up = now["connected"]
    if kind == "end":
        # the pause grows with every try that brought nothing; a stream that has lived begins anew
        now.update(
            {"connected": False, "stream_key": "", "retry_at_ms": app.state["now_ms"] + now["pause_secs"] * 1000}
        )
        now["pause_secs"] = min(PAUSE_MAX, now["pause_secs"] * 2)
        if was_up and not app.dom.hidden():
            _why_it_ended(app)
    elif kind == "hello":
        if now["pause_secs"] > 1:  # it was away: what it says of itself, and its CSRF token, may be new
            loaders.session(app)
        now.update({"connected": True, "pause_secs": 1})
    elif kind == "counts":
        _counts(app, text)
        return
    elif kind == "jobs":
        _added(app)
        return
    else:
        return
    app.draw()


def _why_it_ended(app: Any) -> None:
    """Asks at once: what took the stream away may have taken the database as well. Selected rows stay as they are."""
    if app.state["selected"]:
        loaders.overview(app)
    elif not app.state["auth"]["wanted"]:
        loaders.again(app)


def _counts(app: Any, text: str) -> None:
    try:
        reducers.apply_overview(app.state, json.loads(text))
    except (ValueError, KeyError):
        return  # the next one replaces it
    app.draw_within(loaders.COUNTS_MS)


def _added(app: Any) -> None:
    """One look at the list for all that is added within a second."""
    if not app.state["live"]["refresh_scheduled"]:
        app.state["live"]["refresh_scheduled"] = True
        app.dom.timer("live", LOOK_MS, lambda *_: _look(app))


def _look(app: Any) -> None:
    """Owed while rows are selected or an older answer is on its way; another screen asks when it comes to the jobs."""
    now = app.state["live"]
    now["refresh_scheduled"] = now["refresh_postponed"] = False
    app.state["now_ms"] = app.dom.now_ms()
    if (
        app.state["route"]["view"] != "jobs"
        or search_slices.long(app.state)
        or app.dom.hidden()
        or not now["connected"]
    ):
        return
    if app.state["selected"] or app.state["jobs"]["loading"]:
        now["refresh_postponed"] = True
        return
    loaders.jobs(app)
    loaders.count(app)
