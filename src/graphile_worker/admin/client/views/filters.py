"""Search, filters and chips of the Jobs screen."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import FILTER_LABELS, REPEATED_PARAMETERS, STATE_LABELS
from graphile_worker.admin.client import url_state
from graphile_worker.admin.client.format import counted
from graphile_worker.admin.client.html import button, esc, icon, link
from graphile_worker.admin.client.state import counts, refusal
from graphile_worker.admin.client.views.listing import find

BOXES = ("identifier", "queue", "key", "worker")
RANGE_LABELS = {
    "priority_min": "priority from",
    "priority_max": "priority to",
    "attempts_min": "attempts from",
    "attempts_max": "attempts to",
    "run_at_from": "run at from",
    "run_at_to": "run at before",
    "created_from": "created from",
    "created_to": "created before",
}


def tools(state: dict[str, Any]) -> str:
    """Search, filters, the two big buttons; below, what is filtered."""
    return '<div class="tools">%s%s%s<span class="push desk"></span>%s</div>%s' % (
        find(state, "jobs", "Search id, task, key, error, payload"),
        _filters(state),
        '<button type="button" class="btn square hand-only" popovertarget="gw-filters" aria-label="Filters">%s</button>'
        % icon("list-filter"),
        _big_buttons(state),
        _chips(state),
    )


def _filters(state: dict[str, Any]) -> str:
    """On a desk the boxes stand in the row; on a phone they are a sheet that the button opens."""
    fields = "".join([_filter(state, name, FILTER_LABELS[name]) for name in BOXES])
    inner = '<h2 class="hand">Filters</h2>' + fields + _remove_button(state, "hand-only") + _lists(state)
    return '<div id="gw-filters" class="filters" popover>%s</div>' % inner


def _filter(state: dict[str, Any], name: str, label: str) -> str:
    return (
        '<label class="field f-%s"><input id="gw-f-%s-%d" data-action="filter" data-name="%s" list="gw-l-%s" '
        'placeholder="%s" aria-label="Filter by %s" autocomplete="off" spellcheck="false"></label>'
    ) % (name, name, state["generation"], name, name, label[0].upper() + label[1:], label)


def _lists(state: dict[str, Any]) -> str:
    """What the boxes suggest: names the page has seen."""
    out = []
    for name, field in (("identifier", "task_identifier"), ("queue", "queue_name"), ("worker", "locked_by")):
        seen = {row[field]: True for row in state["jobs"]["rows"] if row[field] is not None}
        items = "".join(['<option value="%s"></option>' % esc(value) for value in sorted(seen)])
        out.append('<datalist id="gw-l-%s">%s</datalist>' % (name, items))
    return "".join(out)


def _big_buttons(state: dict[str, Any]) -> str:
    reason = refusal(state, "add")
    add = button("Add job", "add-job", "main", "plus", disabled=bool(reason), title=reason)
    return _remove_button(state, "desk") + add


def _remove_button(state: dict[str, Any], kind: str) -> str:
    reason = refusal(state, "remove-by-key")
    return button("Remove by key", "remove-key", kind, "key-round", disabled=bool(reason), title=reason)


def _chips(state: dict[str, Any]) -> str:
    route = state["route"]
    chips = []
    for name in REPEATED_PARAMETERS:
        for value in route[name]:
            shown = STATE_LABELS[value].lower() if name == "state" else value
            rest = [one for one in route[name] if one != value]
            chips.append(_chip(route, FILTER_LABELS[name], shown, **{name: rest}))
    for name in url_state.RANGES:
        if route[name]:
            chips.append(_chip(route, RANGE_LABELS[name], route[name], **{name: ""}))
    if route["search"].strip():
        chips.append(_chip(route, "search", route["search"].strip(), search=""))
    clear = ""
    if chips:
        clear = link("clear all", url_state.to_url(url_state.bare(route, **_kept(route))), "soft")
    return '<div class="tools chips">%s%s<span class="push soft">%s · %s</span></div>' % (
        "".join(chips),
        clear,
        _matching(state),
        _order(route),
    )


def _kept(route: dict[str, Any]) -> dict[str, Any]:
    return {"limit": route["limit"], "sort": route["sort"]}


def _chip(route: dict[str, Any], label: str, shown: str, **without: Any) -> str:
    cross = link(
        icon("x"), url_state.to_url(route, job="", **without), "", aria_label="Remove filter %s %s" % (label, shown)
    )
    return '<span class="chip"><span>%s: %s</span>%s</span>' % (label, esc(shown), cross)


def _matching(state: dict[str, Any]) -> str:
    """A count only where we have one: the whole table or one state of it."""
    route = state["route"]
    if url_state.filter_query(route) != url_state.filter_query(url_state.bare(route, state=route["state"][:1])):
        return "matching jobs"
    count = counts(state).get(route["state"][0] if route["state"] else "total")
    return "jobs" if count is None else counted(count, "job")


def _order(route: dict[str, Any]) -> str:
    newest = url_state.sort_of(route) == url_state.NEWEST_FIRST
    label = "newest first" if newest else "oldest first"
    return link(
        label, url_state.to_url(route, sort="id" if newest else "-id", job=""), "turn", title="Turn the order round"
    )
