"""The command palette: what a person may want next, by what they have typed so far."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.io import http
from graphile_worker.admin.client.model.dialogs import ask, close
from graphile_worker.admin.client.text.quoting import quote
from graphile_worker.admin.client.views.shell import palette as view

RESTS_MS = 120
SUGGESTED = 5
FIELDS = ("queue", "identifier")


def opened(app: Any, event: Any = None) -> None:
    """`ctrl k`, or its button."""
    if app.state["dialog"] is None and not app.state["auth"]["wanted"]:
        ask(app, "palette", text="", position=0, names={})
        app.dom.focus("#gw-palette")


def typed(app: Any, event: dict[str, Any]) -> None:
    """The list follows at once, the names of queues and tasks when the typing rests."""
    box = app.state["dialog"]
    if box is None or box["kind"] != "palette":
        return
    box.update({"text": str(event.get("value") or ""), "position": 0, "names": {}})
    app.dom.timer("palette", RESTS_MS, lambda *_: _suggest(app, box, box["text"].strip()))


def _suggest(app: Any, box: dict[str, Any], text: str) -> None:
    if not text or box is not app.state["dialog"]:
        return
    for field in FIELDS:
        path = "api/suggest?field=%s&prefix=%s&limit=%d" % (field, quote(text), SUGGESTED)
        http.call(app, "GET", path, None, _arrived(app, box, text, field))


def _arrived(app: Any, box: dict[str, Any], text: str, field: str) -> Any:
    def done(status: int, answer: Any, error: Any) -> None:
        if answer is not None and box is app.state["dialog"] and box["text"].strip() == text:
            box["names"][field] = answer["values"]

    return done


def moved(app: Any, event: dict[str, Any]) -> None:
    """The arrow keys, round and round."""
    box = app.state["dialog"]
    count = len(view.items(app.state, box))
    if count:
        box["position"] = (box["position"] + (1 if event.get("key") == "ArrowDown" else -1)) % count


def chosen(app: Any, event: dict[str, Any]) -> None:
    """A click on one of the list."""
    _do(app, int(data(event, "place") or 0))


def confirmed(app: Any, box: dict[str, Any]) -> None:
    """Enter."""
    box["error"] = None
    _do(app, box["position"])


def _do(app: Any, place: int) -> None:
    found = view.items(app.state, app.state["dialog"])
    close(app)
    if place >= len(found):
        return
    item = found[place]
    if item["url"]:
        app.go(item["url"])
    else:
        app.on_event({"type": "click", "action": item["action"], "data": item["data"]})


TABLE = {"palette": opened, "palette-type": typed, "palette-move": moved, "palette-choose": chosen}
