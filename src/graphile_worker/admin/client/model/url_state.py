"""The address bar and the state are the same thing: parse on arrival, format on every change."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import (
    DATABASE_PARAMETER,
    FILTER_VALUES_MAX,
    LIMIT_DEFAULT,
    NUMBER_PARAMETERS,
    PAGE_SIZES,
    REPEATED_PARAMETERS,
    SORTS,
    STATES,
    TABLE_SORTS,
    TIME_PARAMETERS,
)
from graphile_worker.admin.client.text.format import epoch
from graphile_worker.admin.client.text.quoting import pairs, quote

SCREENS = ("jobs", "queues", "tasks", "errors", "workers", "maintenance")
TABLES = ("queues", "tasks", "errors", "workers")
NEWEST_FIRST = "-id"
USUAL_SORT = {
    "jobs": NEWEST_FIRST,
    "queues": "-ready",
    "tasks": "-total",
    "errors": "-count",
    "workers": "-jobs",
    "maintenance": "",
}
RANGES = NUMBER_PARAMETERS + TIME_PARAMETERS
_TEXT = (DATABASE_PARAMETER, "search", "cursor")


def empty() -> dict[str, Any]:
    """The route of a bare address; see `bare` for one in the same database."""
    route: dict[str, Any] = {
        DATABASE_PARAMETER: "",
        "view": "jobs",
        "search": "",
        "sort": "",
        "cursor": "",
        "offset": 0,
        "limit": LIMIT_DEFAULT,
        "job": "",
    }
    for name in REPEATED_PARAMETERS:
        route[name] = []
    for bound in RANGES:
        route[bound] = ""
    return route


def bare(route: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A route without filters in the same database, with `changes`."""
    new = empty()
    new[DATABASE_PARAMETER] = route[DATABASE_PARAMETER]
    new.update(changes)
    return new


def of_database(path: str, db: str) -> str:
    """The path of a request about this database; "" is the first."""
    return path + ("&" if "?" in path else "?") + DATABASE_PARAMETER + "=" + quote(db) if db else path


def parse(search: str) -> tuple[dict[str, Any], list[str]]:
    """(route, what was dropped because it does not parse, in words)."""
    route, dropped = empty(), []
    given = pairs(search)
    for name, value in given:
        if name == "view" and value in SCREENS:
            route["view"] = value
    for name, value in given:
        if not _take(route, name, value):
            dropped.append("%s=%s" % (name, value[:60]))
    return route, dropped


def _take(route: dict[str, Any], name: str, value: str) -> bool:
    if name in REPEATED_PARAMETERS:
        return _listed(route[name], name, value)
    if name in _TEXT:
        route[name] = value
        return True
    if name not in route or not _fits(route, name, value):
        return False
    if name == "job":
        route[name] = value.lstrip("0") or "0"  # as the database says it
    elif name != "view":
        route[name] = int(value) if name in ("limit", "offset") else value
    return True


def _listed(values: list[str], name: str, value: str) -> bool:
    if name == "state" and value == "all":
        return True
    if not value or (name == "state" and value not in STATES):
        return False
    if value not in values and len(values) < FILTER_VALUES_MAX:
        values.append(value)
    return True


def _fits(route: dict[str, Any], name: str, value: str) -> bool:
    if name == "view":
        return value in SCREENS
    if name == "sort":
        return value in sorts(route["view"])
    if name == "limit":
        return _digits(value, 4) and int(value) in PAGE_SIZES
    if name in TIME_PARAMETERS:
        return epoch(value) is not None
    if name in NUMBER_PARAMETERS:
        return _digits(value[1:] if value[:1] == "-" else value, 5)
    return _digits(value, 19 if name == "job" else 9)


def _digits(text: str, most: int) -> bool:
    return text.encode().isdigit() and len(text) <= most


def sorts(view: str) -> tuple[str, ...]:
    """The orders of a screen."""
    if view in TABLE_SORTS:
        words = TABLE_SORTS[view]
        return words + tuple(["-" + word for word in words])
    return SORTS if view == "jobs" else ()


def sort_of(route: dict[str, Any]) -> str:
    """The order that is in force."""
    return str(route["sort"] or USUAL_SORT[route["view"]])


def filters(route: dict[str, Any]) -> list[tuple[str, str]]:
    """The filters that are set, as parameters; one of several values is there several times."""
    out: list[tuple[str, str]] = [(name, value) for name in REPEATED_PARAMETERS for value in route[name]]
    if route["search"].strip():
        out.append(("search", route["search"]))
    return out + [(name, route[name]) for name in RANGES if route[name]]


def joined(items: list[tuple[str, str]]) -> str:
    """Parameters as the query of an address."""
    return "?" + "&".join([name + "=" + quote(value) for name, value in items])


def to_url(route: dict[str, Any], **changes: Any) -> str:
    """The shortest address of a route: what is as usual is left out. `changes` are put over it first."""
    route = over(route, changes)
    items = _place(route, route["view"]) + filters(route)
    if route["sort"] and route["sort"] != USUAL_SORT[route["view"]]:
        items.append(("sort", route["sort"]))
    if route["limit"] != LIMIT_DEFAULT:
        items.append(("limit", str(route["limit"])))
    if route["offset"]:
        items.append(("offset", str(route["offset"])))
    items += [(name, route[name]) for name in ("cursor", "job") if route[name]]
    return joined(items)


def screen_url(route: dict[str, Any], view: str) -> str:
    """The address of another screen of the same database, without filters."""
    return joined(_place(route, view))


def _place(route: dict[str, Any], view: str) -> list[tuple[str, str]]:
    items = [(DATABASE_PARAMETER, route[DATABASE_PARAMETER])] if route[DATABASE_PARAMETER] else []
    return items if view == "jobs" else items + [("view", view)]


def over(route: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy with changes; another filter, order or page size starts at the first page again."""
    new = dict(route)
    new.update(changes)
    turned = [name for name in changes if name not in ("job", "cursor", "offset", "view", DATABASE_PARAMETER)]
    if turned and "cursor" not in changes:
        new["cursor"] = ""
    if turned and "offset" not in changes:
        new["offset"] = 0
    return new


def filtered(route: dict[str, Any]) -> bool:
    """Is anything but the whole table asked for?"""
    return len(filters(route)) > 0
