"""The number of jobs per state; each is a link that filters by the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import STATE_LABELS, STATES
from graphile_worker.admin.client.model import queries, url_state
from graphile_worker.admin.client.model.state import age, counts, matching_counts, matching_counts_awaited
from graphile_worker.admin.client.text.format import compact, duration, integer, percentage
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
    """One link per state; the state filter of the address is marked as current.

    The numbers are those of the jobs that match the other filters: what the link shows. Where they are not counted, a dash
    stands for them, and the second line has the number of the whole table.
    """
    within = matching_counts(state)
    cards = "".join([_card(state, name, within) for name in STATES])
    return '<nav class="state-counts" aria-label="State">%s</nav>' % cards


def _card(state: State, name: str, within: dict[str, int] | None) -> str:
    derived = _derived(state, name, within)
    unfiltered = not queries.filters_beside_states(state["route"])  # the rate is of the whole table
    rate = rates.card(state) if name == "ready" and unfiltered else ""
    inner = '<span class="label">%s%s</span>%s<span class="detail">%s</span>' % (
        icon(PICTURES[name], name),
        STATE_LABELS[name],
        _number(state, name, within),
        rate or ("&nbsp;" if derived else _detail(state, name, within)),
    )
    return "<div%s>%s%s</div>" % (
        ' class="rated"' if rate else "",
        _link(state, inner, [] if name == "all" else [name]),
        derived,
    )


def _number(state: State, name: str, within: dict[str, int] | None) -> str:
    count = (within or {}).get("total" if name == "all" else name)
    if count is None:
        awaited = matching_counts_awaited(state) if within is None else state["overview"]["error"] is None
        if awaited:
            return '<span class="number"><span class="skeleton-count"></span></span>'
        return '<span class="number unknown" title="The jobs of these filters are not counted">–</span>'
    words = '<span class="desktop-only">%s</span><span class="phone-only">%s</span>'
    return '<span class="number">%s</span>' % (words % (integer(count), compact(count)))


def _link(state: State, inner: str, wanted: list[str], kind: str = "", title: str | None = None) -> str:
    here = "true" if state["route"]["state"] == wanted else None
    return link(inner, url_state.to_url(state["route"], state=wanted, job=""), kind, aria_current=here, title=title)


def _derived(state: State, name: str, within: dict[str, int] | None) -> str:
    """The number of blocked or retrying jobs as a link; empty for none."""
    if name not in SECOND_LINES:
        return ""
    derived, picture = SECOND_LINES[name]
    count = (within or {}).get(derived)
    if not count:
        return ""
    inner = '%s<span class="desktop-only">%s %s</span><span class="phone-only">%s</span>' % (
        icon(picture), integer(count), derived, compact(count),
    )  # fmt: skip
    return _link(state, inner, [derived], "detail state " + derived, "%s %s" % (integer(count), derived))


def _detail(state: State, name: str, within: dict[str, int] | None) -> str:
    if within is None:
        full = counts(state).get("total" if name == "all" else name)
        known = full is not None and not matching_counts_awaited(state)
        return "whole table: " + integer(full) if known else "&nbsp;"
    if name == "all":
        filtered = queries.filters_beside_states(state["route"])
        old = age(state, state["count"] if filtered else state["overview"])
        return "not counted yet" if old is None else "%s · %s" % ("filtered" if filtered else "whole table", _ago(old))
    count = within.get(name)
    return "&nbsp;" if count is None else percentage(count, within["total"])


def _ago(seconds: float) -> str:
    return "now" if seconds < 1 else duration(seconds) + " ago"
