"""The keyboard: one key, or `g` and another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.handlers import selection
from graphile_worker.admin.client.io import loaders
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.screens import SCREENS

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphile_worker.admin.client.model.types import App, Event

SECOND_MS = 1200  # from `g` to the second key
_VIEWS = {screen[3]: screen[0] for screen in SCREENS}


def action(app: App, event: Event) -> str:
    """The action of the page that a key stands for; empty for a key that `pressed` handles."""
    key, dialog = event.get("key"), app.state["dialog"]
    if event.get("ctrl"):
        return "palette" if key == "k" else ""
    if key == "Escape" and data(event, "keys") == "Escape":
        return "view-leave"  # the field with the name of a saved view
    if dialog is not None:
        return "palette-move" if dialog["kind"] == "palette" and key in ("ArrowDown", "ArrowUp") else ""
    return "keys" if key == "?" and not app.state["auth"]["wanted"] else ""


def pressed(app: App, event: Event) -> None:
    """Handles a key outside of text fields, and Escape everywhere."""
    key = event.get("key") or ""
    if event.get("ctrl") or app.state["auth"]["wanted"]:
        return
    if key == "Escape":
        escape(app)
        return
    if app.state["dialog"] is not None:
        return
    since = app.state["g_ms"]
    app.state["g_ms"] = 0.0
    # the place of a key counts after a `g` that was found by its place: a layout with a Latin `g` has Latin letters
    letter = (event.get("letter") or "") if app.state["g_letter"] else ""
    app.state["g_letter"] = bool(event.get("letter"))
    second = key if key in _VIEWS else letter
    if since and app.state["now_ms"] - since < SECOND_MS and second in _VIEWS:
        app.go(url_state.screen_url(app.state["route"], _VIEWS[second]))
    elif key in KEYS:
        KEYS[key](app)


def escape(app: App) -> None:
    """Closes the dialog, else the open job, else the selection."""
    if app.state["dialog"] is not None:
        app.state["dialog"] = None
        app.dom.close_dialog("gw-box")
    elif app.state["route"]["job"]:
        app.go(url_state.to_url(app.state["route"], job=""))
    elif app.state["selected"]:
        selection.clear_selection(app, {})
    else:
        app.dom.focus("#gw-screen")


def _g(app: App) -> None:
    app.state["g_ms"] = app.state["now_ms"]


def _current_job(app: App) -> str:
    """The job of the row that keys act on: of the row with the focus, else of the last such row."""
    if app.state["route"]["view"] != "jobs":
        return ""
    here = app.dom.focused_job()
    if here:
        app.state["focused_id"] = here
    return app.state["focused_id"]


def _move(app: App, step: int) -> None:
    if app.state["route"]["view"] != "jobs":
        app.dom.move_row(step)
        return
    rows = [row["id"] for row in app.state["jobs"]["rows"]]
    if not rows:
        return
    focused = _current_job(app)
    index = rows.index(focused) + step if focused in rows else 0
    app.state["focused_id"] = rows[max(0, min(len(rows) - 1, index))]
    if app.state["route"]["job"]:
        app.go(url_state.to_url(app.state["route"], job=app.state["focused_id"]), True)
    else:
        app.draw()
        app.dom.focus("#row-%s .c-task a" % app.state["focused_id"])


def _select(app: App) -> None:
    """The row of the keys; on a screen without jobs, all jobs of its row."""
    if app.state["route"]["view"] != "jobs":
        address = app.dom.row_address()
        if address:
            app.go(address)
            app.state["all_matching"] = True
        return
    focused, selected = _current_job(app), app.state["selected"]
    if focused in selected:
        selected.pop(focused)
        app.state["all_matching"] = False
    elif focused:
        selected[focused] = True
    app.state["anchor"] = focused
    app.say("%d selected" % len(selected))


def _select_page(app: App) -> None:
    """All rows of the page, or none where all are selected."""
    rows = app.state["jobs"]["rows"]
    if app.state["route"]["view"] == "jobs" and rows:
        selection.select_page(app, {"checked": len(app.state["selected"]) < len(rows)})


def _select_all(app: App) -> None:
    if app.state["route"]["view"] == "jobs" and app.state["jobs"]["rows"]:
        selection.select_all_matching(app, {})


def _open(app: App) -> None:
    focused = _current_job(app)
    address = url_state.to_url(app.state["route"], job=focused) if focused else app.dom.row_address()
    if address:
        app.go(address)


KEYS: dict[str, Callable[[App], None]] = {
    "/": lambda app: app.dom.focus(".gw-search"),
    "j": lambda app: _move(app, 1),
    "k": lambda app: _move(app, -1),
    "x": _select,
    "X": _select_all,
    "*": _select_page,
    "Enter": _open,
    "r": lambda app: loaders.refresh(app),
    "g": _g,
}
