"""Filters as they are typed, chosen and pasted: into the address, and what a box suggests meanwhile."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import FILTER_VALUES_MAX, SUGGEST_FIELDS, TIME_PARAMETERS
from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.io import http
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.text.format import epoch
from graphile_worker.admin.client.text.quoting import quote

SUGGEST_MS = 150


def split(text: str) -> list[str]:
    """("a, b\\nc") -> ["a", "b", "c"], once each."""
    out: list[str] = []
    for line in text.replace("\r", "\n").split("\n"):
        for one in line.split(","):
            if one.strip() and one.strip() not in out:
                out.append(one.strip())
    return out


def add(app: Any, event: dict[str, Any]) -> None:
    """Names typed, chosen or pasted; commas and lines separate."""
    name = data(event, "name")
    now = app.state["route"][name]
    more = [one for one in split(str(event.get("value") or "")) if one not in now]
    room = FILTER_VALUES_MAX - len(now)
    if len(more) > room:
        app.toast("A filter takes %d values: %d were left out" % (FILTER_VALUES_MAX, len(more) - room), "bad")
    if more[:room]:
        app.go(url_state.to_url(app.state["route"], job="", **{name: now + more[:room]}))
    app.state["emptied"][name] = app.state["emptied"].get(name, 0) + 1
    app.draw()
    if not event.get("left"):
        app.dom.focus(".f-%s input" % name)


def suggest(app: Any, event: dict[str, Any]) -> None:
    """A key in a box, or the focus: names that begin so; one that is picked from the list is a filter at once."""
    name, text = data(event, "name"), str(event.get("value") or "").strip()
    if event.get("picked") and data(event, "action") == "filter":
        add(app, event)
    elif name in SUGGEST_FIELDS and "," not in text and app.state["suggest"][name]["prefix"] != text:
        app.dom.timer("suggest", SUGGEST_MS, lambda *_: _ask(app, name, text))


def _ask(app: Any, name: str, text: str) -> None:
    """GET api/suggest; only the last question counts, and a failure suggests nothing."""
    part = app.state["suggest"][name]
    part["prefix"] = text

    def done(status: int, answer: Any, error: Any) -> None:
        if part is app.state["suggest"][name] and part["prefix"] == text:
            part["values"] = answer["values"] if answer is not None else None

    http.call(app, "GET", "api/suggest?field=%s&prefix=%s" % (name, quote(text)), None, done)


def ranges(app: Any, event: dict[str, Any]) -> None:
    """Bounds of numbers and times, all at once."""
    form, route = event.get("form") or {}, app.state["route"]
    wanted = {name: _bound(app, name, str(form.get(name) or "").strip()) for name in url_state.RANGES}
    app.dom.close_dialog("gw-more")
    app.dom.close_dialog("gw-filters")
    changed = {name: value for name, value in wanted.items() if value != route[name]}
    if changed:
        app.go(url_state.to_url(route, job="", **changed))


def _bound(app: Any, name: str, text: str) -> str:
    """What goes into the address; a time that was not touched keeps its fractions."""
    if name not in TIME_PARAMETERS or not text:
        return text
    before = str(app.state["route"][name])
    return before if app.state["local_times"].get(before) == text else from_box(app, text) or before


def into_box(app: Any, text: str) -> str:
    """A moment as a box for local times takes it; "" for what none can hold."""
    if app.state["preferences"]["zone"] == "local":
        return str(app.dom.local_input(text))
    return text[:16] if epoch(text) is not None else ""


def from_box(app: Any, typed: str) -> str:
    """The moment that was typed into such a box; "" for none."""
    if app.state["preferences"]["zone"] == "local":
        return str(app.dom.from_local_input(typed))
    moment = typed + (":00Z" if len(typed) == 16 else "Z")
    return moment if epoch(moment) is not None else ""


def localize(app: Any) -> None:
    """The times of the address in the zone that is chosen, for the boxes and chips."""
    times = [app.state["route"][name] for name in TIME_PARAMETERS if app.state["route"][name]]
    app.state["local_times"] = {text: into_box(app, text) for text in times}


TABLE = {"filter": add, "suggest": suggest, "range": ranges}
