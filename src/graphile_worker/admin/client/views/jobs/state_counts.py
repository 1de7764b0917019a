"""The number of jobs per state; each is a link that filters by the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import STATE_LABELS, STATES
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import age, counts
from graphile_worker.admin.client.text.format import compact, duration, integer
from graphile_worker.admin.client.text.html import icon, link

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import State


PICTURES = {
    "all": "text-align-start",
    "ready": "play",
    "scheduled": "clock",
    "locked": "loader",
    "failed": "circle-alert",
}


def links(state: State) -> str:
    """One link per state; the state filter of the address is marked as current."""
    return '<nav class="state-counts" aria-label="State">%s</nav>' % "".join([_card(state, name) for name in STATES])


def _card(state: State, name: str) -> str:
    numbers = counts(state)
    count = numbers.get("total" if name == "all" else name)
    shown = '<span class="desktop-only">%s</span><span class="phone-only">%s</span>' % (integer(count), compact(count))
    if count is None:
        shown = '<span class="skeleton-count"></span>' if state["overview"]["error"] is None else "–"
    inner = '<span class="label">%s%s</span><span class="number">%s</span><span class="detail">%s</span>' % (
        icon(PICTURES[name], name),
        STATE_LABELS[name],
        shown,
        _detail(state, name, count),
    )
    wanted = [] if name == "all" else [name]
    here = state["route"]["state"] == wanted
    url = url_state.to_url(state["route"], state=wanted, job="")
    return link(inner, url, "", aria_current="true" if here else None)


def _detail(state: State, name: str, count: int | None) -> str:
    numbers = counts(state)
    if name == "all":
        old = age(state, state["overview"])
        return "not counted yet" if old is None else "whole table · %s" % _ago(old)
    if count is None:
        return "&nbsp;"
    if name == "ready" and numbers.get("blocked"):
        return '<span class="state blocked">%s%s blocked</span>' % (icon("pause"), integer(numbers["blocked"]))
    return _share(count, numbers["total"])


def _ago(seconds: float) -> str:
    return "now" if seconds < 1 else duration(seconds) + " ago"


def _share(count: int, total: int) -> str:
    if not count:
        return "none"
    if count * 100 < total:
        return "under 1 %"
    return "%d %%" % (count * 100 // total)
