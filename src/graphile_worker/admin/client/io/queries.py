"""What the API is asked for an address: the list, its count, the tables, and the filter of a bulk verb."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import REPEATED_PARAMETERS
from graphile_worker.admin.client.model.url_state import bare, filters, joined, sort_of

BACKWARDS = ("WyItaWQiLCJw", "WyJpZCIsInBy")  # how a cursor of -id or id begins that leads back


def list_query(route: dict[str, Any]) -> str:
    """What GET api/jobs is asked for this route."""
    items = filters(route) + [("sort", sort_of(route)), ("limit", str(route["limit"])), ("payload", "preview")]
    if sliced(route):
        items.append(("partial", "true"))
    if route["cursor"]:
        items.append(("cursor", route["cursor"]))
    return joined(items)


def sliced(route: dict[str, Any]) -> bool:
    """Can the answer come in slices? A search by id can, forwards."""
    by_id = sort_of(route) in ("id", "-id")
    return bool(route["search"].strip()) and by_id and not route["cursor"].startswith(BACKWARDS)


def filter_query(route: dict[str, Any]) -> str:
    """The filters alone, as GET api/jobs/count takes them."""
    return joined(filters(route))


def filter_members(route: dict[str, Any]) -> dict[str, Any]:
    """The filters as the members that api/jobs/bulk takes; without any, all jobs are asked for by name."""
    found: dict[str, Any] = {}
    for name, value in filters(route):
        if name in REPEATED_PARAMETERS:
            found[name] = found.get(name, []) + [value]
        else:
            found[name] = value
    return found or {"state": "all"}


def counted_apart(route: dict[str, Any]) -> bool:
    """Is more asked for than one state, which the overview counts anyway?"""
    return filter_query(route) != filter_query(bare(route, state=route["state"][:1]))


def table_query(route: dict[str, Any]) -> str:
    """What api/queues, api/tasks, api/errors and api/workers are asked for this route."""
    items = [("search", route["search"].strip())] if route["search"].strip() else []
    items += [("sort", sort_of(route)), ("limit", str(route["limit"])), ("offset", str(route["offset"]))]
    return joined(items)
