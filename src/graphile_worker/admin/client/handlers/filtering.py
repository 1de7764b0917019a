"""Filters: values that are typed, chosen or pasted become part of the address; a box suggests names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import FILTER_VALUES_MAX, SUGGEST_FIELDS, TIME_PARAMETERS
from graphile_worker.admin.client.events import data, value
from graphile_worker.admin.client.io import http
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import database_now, suggested_jobs
from graphile_worker.admin.client.text.format import counted, epoch
from graphile_worker.admin.client.text.percent_encoding import quote
from graphile_worker.admin.client.times import typed_times, zones

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import (
        App,
        BoundName,
        Error,
        Event,
        Handler,
        RouteChanges,
        Suggestions,
    )

SUGGEST_MS = 150


def split(text: str) -> list[str]:
    """("a, b\\nc") -> ["a", "b", "c"], once each."""
    out: list[str] = []
    for line in text.replace("\r", "\n").split("\n"):
        for one in line.split(","):
            if one.strip() and one.strip() not in out:
                out.append(one.strip())
    return out


def add(app: App, event: Event) -> None:
    """Names typed, chosen or pasted; commas and lines separate."""
    name = data(event, "name")
    if not url_state.is_list_filter(name):
        return
    now = app.state["route"][name]
    more = [one for one in split(value(event)) if one not in now]
    room = FILTER_VALUES_MAX - len(now)
    if len(more) > room:
        app.toast("A filter takes %d values: %d were left out" % (FILTER_VALUES_MAX, len(more) - room), "bad")
    if more[:room]:
        changes: RouteChanges = {"job": ""}
        changes[name] = now + more[:room]
        app.go(url_state.to_url(app.state["route"], **changes))
    app.state["emptied"][name] = app.state["emptied"].get(name, 0) + 1
    app.draw()
    if not event.get("left"):
        app.dom.focus(".f-%s input" % name)


def suggest(app: App, event: Event) -> None:
    """Typing or focus in a box: suggests names with this prefix; one that is picked from the list becomes a filter."""
    name, text = data(event, "name"), value(event).strip()
    if event.get("picked") and data(event, "action") == "filter":
        add(app, event)
    elif name in SUGGEST_FIELDS and "," not in text and app.state["suggest"][name]["prefix"] != text:
        app.dom.timer("suggest", SUGGEST_MS, lambda *_: _load_names(app, name, text))


def _load_names(app: App, name: str, text: str) -> None:
    """GET api/suggest; only the answer to the last request counts, and an error suggests nothing."""
    part = app.state["suggest"][name]
    part["prefix"] = text

    def done(status: int, answer: Suggestions | None, error: Error) -> None:
        if part is app.state["suggest"][name] and part["prefix"] == text:
            part["values"] = answer["values"] if answer is not None else None
            part["counts"] = (answer.get("counts") or []) if answer is not None else []
            part["counts_as_of"] = answer.get("counts_as_of") if answer is not None else None
            part["alone"] = app.dom.root("labels-alone") != ""
            if answer is not None and text:
                names = answer["values"]
                jobs = suggested_jobs(part, 0)
                first = ", first: " + names[0] + (", " + jobs if jobs else "") if names else ""
                app.say(counted(len(names), "suggestion") + first)

    http.call(app, "GET", "api/suggest?field=%s&prefix=%s" % (name, quote(text)), None, done)


def ranges(app: App, event: Event) -> None:
    """Bounds of numbers and times, all at once."""
    form, route = event.get("form") or {}, app.state["route"]
    changes: RouteChanges = {}
    for name in url_state.RANGES:
        bound = _bound(app, name, (form.get(name) or "").strip())
        if bound != route[name]:
            changes[name] = bound
    app.dom.close_dialog("gw-more")
    app.dom.close_dialog("gw-filters")
    if changes:
        changes["job"] = ""
        app.go(url_state.to_url(route, **changes))


def failed_within(app: App, event: Event) -> None:
    """A range of failures up to now: so many seconds, or since midnight in the chosen zone."""
    now, span = database_now(app.state), data(event, "value")
    since = zones.midnight(now, app.state["offsets"]) if span == "today" else now - int(span)
    app.dom.close_dialog("gw-more")
    app.dom.close_dialog("gw-filters")
    app.go(url_state.to_url(app.state["route"], failed_from=zones.utc(since), failed_to="", job=""))


def _bound(app: App, name: BoundName, text: str) -> str:
    """The bound for the address; a time that was not edited keeps its fraction of a second."""
    if name not in TIME_PARAMETERS or not text:
        return text
    before = app.state["route"][name]
    if app.state["local_times"].get(before, "").replace("T", " ") == text.replace("T", " "):
        return before
    bound = typed_time(app, text, past=True)
    if not bound:
        app.toast('"%s" is not a time like 1 h ago, today 09:00 or 2026-12-01 09:00: it was left out' % text, "bad")
    return bound or before


def typed_time(app: App, text: str, past: bool = False) -> str:
    """The time that was typed, as RFC 3339; empty for other text. `past`: a duration alone is before now."""
    local = typed_times.local_input(text)
    if local:
        return from_box(app, local)  # the browser knows the zone beyond the table of offsets
    found = typed_times.moment(text, database_now(app.state), app.state["offsets"], past)
    if found is None or epoch(text.strip()) is not None:
        return "" if found is None else text.strip()
    return zones.utc(found)


def into_box(app: App, text: str) -> str:
    """A time as the value of an input for local times; "" for a time that no calendar has."""
    if app.state["preferences"]["zone"] == "local":
        return app.dom.local_input(text)
    return text[:16] if epoch(text) is not None else ""


def from_box(app: App, typed: str) -> str:
    """The time of the value of such an input; "" where it is none."""
    if app.state["preferences"]["zone"] == "local":
        return app.dom.from_local_input(typed)
    moment = typed + (":00Z" if len(typed) == 16 else "Z")
    return moment if epoch(moment) is not None else ""


def localize(app: App) -> None:
    """Converts the times of the address into the chosen zone, for inputs and active filters."""
    times = [app.state["route"][name] for name in TIME_PARAMETERS if app.state["route"][name]]
    app.state["local_times"] = {text: into_box(app, text) for text in times}


TABLE: dict[str, Handler] = {"filter": add, "suggest": suggest, "range": ranges, "failed-within": failed_within}
