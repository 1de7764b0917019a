"""Search, filters and chips of the Jobs screen."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import STATE_LABELS
from graphile_worker.admin.client import url_state
from graphile_worker.admin.client.format import counted
from graphile_worker.admin.client.html import button, esc, icon, link
from graphile_worker.admin.client.state import counts, refusal

CHIP_NAMES = (("identifier", "task"), ("queue", "queue"), ("key", "key"), ("worker", "worker"))


def tools(state: dict[str, Any]) -> str:
    """Search, filters, the two big buttons; below, what is filtered."""
    return '<div class="tools">%s%s%s<span class="push desk"></span>%s</div>%s' % (
        _search(state),
        _filters(state),
        '<button type="button" class="btn square hand-only" popovertarget="gw-filters" aria-label="Filters">%s</button>'
        % icon("list-filter"),
        _big_buttons(state),
        _chips(state),
    )


def _search(state: dict[str, Any]) -> str:
    number = state["generation"]
    kept = "".join(
        [
            '<input type="hidden" name="%s" value="%s">' % (name, esc(value))
            for name, value in url_state.pairs(url_state.to_url(state["route"], search="", job=""))
        ]
    )
    return (
        '<form class="find" role="search" data-action="searched">%s<label class="field">%s'
        '<input type="search" name="search" id="gw-search-%d" class="gw-search" data-action="search" '
        'data-live value="%s" placeholder="Search id, task, key, error, payload" aria-label="Search jobs" '
        'maxlength="500" autocomplete="off" spellcheck="false"><kbd class="desk" aria-hidden="true">/</kbd></label></form>'
    ) % (kept, icon("search"), number, esc(state["route"]["search"]))


def _filters(state: dict[str, Any]) -> str:
    """On a desk the boxes stand in the row; on a phone they are a sheet that the button opens."""
    fields = "".join([_filter(state, name, label) for name, label in CHIP_NAMES])
    inner = '<h2 class="hand">Filters</h2>' + fields + _remove_button(state, "hand-only") + _lists(state)
    return '<div id="gw-filters" class="filters" popover>%s</div>' % inner


def _filter(state: dict[str, Any], name: str, label: str) -> str:
    return (
        '<label class="field f-%s"><input id="gw-f-%s-%d" data-action="filter" data-name="%s" list="gw-l-%s" '
        'placeholder="%s" aria-label="Filter by %s" autocomplete="off" spellcheck="false"></label>'
    ) % (name, name, state["generation"], name, name, label[0].upper() + label[1:], label)


def _lists(state: dict[str, Any]) -> str:
    """What the boxes suggest: names the page has seen."""
    known: dict[str, list[str]] = {"queue": [], "worker": []}
    data = state["overview"]["data"]
    if data:
        known["queue"] = [one["queue_name"] for one in data["queues"][:200]]
        known["worker"] = [one["worker_id"] for one in data["workers"][:200]]
    seen = {row["task_identifier"]: True for row in state["jobs"]["rows"]}
    known["identifier"] = sorted(seen)
    out = []
    for name in ("identifier", "queue", "worker"):
        items = "".join(['<option value="%s"></option>' % esc(value) for value in known[name]])
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
    if route["state"] != "all":
        chips.append(_chip(route, "state", STATE_LABELS[route["state"]].lower(), state="all"))
    for name, label in CHIP_NAMES:
        for value in route[name]:
            chips.append(_chip(route, label, value, **{name: [one for one in route[name] if one != value]}))
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
    bare = url_state.bare(route, state=route["state"])
    count = counts(state).get("total" if route["state"] == "all" else route["state"])
    if url_state.list_query(url_state.over(bare, _kept(route))) != url_state.list_query(
        url_state.over(route, {"cursor": ""})
    ):
        return "matching jobs"
    return "jobs" if count is None else counted(count, "job")


def _order(route: dict[str, Any]) -> str:
    newest = route["sort"] == url_state.NEWEST_FIRST
    label = "newest first" if newest else "oldest first"
    return link(
        label, url_state.to_url(route, sort="id" if newest else "-id", job=""), "turn", title="Turn the order round"
    )
