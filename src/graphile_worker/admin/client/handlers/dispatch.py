"""The table of handlers: each event of the page is handled by one function. `client.later` has those of the second file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client import later
from graphile_worker.admin.client.events import data, value
from graphile_worker.admin.client.handlers import filtering, keyboard, selection, settings
from graphile_worker.admin.client.io import live, loaders
from graphile_worker.admin.client.model import reducers, state, url_state

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Event, Handler, Route

QUICK_MS = (
    100  # a list that took at most this long is loaded with every key; else typing must rest for the time above it
)
AGAIN_MS = 20  # between two checks whether the awaited list has arrived
REST_MAX = 400  # milliseconds, also of waiting for the awaited list


def dispatch(app: App, event: Event) -> None:
    """Calls the handler of an event; unknown actions are ignored."""
    kind, action = event.get("type"), _action(app, event)
    if action:
        handler = HANDLERS.get(action) or later.table().get(action)
        if handler is not None:
            handler(app, event)
    elif kind == "key":
        keyboard.pressed(app, event)
    elif kind == "popstate":
        app.follow(app.dom.url())
    elif kind == "visible":
        live.follow(app)
        if not app.dom.hidden() and app.state["preferences"]["auto"] and not app.state["selected"]:
            loaders.auto_refresh(app)


def is_later(app: App, event: Event) -> bool:
    """Whether the handler of the event is in the second file."""
    action = _action(app, event)
    return action != "" and action not in HANDLERS


def _action(app: App, event: Event) -> str:
    return keyboard.action(app, event) if event.get("type") == "key" else event.get("action") or ""


def go(app: App, event: Event) -> None:
    """A link to another address of the page."""
    app.go(data(event, "href"))


def open_job(app: App, event: Event) -> None:
    """A click on a row, or on the task in it."""
    app.state["focused_id"] = data(event, "id")
    app.go(url_state.to_url(app.state["route"], job=data(event, "id")))


def database(app: App, event: Event) -> None:
    """Another queue of this server: the same screen, without filters."""
    session = app.state["session"]
    several = (session and session.get("databases")) or []
    name = value(event)
    route = url_state.bare(app.state["route"], view=app.state["route"]["view"])
    route["db"] = "" if several and several[0]["name"] == name else name
    app.go(url_state.to_url(route))


def refresh(app: App, event: Event) -> None:
    """The refresh button, which also works while rows are selected."""
    if app.state["session"] is None:
        loaders.session(app)
    loaders.refresh(app)


def search(app: App, event: Event) -> None:
    """Typing: the address follows at once where lists arrive quickly, else when the typing rests."""
    app.state.update({"typed": value(event), "typed_ms": app.state["now_ms"]})
    rest = int(state.shown_part(app.state).get("duration_ms") or 0) - QUICK_MS
    _search_after(app, value(event), app.state["route"], min(REST_MAX, rest), REST_MAX)


def _search_after(app: App, text: str, before: Route, rest: int, most: int) -> bool:
    """Searches after `rest` milliseconds, and up to `most` later while a list is awaited; True if that is now."""
    if rest <= 0 and most > 0 and state.shown_part(app.state)["loading"]:
        rest = AGAIN_MS
    if rest > 0:
        app.dom.timer("typing", rest, lambda *_: _rested(app, text, before, most - rest))
        return False
    _search(app, text, before)
    return True


def _rested(app: App, text: str, before: Route, most: int) -> None:
    if app.state["typed"] == text and _search_after(app, text, before, 0, most):
        app.draw()


def _search(app: App, text: str, before: Route) -> None:
    """Sets the search in the address, unless the screen changed since; a job that was opened since stays open."""
    route = app.state["route"]
    changed = route["db"] != before["db"] or route["view"] != before["view"] or route["search"] != before["search"]
    if changed or text.strip() == route["search"]:
        return
    version = app.state["input_version"]
    job = "" if route["job"] == before["job"] else route["job"]
    app.go(url_state.to_url(route, search=text.strip(), job=job), route["search"] != "")
    app.state["input_version"] = version  # the box in use is kept


def limit(app: App, event: Event) -> None:
    """Rows per page."""
    app.go(url_state.to_url(app.state["route"], limit=int(value(event) or 100), job=""))


def show_new(app: App, event: Event) -> None:
    """The "N new" pill: shows the rows that wait."""
    reducers.show_held(app.state)
    app.draw()
    app.dom.scroll_up()


def raw(app: App, event: Event) -> None:
    """Shows the payload as stored, or indented."""
    app.state["detail"]["raw"] = not app.state["detail"]["raw"]


def unfold(app: App, event: Event) -> None:
    """Shows the variants of a group of errors, or hides them again."""
    name = data(event, "name")
    if app.state["unfolded"].pop(name, None) is None:
        app.state["unfolded"][name] = True


def search_stop(app: App, event: Event) -> None:
    """Stops a search after the present slice; the rows found stay."""
    found = app.state["jobs"]["slice"]
    if found is not None:
        found["going"] = False


def search_on(app: App, event: Event) -> None:
    """Goes on with a search that was stopped."""
    part = app.state["jobs"]
    if part["slice"] is not None and part["slice"]["partial"]:
        part["slice"]["going"], part["error"] = True, None
        if not part["loading"]:
            loaders.next_slice(app)


def load_again(app: App, event: Event) -> None:
    """Loads the second file again, and then does what waited for it."""
    app.load_again()


TABLE: dict[str, Handler] = {
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
    "unfold": unfold,
    "load-again": load_again,
}
TABLES = (TABLE, filtering.TABLE, selection.TABLE, settings.TABLE)
HANDLERS = {action: table[action] for table in TABLES for action in table}
