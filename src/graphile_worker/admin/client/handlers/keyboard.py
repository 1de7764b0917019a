"""The keyboard: one key, or `g` and another."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.handlers import palette
from graphile_worker.admin.client.io import loaders
from graphile_worker.admin.client.model import url_state

SECOND_MS = 1200
SCREENS = {"j": "jobs", "q": "queues", "t": "tasks", "e": "errors", "w": "workers", "m": "maintenance"}


def pressed(app: Any, event: dict[str, Any]) -> None:
    """A key outside of text fields; Escape from anywhere."""
    key = event.get("key") or ""
    if event.get("ctrl"):
        if key == "k":
            palette.opened(app)
        return
    if key in ("ArrowDown", "ArrowUp") and (app.state["dialog"] or {}).get("kind") == "palette":
        palette.moved(app, event)
        return
    if app.state["auth"]["wanted"]:
        return
    if key == "Escape":
        escape(app)
        return
    if app.state["dialog"] is not None:
        return
    since = app.state.get("g_ms", 0.0)
    app.state["g_ms"] = 0.0
    # a layout that writes a Latin `g` has no places
    place = str(event.get("place")) if app.state.get("g_place") else ""
    app.state["g_place"] = bool(event.get("place"))
    second = key if key in SCREENS else place
    if since and app.state["now_ms"] - since < SECOND_MS and second in SCREENS:
        app.go(url_state.screen_url(app.state["route"], SCREENS[second]))
    elif key in KEYS:
        KEYS[key](app)


def escape(app: Any) -> None:
    """Closes the innermost thing: dialog, job, selection."""
    if app.state["dialog"] is not None:
        app.state["dialog"] = None
        app.dom.close_dialog("gw-box")
    elif app.state["route"]["job"]:
        app.go(url_state.to_url(app.state["route"], job=""))
    elif app.state["selected"]:
        app.state["selected"], app.state["all_matching"] = {}, False
    else:
        app.dom.focus("#gw-screen")


def _g(app: Any) -> None:
    app.state["g_ms"] = app.state["now_ms"]


def _move(app: Any, step: int) -> None:
    rows = [row["id"] for row in app.state["jobs"]["rows"]]
    if app.state["route"]["view"] != "jobs" or not rows:
        return
    at = app.state["focused_id"]
    place = rows.index(at) + step if at in rows else 0
    app.state["focused_id"] = rows[max(0, min(len(rows) - 1, place))]
    if app.state["route"]["job"]:
        app.go(url_state.to_url(app.state["route"], job=app.state["focused_id"]), True)
    else:
        app.draw()
        app.dom.focus("#row-%s .c-task a" % app.state["focused_id"])


def _select(app: Any) -> None:
    at, chosen = app.state["focused_id"], app.state["selected"]
    if at in chosen:
        chosen.pop(at)
        app.state["all_matching"] = False
    elif at:
        chosen[at] = True
    app.state["anchor"] = at


def _open(app: Any) -> None:
    if app.state["focused_id"] and app.state["route"]["view"] == "jobs":
        app.go(url_state.to_url(app.state["route"], job=app.state["focused_id"]))


def _help(app: Any) -> None:
    app.state["dialog"] = {"kind": "keys", "values": {}}
    app.draw()
    app.dom.open_dialog("gw-box")


KEYS = {
    "/": lambda app: app.dom.focus(".gw-search"),
    "j": lambda app: _move(app, 1),
    "k": lambda app: _move(app, -1),
    "x": _select,
    "Enter": _open,
    "r": lambda app: loaders.refresh(app),
    "g": _g,
    "?": _help,
}
