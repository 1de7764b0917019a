"""A table that the server sorts, searches and pages: queues, tasks, errors, workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import PAGE_SIZES, TABLE_SORTS
from graphile_worker.admin.client.model import queries, url_state
from graphile_worker.admin.client.text.format import integer
from graphile_worker.admin.client.text.html import attrs, esc, icon, link, options
from graphile_worker.admin.client.text.percent_encoding import pairs
from graphile_worker.admin.client.views.shell import empty_states

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Route, State, TableName, TablePage

    Column = tuple[str, str, str]  # class, label HTML, name of the sort order or ""


def screen(
    state: State,
    name: TableName,
    columns: tuple[Column, ...],
    rows_html: str,
    beside_html: str,
    empty_html: str,
    lengths: str = "",
) -> str:
    """The screen of one table: search box, table, paging. `empty_html` is shown where the table has no rows at all.

    `lengths` are custom properties with the longest texts; the style sheet makes column widths of them.
    """
    part = state[name]
    data = part["data"]
    if data is None or not data["total"] and not narrowed(state["route"]):
        return empty_html
    tools = '<div class="tools">%s<span class="soft">%s</span><span class="push"></span>%s</div>' % (
        search_box(state, name),
        _count(data, name),
        beside_html,
    )
    if not data[name]:
        return tools + empty_states.empty_state("search-x", "Nothing matches", "", _widen(state["route"]))
    loading = part["query"] != queries.table_query(state["route"])
    kind = "table-panel loading" if loading else "table-panel outdated" if part["error"] else "table-panel"
    caption = '<caption class="visually-hidden">%s</caption>' % name
    style = ' style="%s"' % lengths if lengths else ""
    table = '<table class="%s"%s>%s%s<tbody>%s</tbody></table>' % (
        name,
        style,
        caption,
        head(state, columns),
        rows_html,
    )
    return '%s<div class="%s">%s%s</div>' % (tools, kind, table, _foot(state["route"], data, len(data[name])))


def narrowed(route: Route) -> bool:
    """Does a search, a range or a filter leave rows out?"""
    return bool(route["search"].strip() or route["held"] or route["failed_from"] or route["failed_to"])


def _widen(route: Route) -> str:
    """Links that remove the search, the range or the filter."""
    out = []
    if route["search"]:
        out.append(link("Clear search", url_state.to_url(route, search="", job=""), "btn"))
    if route["held"]:
        out.append(link("Remove “held only”", url_state.to_url(route, held="", job=""), "btn"))
    if route["failed_from"] or route["failed_to"]:
        out.append(link("Any time", url_state.to_url(route, failed_from="", failed_to="", job=""), "btn"))
    return "".join(out)


def search_box(state: State, name: str, hint: str = "") -> str:
    """The search box. Without the program it is an ordinary form."""
    address = url_state.to_url(state["route"], search="", job="")
    kept = "".join(
        ['<input type="hidden" name="%s" value="%s">' % (word, esc(value)) for word, value in pairs(address)]
    )
    return (
        '<form class="find" role="search" data-action="searched">%s<label class="field">%s'
        '<input type="search" name="search" id="gw-search-%d" class="gw-search" data-action="search" data-live value="%s" '
        'placeholder="%s" aria-label="Search %s" maxlength="500" autocomplete="off" spellcheck="false">'
        '<kbd class="desktop-only" aria-hidden="true">/</kbd></label></form>'
    ) % (
        kept,
        icon("search"),
        state["input_version"],
        esc(state["route"]["search"]),
        hint or "Search " + name,
        name,
    )


def longest(texts: list[str]) -> int:
    """The number of characters of the longest text."""
    return max([len(text) for text in texts] or [0])


def head(state: State, columns: tuple[Column, ...]) -> str:
    """The column heads. The first click sorts by a column, the next one reverses the order."""
    cells = "".join([_head_cell(state["route"], kind, label, word) for kind, label, word in columns])
    return "<thead><tr>%s</tr></thead>" % cells


def _head_cell(route: Route, kind: str, label: str, word: str) -> str:
    if not word:
        return '<th scope="col" class="%s">%s</th>' % (kind, label)
    now = url_state.sort_of(route)
    first = TABLE_SORTS.get(route["view"], ("id",))[0]
    usual = word if word == first and route["view"] != "jobs" else "-" + word
    other = {"-" + word: word, word: "-" + word}.get(now, usual)
    order = {"-" + word: "descending", word: "ascending"}.get(now)
    shown = label + (icon("arrow-down" if order == "descending" else "arrow-up") if order else "")
    inner = link(
        shown,
        url_state.to_url(route, sort=other, job=""),
        "sort",
        title="Sort by " + label.lower(),
        id="gw-sort-" + word,
    )
    return '<th scope="col" class="%s"%s>%s</th>' % (kind, attrs(aria_sort=order), inner)


def _count(data: TablePage, name: TableName) -> str:
    word = name[:-1] if data["total"] == 1 else name
    more = " matching" if data["search"] else ""
    cut = "" if data["complete"] else " · the busiest of more"
    return "%s%s %s%s" % (integer(data["total"]), more, word, cut)


def _foot(route: Route, data: TablePage, shown: int) -> str:
    first = route["offset"]
    back = max(0, first - route["limit"]) if first else None
    on = first + route["limit"] if data["has_more"] else None
    sizes = options([(str(one), "%d per page" % one) for one in PAGE_SIZES], str(route["limit"]))
    range_text = "%s – %s of %s" % (integer(first + 1), integer(first + shown), integer(data["total"]))
    return (
        '<div class="foot"><span>%s</span><span class="push"></span>%s%s'
        '<select class="btn compact-select desktop-only" id="gw-limit" data-action="limit" aria-label="Rows per page">%s</select></div>'
    ) % (range_text, page_link(route, "Previous", back, "back"), page_link(route, "Next", on, "on"), sizes)


def page_link(route: Route, label: str, offset: int | None, way: str) -> str:
    """A link to the page at this offset, disabled for None."""
    inner = icon("chevron-left") + label if way == "back" else label + icon("chevron-right")
    if offset is None:
        return '<span class="btn off" aria-disabled="true">%s</span>' % inner
    return link(inner, url_state.to_url(route, offset=offset, job=""), "btn", id="gw-page-" + way)
