"""The row above the table: the active filters, the number of matching jobs, the sort order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import FILTER_LABELS, REPEATED_PARAMETERS, STATE_LABELS
from graphile_worker.admin.client.model import queries, url_state
from graphile_worker.admin.client.model.state import age, counts, known_count
from graphile_worker.admin.client.text.format import counted, duration, integer, message_of
from graphile_worker.admin.client.text.html import esc, icon, link
from graphile_worker.admin.client.times.zones import full

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import BoundName, ListFilter, Route, RouteChanges, State


SHOWN_MAX = 5  # values of one filter that are listed one by one
RANGE_LABELS = {
    "priority_min": "priority from",
    "priority_max": "priority to",
    "attempts_min": "attempts from",
    "attempts_max": "attempts to",
    "run_at_from": "run at from",
    "run_at_to": "run at before",
    "created_from": "created from",
    "created_to": "created before",
    "failed_from": "failed from",
    "failed_to": "failed before",
}
# order: (its words, the reverse order)
ORDERS = {
    "-id": ("newest first", "id"),
    "id": ("oldest first", "-id"),
    "-failed_at": ("newest failure first", "failed_at"),
    "failed_at": ("oldest failure first", "-failed_at"),
}


def row(state: State) -> str:
    """The filters with a cross each, the count, the sort order."""
    route = state["route"]
    out = []
    for name in REPEATED_PARAMETERS:
        out += _values(route, name)
    for bound in url_state.RANGES:
        if route[bound]:
            out.append(_active_filter(route, RANGE_LABELS[bound], _bound(state, bound), _without_bound(bound)))
    if route["search"].strip():
        out.append(_active_filter(route, "search", route["search"].strip(), {"search": ""}))
    clear = ""
    if out:
        kept = url_state.bare(route, limit=route["limit"], sort=route["sort"])
        clear = link("clear all", url_state.to_url(kept), "soft")
    return '<div class="tools active-filters">%s%s<span class="push soft">%s · %s</span></div>' % (
        "".join(out),
        clear,
        matching(state),
        _order(route),
    )


def failure_range(state: State) -> str:
    """The bounds of `failed at` with a cross each."""
    out = []
    for bound in url_state.RANGES:
        if bound in ("failed_from", "failed_to") and state["route"][bound]:
            shown = _bound(state, bound)
            out.append(_active_filter(state["route"], RANGE_LABELS[bound], shown, _without_bound(bound)))
    return "".join(out)


def _values(route: Route, name: ListFilter) -> list[str]:
    """The first values of a filter one by one, the others as a number."""
    values = route[name]
    cut = len(values) if len(values) <= SHOWN_MAX + 1 else SHOWN_MAX
    out = []
    for value in values[:cut]:
        shown = STATE_LABELS[value].lower() if name == "state" else value
        out.append(
            _active_filter(
                route, FILTER_LABELS[name], shown, _with_values(name, [one for one in values if one != value])
            )
        )
    if cut < len(values):
        out.append(
            _active_filter(
                route, FILTER_LABELS[name], "%d more" % (len(values) - cut), _with_values(name, values[:cut])
            )
        )
    return out


def _bound(state: State, name: BoundName) -> str:
    value = state["route"][name]
    local = state["local_times"].get(value)
    return local.replace("T", " ") if local else full(value, [])


def _with_values(name: ListFilter, values: list[str]) -> RouteChanges:
    changes: RouteChanges = {}
    changes[name] = values
    return changes


def _without_bound(name: BoundName) -> RouteChanges:
    changes: RouteChanges = {}
    changes[name] = ""
    return changes


def _active_filter(route: Route, label: str, shown: str, changes: RouteChanges) -> str:
    """One filter; the link in it goes to the address with these changes."""
    url = url_state.to_url(url_state.over(route, changes), job="")
    cross = link(icon("x"), url, "", aria_label="Remove filter %s %s" % (label, shown))
    return '<span class="active-filter"><span>%s: %s</span>%s</span>' % (label, esc(shown), cross)


def matching(state: State) -> str:
    """How many jobs match. A filter by state alone uses the counts of the overview, others have a count of their own."""
    route, part = state["route"], state["count"]
    if not queries.counted_apart(route):
        count = counts(state).get(route["state"][0] if route["state"] else "total")
        return "jobs" if count is None else counted(count, "job")
    if route["search"].strip():
        return _search_count(state)
    known = known_count(state)
    if known is not None:
        count, more = known
        words = "more than %s jobs match" % integer(count) if more else counted(count, "job matches", "jobs match")
        old = age(state, part) or 0
        return words + " · " + (duration(old) + " ago" if old >= 1 else "now")
    if part["error"] is not None:
        return '<span title="%s">too many to count in time</span>' % esc(message_of(part["error"]))
    return "counting …"


def _search_count(state: State) -> str:
    """The number of rows on the page, because the server does not count the matches of a search."""
    part, route = state["jobs"], state["route"]
    if part["status"] != "ready" or part["query"] != queries.list_query(route):
        return "searching …"
    shown = len(part["rows"])
    if part["slice"] is not None and part["slice"]["partial"]:
        return "%s found so far" % integer(shown)
    if part["next"] or part["prev"]:
        return "more than %s match" % counted(shown, "job")
    return counted(shown, "job matches", "jobs match")


def _order(route: Route) -> str:
    """The sort order. The link reverses an order by id or failure; the column heads reverse the others."""
    sort = url_state.sort_of(route)
    if sort not in ORDERS:
        words = "by " + sort.lstrip("-").replace("_", " ") + (", descending" if sort[0] == "-" else "")
        return link(words, url_state.to_url(route, sort="", job=""), "sort-order", title="Back to newest first")
    label, other = ORDERS[sort]
    return link(label, url_state.to_url(route, sort=other, job=""), "sort-order", title="Turn the order round")
