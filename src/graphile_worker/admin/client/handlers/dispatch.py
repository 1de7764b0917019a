"""What a person does, as a table from data-action to a function of the state. Writes stand in writes.py."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.handlers import (
    bulk,
    export,
    filtering,
    keyboard,
    maintenance,
    palette,
    selection,
    settings,
    undo,
    writes,
)
from graphile_worker.admin.client.io import live, loaders
from graphile_worker.admin.client.model import reducers, search_slices, state, url_state

QUICK_MS = 100  # typing asks at once where the last list came this quickly; else it rests as long as that took longer
AGAIN_MS = 20  # between two looks whether the list that is on its way has come
REST_MAX = 400  # milliseconds, also for a list that is on its way


def dispatch(app: Any, event: dict[str, Any]) -> None:
    """Finds the function of an event; unknown ones do nothing."""
    kind = event.get("type")
    if kind == "key":
        keyboard.pressed(app, event)
    elif kind == "popstate":
        app.follow(app.dom.url())
    elif kind == "visible":
        live.follow(app)
        if not app.dom.hidden() and app.state["preferences"]["auto"] and not app.state["selected"]:
            loaders.again(app)
    else:
        for table in (
            TABLE,
            filtering.TABLE,
            bulk.TABLE,
            selection.TABLE,
            settings.TABLE,
            export.TABLE,
            undo.TABLE,
            writes.TABLE,
            maintenance.TABLE,
            palette.TABLE,
        ):
            act = table.get(event.get("action") or "")
            if act is not None:
                act(app, event)


def change(app: Any, **changes: Any) -> None:
    """The present address with other values; goes into the history."""
    app.go(url_state.to_url(app.state["route"], **changes))


def go(app: Any, event: dict[str, Any]) -> None:
    """A link of ours."""
    app.go(data(event, "href"))


def open_job(app: Any, event: dict[str, Any]) -> None:
    """A row, or the task in it."""
    app.state["focused_id"] = data(event, "id")
    change(app, job=data(event, "id"))


def database(app: Any, event: dict[str, Any]) -> None:
    """Another queue of this server: the same screen, without filters that mean nothing there."""
    several = (app.state["session"] or {}).get("databases") or []
    name = str(event.get("value") or "")
    first = bool(several) and several[0]["name"] == name
    app.go(url_state.to_url(url_state.bare({"db": "" if first else name}, view=app.state["route"]["view"])))


def refresh(app: Any, event: dict[str, Any]) -> None:
    """Asked for by hand: also while rows are selected."""
    if app.state["session"] is None:
        loaders.session(app)
    loaders.refresh(app)


def search(app: Any, event: dict[str, Any]) -> None:
    """Typing: the address follows at once where lists come quickly, else when the typing rests."""
    text = str(event.get("value") or "")
    app.state.update({"typed": text, "typed_ms": app.state["now_ms"]})
    rest = int(state.shown_part(app.state).get("duration_ms") or 0) - QUICK_MS
    _rest(app, text, app.state["route"], min(REST_MAX, rest), REST_MAX)


def _rest(app: Any, text: str, before: dict[str, Any], rest: int, most: int) -> bool:
    """Asks after `rest` milliseconds, and up to `most` later while another list is on its way; True if that is now."""
    if rest <= 0 and most > 0 and state.shown_part(app.state)["loading"]:
        rest = AGAIN_MS
    if rest > 0:
        app.dom.timer("typing", rest, lambda *_: _rested(app, text, before, most - rest))
        return False
    _searched(app, text, before)
    return True


def _rested(app: Any, text: str, before: dict[str, Any], most: int) -> None:
    if app.state["typed"] == text and _rest(app, text, before, 0, most):
        app.draw()


def _searched(app: Any, text: str, before: dict[str, Any]) -> None:
    """Not on another screen than it was typed on; a job opened since then stays open."""
    route = app.state["route"]
    if text.strip() == route["search"] or [name for name in ("db", "view", "search") if route[name] != before[name]]:
        return
    generation = app.state["input_version"]
    job = "" if route["job"] == before["job"] else route["job"]
    app.go(url_state.to_url(route, search=text.strip(), job=job), route["search"] != "")
    app.state["input_version"] = generation  # the box in use stays the one it is


def limit(app: Any, event: dict[str, Any]) -> None:
    """Rows per page."""
    change(app, limit=int(event.get("value") or 100), job="")


def show_new(app: Any, event: dict[str, Any]) -> None:
    """The pill: what waited comes in, at the top."""
    reducers.show_held(app.state)
    app.draw()
    app.dom.scroll_up()


def raw(app: Any, event: dict[str, Any]) -> None:
    """Payload as stored, or indented."""
    app.state["detail"]["raw"] = not app.state["detail"]["raw"]


def search_stop(app: Any, event: dict[str, Any]) -> None:
    """What was found stays; the slice that is under way is the last."""
    app.state["jobs"]["slice"]["going"] = False


def search_on(app: Any, event: dict[str, Any]) -> None:
    """On from where the search stood still."""
    part = app.state["jobs"]
    if part["slice"] is not None and part["slice"]["partial"]:
        part["slice"]["going"], part["error"] = True, None
        if not part["loading"]:
            search_slices.go_on(app, loaders.read)


TABLE = {
    "search-stop": search_stop,
    "search-on": search_on,
    "go": go,
    "open": open_job,
    "database": database,
    "refresh": refresh,
    "search": search,
    "limit": limit,
    "show-new": show_new,
    "raw": raw,
}
