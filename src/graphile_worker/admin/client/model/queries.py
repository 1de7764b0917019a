"""Queries of API requests, made from the route: the list, its count, the tables, and the filter of a bulk action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import REPEATED_PARAMETERS
from graphile_worker.admin.client.model.url_state import bare, filters, is_table, joined, of_database, paths, sort_of

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import FilterMembers, Route

BACKWARDS = ("WyItaWQiLCJw", "WyJpZCIsInBy")  # the beginning of a cursor to the previous page, sorted by -id and by id


def list_query(route: Route) -> str:
    """The query of GET api/jobs."""
    items = filters(route) + [("sort", sort_of(route)), ("limit", str(route["limit"])), ("payload", "preview")]
    items += paths(route)
    if sliced(route):
        items.append(("partial", "true"))
    if route["cursor"]:
        items.append(("cursor", route["cursor"]))
    return joined(items)


def sliced(route: Route) -> bool:
    """Can the answer come in slices? A search by id can, forwards."""
    by_id = sort_of(route) in ("id", "-id")
    return bool(route["search"].strip()) and by_id and not route["cursor"].startswith(BACKWARDS)


def filter_query(route: Route) -> str:
    """The filters alone, the query of GET api/jobs/count."""
    return joined(filters(route))


def others_query(route: Route) -> str:
    """The filters beside the states."""
    return joined([one for one in filters(route) if one[0] != "state"])


def filters_beside_states(route: Route) -> bool:
    """Is there a filter beside the states?"""
    return others_query(route) != "?"


def filter_members(route: Route) -> FilterMembers:
    """The `filter` of POST api/jobs/bulk; without any filter, all jobs are named explicitly."""
    found: FilterMembers = {}
    for name, value in filters(route):
        if name in REPEATED_PARAMETERS:
            found[name] = list(route[name])
        else:
            found[name] = value
    return found or {"state": "all"}


def counted_apart(route: Route) -> bool:
    """Is there a filter beside one state? The overview counts each state."""
    return filter_query(route) != filter_query(bare(route, state=route["state"][:1]))


def table_query(route: Route) -> str:
    """The query of GET api/queues, tasks, errors and workers."""
    items = [("search", route["search"].strip())] if route["search"].strip() else []
    items += [("sort", sort_of(route)), ("limit", str(route["limit"])), ("offset", str(route["offset"]))]
    if route["held"]:
        items.append(("held", route["held"]))
    if route["view"] == "errors":
        bounds = (("since", route["failed_from"]), ("until", route["failed_to"]))
        items += [(name, value) for name, value in bounds if value]
    return joined(items)


def screen_query(route: Route) -> str:
    """The query of the screen's main request."""
    return table_query(route) if is_table(route["view"]) else list_query(route)


def export_path(route: Route, form: str) -> str:
    """The path of the server's export of all jobs that match, with the columns of payload values, relative to the page."""
    query = joined(filters(route) + paths(route))
    order = "&sort=-id" if sort_of(route) in ("-id", "-failed_at") else ""  # an export is in the order of the ids
    mark = "&bom=true" if form == "csv" else ""
    path = "api/jobs/export%s%sformat=%s%s%s" % (query, "" if query == "?" else "&", form, mark, order)
    return of_database(path, route["db"])
