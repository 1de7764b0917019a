"""The Jobs screen: filters, table or empty state, paging, selection bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import PAGE_SIZES
from graphile_worker.admin.client.model import queries, url_state
from graphile_worker.admin.client.text.format import counted, integer
from graphile_worker.admin.client.text.html import attrs, button, icon, link, options
from graphile_worker.admin.client.views.jobs import (
    active_filters,
    filters,
    selection_bar,
    state_counts,
    table,
)
from graphile_worker.admin.client.views.shell import empty_states
from graphile_worker.admin.client.views.tables import activity

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Route, Slice, State


def screen(parts: dict[str, str], table_html: str) -> str:
    """The screen from the HTML of its regions."""
    return "".join(
        [
            '<div id="%s"%s>%s</div>' % (name, attrs(class_=kind), table_html if name == "gw-table" else parts[name])
            for name, kind in (
                ("gw-strip", None),
                ("gw-tools", None),
                ("gw-chips", None),
                ("gw-lists", None),
                ("gw-turning", None),
                ("gw-table", None),
                ("gw-acts", "selection-area"),
            )
        ]
    )


def regions(state: State) -> dict[str, str]:
    """HTML by id of all regions but the table."""
    return {
        "gw-strip": state_counts.links(state) + activity.activity(state),
        "gw-tools": filters.tools(state),
        "gw-chips": active_filters.row(state),
        "gw-lists": filters.lists(state),
        "gw-turning": '<i class="loading"></i>' if shows_other_list(state) else "",
        "gw-acts": selection_bar.bar(state),
    }


def body(state: State, cells: list[str]) -> str:
    """The table, or what is shown without rows. `cells` has the HTML of each row, or of the first rows only."""
    part = state["jobs"]
    if part["status"] == "first":
        return empty_states.skeleton()
    if part["status"] == "error":
        return empty_states.error_state(state, part["error"])
    if not part["rows"] and part["slice"] is not None and part["slice"]["partial"]:
        return _search_progress(state) + empty_states.empty_state(
            "search", "Nothing found yet", "The search goes through the jobs by id."
        )
    if not part["rows"]:
        return empty_states.no_rows(state)
    return (
        _search_progress(state)
        + _new_jobs(state)
        + selection_bar.head(state)
        + '<div class="table-panel%s">%s%s</div>'
        % (
            _panel_class(state),
            table.table(state, cells),
            foot(state),
        )
    )


def has_rows(state: State) -> bool:
    """Whether the table is shown, so that rows can be redrawn one by one."""
    return state["jobs"]["status"] == "ready" and len(state["jobs"]["rows"]) > 0


def shows_other_list(state: State) -> bool:
    """Whether the rows belong to an earlier address and the list of the current one is loading. They are not redrawn then."""
    part = state["jobs"]
    return has_rows(state) and part["error"] is None and part["query"] != queries.list_query(state["route"])


def _panel_class(state: State) -> str:
    return " outdated" if state["jobs"]["error"] else ""


def outline(state: State) -> str:
    """Everything of the table but the cells. While this stays the same, only rows need a redraw."""
    if not has_rows(state):
        return body(state, [])
    part = state["jobs"]
    names = " ".join([row["id"] for row in part["rows"]])
    return "%s|%s|%s|%s|%s|%s|%s" % (
        _search_progress(state),
        _new_jobs(state),
        selection_bar.head(state),
        _panel_class(state),
        table.head(state),
        names,
        foot(state),
    )


def _search_progress(state: State) -> str:
    """Which ids were searched and how many jobs were found, with Stop or Continue. Empty for a search that one request completed."""
    part = state["jobs"]
    progress = part["slice"]
    if progress is None or not (progress["partial"] or progress["slices"] > 1):
        return ""
    running = progress["going"] and part["error"] is None
    buttons = ""
    if progress["partial"]:
        buttons = (
            button("Stop", "search-stop", "small") if running else button("Continue", "search-on", "small", "play")
        )
    return '<div class="search-progress" role="group" aria-label="Search">%s<span>%s</span>%s</div>' % (
        icon("loader", "running") if running else icon("search", "soft"),
        _searched(progress, len(part["rows"])),
        buttons,
    )


def _searched(progress: Slice, found: int) -> str:
    """Like "3 found so far; ids 1,000,000 – 740,000 searched", or "3 found; all jobs searched"."""
    if progress["first"] is None or not progress["partial"]:
        return "<b>%s found</b>; all jobs searched" % integer(found)
    first, to = integer(progress["first"]), integer(progress["to"])
    return "<b>%s found</b> so far; ids %s – %s searched" % (integer(found), first, to)


def _new_jobs(state: State) -> str:
    held = state["jobs"]["held"]
    if held is None:
        return ""
    words = ["%s%s new" % (integer(held["fresh"]), "+" if held["more"] else "")] if held["fresh"] else []
    words += ["%s gone" % integer(held["gone"])] if held["gone"] else []
    form = '<button type="button" class="new-jobs" data-action="show-new">%s</button>'
    return form % (" · ".join(words) or "Another order")


def foot(state: State) -> str:
    """Links to the previous and next page, and the page size."""
    part, route = state["jobs"], state["route"]
    back, on = {"-id": ("Newer", "Older"), "id": ("Older", "Newer")}.get(url_state.sort_of(route), ("Previous", "Next"))
    sizes = options([(str(one), "%d per page" % one) for one in PAGE_SIZES], str(route["limit"]))
    further = None if part["slice"] is not None and part["slice"]["partial"] else part["next"]
    end = "first page" if not part["prev"] else ("last page" if not part["next"] else "")
    return (
        '<div class="foot"><span>%s%s</span><span class="push"></span>%s%s'
        '<select class="btn compact-select desktop-only" id="gw-limit" data-action="limit" aria-label="Rows per page">%s</select></div>'
    ) % (
        counted(len(part["rows"]), "job"),
        " · " + end if end else "",
        _page_link(route, back, part["prev"], "chevron-left"),
        _page_link(route, on, further, "chevron-right"),
        sizes,
    )


def _page_link(route: Route, label: str, cursor: str | None, picture: str) -> str:
    inner = icon(picture) + label if picture == "chevron-left" else label + icon(picture)
    if not cursor:
        return '<span class="btn off" aria-disabled="true">%s</span>' % inner
    name = (
        "gw-page-back" if picture == "chevron-left" else "gw-page-on"
    )  # without ids one link would be morphed into the other
    return link(inner, url_state.to_url(route, cursor=cursor, job=""), "btn", id=name)
