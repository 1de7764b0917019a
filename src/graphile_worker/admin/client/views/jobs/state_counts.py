"""The number of jobs per state; each is a link that filters by the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import STATE_LABELS, STATES
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import age, counts
from graphile_worker.admin.client.text.format import compact, duration, integer
from graphile_worker.admin.client.text.html import icon, link
from graphile_worker.admin.client.views.jobs import rates

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import State


PICTURES = {
    "all": "text-align-start",
    "ready": "play",
    "scheduled": "clock",
    "locked": "loader",
    "failed": "circle-alert",
}


# state: (the derived state whose count is a link of its own in the second line, icon)
SECOND_LINES = {"ready": ("blocked", "pause"), "failed": ("retrying", "rotate-ccw")}


def links(state: State) -> str:
    """One link per state; the state filter of the address is marked as current."""
    return '<nav class="state-counts" aria-label="State">%s</nav>' % "".join([_card(state, name) for name in STATES])


def _card(state: State, name: str) -> str:
    numbers = counts(state)
    count = numbers.get("total" if name == "all" else name)
    shown = '<span class="desktop-only">%s</span><span class="phone-only">%s</span>' % (integer(count), compact(count))
    if count is None:
        shown = '<span class="skeleton-count"></span>' if state["overview"]["error"] is None else "–"
    derived = _derived(state, name)
    rate = rates.card(state) if name == "ready" else ""
    inner = '<span class="label">%s%s</span><span class="number">%s</span><span class="detail">%s</span>' % (
        icon(PICTURES[name], name),
        STATE_LABELS[name],
        shown,
        rate or ("&nbsp;" if derived else _detail(state, name, count)),
    )
    return "<div%s>%s%s</div>" % (
        ' class="rated"' if rate else "",
        _link(state, inner, [] if name == "all" else [name]),
        derived,
    )


def _link(state: State, inner: str, wanted: list[str], kind: str = "", title: str | None = None) -> str:
    here = "true" if state["route"]["state"] == wanted else None
    return link(inner, url_state.to_url(state["route"], state=wanted, job=""), kind, aria_current=here, title=title)


def _derived(state: State, name: str) -> str:
    """The number of blocked or retrying jobs as a link; empty for none."""
    if name not in SECOND_LINES:
        return ""
    derived, picture = SECOND_LINES[name]
    count = counts(state).get(derived)
    if not count:
        return ""
    inner = '%s<span class="desktop-only">%s %s</span><span class="phone-only">%s</span>' % (
        icon(picture), integer(count), derived, compact(count),
    )  # fmt: skip
    return _link(state, inner, [derived], "detail state " + derived, "%s %s" % (integer(count), derived))


def _detail(state: State, name: str, count: int | None) -> str:
    if name == "all":
        old = age(state, state["overview"])
        return "not counted yet" if old is None else "whole table · %s" % _ago(old)
    if count is None:
        return "&nbsp;"
    return _share(count, counts(state)["total"])


def _ago(seconds: float) -> str:
    return "now" if seconds < 1 else duration(seconds) + " ago"


def _share(count: int, total: int) -> str:
    if not count:
        return "none"
    if count * 100 < total:
        return "under 1 %"
    return "%d %%" % (count * 100 // total)
