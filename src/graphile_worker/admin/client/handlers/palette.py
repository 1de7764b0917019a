"""The command palette: opening it, typing, moving in its list, and following a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.events import data, value
from graphile_worker.admin.client.handlers.dialogs import close, open_dialog
from graphile_worker.admin.client.io import http
from graphile_worker.admin.client.model.palette import NAMES, items
from graphile_worker.admin.client.text.percent_encoding import quote

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Dialog, Error, Event, Handler, Suggestions

TYPING_MS = 120
SUGGESTED = 5


def is_open(app: App) -> bool:
    """Is the palette the open dialog?"""
    return app.state["dialog"] is not None and app.state["dialog"]["kind"] == "palette"


def open_palette(app: App, event: Event | None = None) -> None:
    """`ctrl k`, or the button."""
    if app.state["dialog"] is None and not app.state["auth"]["wanted"]:
        open_dialog(app, {"kind": "palette", "text": "", "position": 0, "names": {}})
        app.dom.focus("#gw-palette")


def typed(app: App, event: Event) -> None:
    """The list follows at once; names of queues and tasks are loaded when the typing rests."""
    box = app.state["dialog"]
    if box is not None and is_open(app):
        box.update({"text": value(event), "position": 0, "names": {}})
        text = value(event).strip()
        app.dom.timer("palette", TYPING_MS, lambda *_: _load_names(app, box, text))


def _load_names(app: App, box: Dialog, text: str) -> None:
    if text and box is app.state["dialog"]:
        for name, _, _ in NAMES:
            _load(app, box, text, name)


def _load(app: App, box: Dialog, text: str, name: str) -> None:
    def done(status: int, answer: Suggestions | None, error: Error) -> None:
        if answer is not None and box is app.state["dialog"] and box["text"].strip() == text:
            box["names"][name] = answer["values"]

    path = "api/suggest?field=%s&prefix=%s&limit=%d" % (name, quote(text), SUGGESTED)
    http.call(app, "GET", path, None, done)


def moved(app: App, event: Event) -> None:
    """The arrow keys; after the last line comes the first."""
    box = app.state["dialog"]
    count = 0 if box is None else len(items(app.state, box))
    if box is not None and count:
        box["position"] = (box["position"] + (1 if event.get("key") == "ArrowDown" else -1)) % count


def choose(app: App, event: Event) -> None:
    """A click on a line."""
    _follow(app, int(data(event, "position") or 0))


def confirm(app: App, box: Dialog) -> None:
    """Enter: follows the line at the position."""
    _follow(app, box["position"])


def _follow(app: App, position: int) -> None:
    box = app.state["dialog"]
    found = [] if box is None else items(app.state, box)
    close(app)
    if position >= len(found):
        return
    item = found[position]
    if item["url"]:
        app.go(item["url"])
    else:
        app.on_event({"type": "click", "action": item["action"], "data": item["data"]})


TABLE: dict[str, Handler] = {
    "palette": open_palette,
    "palette-type": typed,
    "palette-move": moved,
    "palette-choose": choose,
}
