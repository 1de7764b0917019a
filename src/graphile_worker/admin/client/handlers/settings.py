"""Preferences of this browser, login and logout, and closing notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.events import data, value
from graphile_worker.admin.client.io import live, loaders
from graphile_worker.admin.client.model import preferences, state, url_state

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Event, Handler


def auto(app: App, event: Event) -> None:
    """Seconds between refreshes, 0 for none."""
    app.state["preferences"]["auto"] = int(data(event, "value") or value(event) or 0)
    app.dom.store_set("gw-auto", str(app.state["preferences"]["auto"]))
    loaders.start_timer(app)
    live.follow(app)


def activity(app: App, event: Event) -> None:
    """Shows or hides the charts."""
    shown = not app.state["preferences"]["activity"]
    app.state["preferences"]["activity"] = shown
    app.dom.store_set("gw-activity", "open" if shown else "")
    loaders.activity(app)


def choose(app: App, event: Event) -> None:
    """Theme, accent, density or time zone."""
    name, choice = data(event, "name"), data(event, "value")
    if preferences.set_choice(app.state["preferences"], name, choice):
        app.dom.store_set("gw-" + name, choice)
        app.apply_preferences()
        if name == "zone":
            app.set_zone()


def column(app: App, event: Event) -> None:
    """Shows or hides a column of the jobs."""
    current, name = app.state["preferences"], data(event, "name")
    shown = [one for one in current["columns"] if one != name] + ([name] if event.get("checked") else [])
    current["columns"] = preferences.in_order(shown)
    app.dom.store_set("gw-columns", " ".join(current["columns"]) or "none")
    app.apply_preferences()


def payload_path(app: App, event: Event) -> None:
    """Adds a value of the payload as a column of the jobs."""
    path, paths = value(event).strip(), list(app.state["route"]["payload_path"])
    if not path:
        return
    if not url_state.add_path(paths, path):
        app.toast("Write names with dots between them, like customer.id; in quotes a name with other characters", "bad")
        return
    app.state["emptied"]["payload_path"] = app.state["emptied"].get("payload_path", 0) + 1
    app.go(url_state.to_url(app.state["route"], payload_path=paths))


def login(app: App, event: Event) -> None:
    """Sends a token; it is kept for this tab when the admin accepts it."""
    token, auth = ((event.get("form") or {}).get("token") or "").strip(), app.state["auth"]

    def answered(ok: bool) -> None:
        if auth["token"] != token:
            return  # another token was sent since
        if ok:
            app.dom.tab_set("gw-token", token)
            loaders.refresh(app)
        else:
            auth["token"] = ""

    if not token:
        return
    auth.update({"token": token, "refused": False, "problem": None})
    if [mark for mark in token if not " " <= mark <= "\xff"]:  # not possible in a header
        auth.update({"token": "", "refused": True})
        return
    app.state["context_version"] += 1
    loaders.session(app, answered)


def logout(app: App, event: Event) -> None:
    """Forgets the token and everything that it showed."""
    app.dom.tab_set("gw-token", "")
    state.reset_database(app.state)
    app.state["auth"].update({"token": "", "wanted": True, "entered": False, "refused": False})


def dismiss_toast(app: App, event: Event) -> None:
    """Closes a notice."""
    app.drop_toast(data(event, "id"))


def dismiss_result(app: App, event: Event) -> None:
    """Closes the result of an action."""
    app.state["result"] = None


def dismiss_dropped(app: App, event: Event) -> None:
    """Closes the banner of invalid parameters, and removes them from the address."""
    app.state["dropped"] = []
    app.dom.set_url(url_state.to_url(app.state["route"]), True)


TABLE: dict[str, Handler] = {
    "auto": auto,
    "activity": activity,
    "look": choose,
    "column": column,
    "payload-path": payload_path,
    "login": login,
    "logout": logout,
    "dismiss-toast": dismiss_toast,
    "dismiss-result": dismiss_result,
    "dismiss-dropped": dismiss_dropped,
}
