"""Look, login and notices: what belongs to this browser and not to the queue."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.io import live, loaders
from graphile_worker.admin.client.model import preferences, state, url_state


def auto(app: Any, event: dict[str, Any]) -> None:
    """Seconds between refreshes, 0 for off."""
    app.state["preferences"]["auto"] = int(event.get("value") or 0)
    app.dom.store_set("gw-auto", str(app.state["preferences"]["auto"]))
    loaders.arm(app)
    live.follow(app)


def activity(app: Any, event: dict[str, Any]) -> None:
    """The charts of what happened lately, shown or not; remembered by this browser."""
    shown = not app.state["preferences"]["activity"]
    app.state["preferences"]["activity"] = shown
    app.dom.store_set("gw-activity", "open" if shown else "")
    loaders.activity(app)


def look(app: Any, event: dict[str, Any]) -> None:
    """Theme, accent, density, time zone."""
    name, value = data(event, "name"), data(event, "value")
    if value in preferences.LOOK.get(name, ()):
        app.state["preferences"][name] = value
        app.dom.store_set("gw-" + name, value)
        app.apply_preferences()
        if name == "zone":
            app.set_zone()


def column(app: Any, event: dict[str, Any]) -> None:
    """A column of the jobs shown or hidden."""
    kept = [name for name in app.state["preferences"]["columns"] if name != data(event, "name")]
    if event.get("checked"):
        kept.append(data(event, "name"))
    app.state["preferences"]["columns"] = tuple([name for name, _ in preferences.COLUMNS if name in kept])
    app.dom.store_set("gw-columns", " ".join(app.state["preferences"]["columns"]) or "none")
    app.apply_preferences()


def login(app: Any, event: dict[str, Any]) -> None:
    """A token typed: tried at once, and kept for this tab when the admin lets it in."""
    token, auth = str((event.get("form") or {}).get("token") or "").strip(), app.state["auth"]

    def tried(ok: bool) -> None:
        if auth["token"] != token:
            return  # another one was typed meanwhile
        if ok:
            app.dom.tab_set("gw-token", token)
            loaders.refresh(app)
        else:
            auth["token"] = ""

    if not token:
        return
    auth.update({"token": token, "refused": False, "problem": None})
    if [mark for mark in token if not " " <= mark <= "\xff"]:  # no header can carry it
        auth.update({"token": "", "refused": True})
        return
    app.state["context_version"] += 1
    loaders.session(app, tried)


def logout(app: Any, event: dict[str, Any]) -> None:
    """The token is forgotten, and what it showed too."""
    app.dom.tab_set("gw-token", "")
    state.other_database(app.state)
    app.state["auth"].update({"token": "", "wanted": True, "entered": False, "refused": False})


def dismiss_toast(app: Any, event: dict[str, Any]) -> None:
    """The cross on a notice."""
    app.drop_toast(data(event, "id"))


def dismiss_result(app: Any, event: dict[str, Any]) -> None:
    """The result has been read."""
    app.state["result"] = None


def dismiss_dropped(app: Any, event: dict[str, Any]) -> None:
    """The address is put right as well."""
    app.state["dropped"] = []
    app.dom.set_url(url_state.to_url(app.state["route"]), True)


TABLE = {
    "auto": auto,
    "activity": activity,
    "look": look,
    "column": column,
    "login": login,
    "logout": logout,
    "dismiss-toast": dismiss_toast,
    "dismiss-result": dismiss_result,
    "dismiss-dropped": dismiss_dropped,
}
