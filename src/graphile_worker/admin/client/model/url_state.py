"""The route of the state as the address of the page: parsed when the address changes, formatted for links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import (
    DATABASE_PARAMETER,
    FILTER_STATES,
    FILTER_VALUES_MAX,
    LIMIT_DEFAULT,
    NUMBER_PARAMETERS,
    PAGE_SIZES,
    PAYLOAD_PATH_LENGTH,
    PAYLOAD_PATHS_MAX,
    REPEATED_PARAMETERS,
    SORTS,
    TABLE_SORTS,
    TIME_PARAMETERS,
)
from graphile_worker.admin.client.model.screens import DEFAULT_SORT, VIEWS
from graphile_worker.admin.client.text.format import epoch
from graphile_worker.admin.client.text.percent_encoding import pairs, quote

if TYPE_CHECKING:
    from typing import TypeGuard, Unpack

    from graphile_worker.admin.client.model.types import BoundName, ListFilter, Route, RouteChanges, TableName, View

RANGES: tuple[BoundName, ...] = NUMBER_PARAMETERS + TIME_PARAMETERS


def empty() -> Route:
    """The route of an address without parameters."""
    return {
        "db": "", "view": "jobs", "search": "", "sort": "", "cursor": "", "offset": 0, "limit": LIMIT_DEFAULT, "job": "",
        "held": "", "state": [], "identifier": [], "queue": [], "key": [], "worker": [], "flag": [], "error": [],
        "variant": [], "payload_path": [],
        "priority_min": "", "priority_max": "", "attempts_min": "", "attempts_max": "",
        "run_at_from": "", "run_at_to": "", "created_from": "", "created_to": "", "failed_from": "", "failed_to": "",
    }  # fmt: skip


def bare(route: Route, **changes: Unpack[RouteChanges]) -> Route:
    """A route without filters in the same database and with the same columns, with `changes`."""
    new = empty()
    new["db"], new["payload_path"] = route["db"], route["payload_path"]
    new.update(changes)
    return new


def bare_with(route: Route, name: ListFilter, value: str) -> Route:
    """A route with this filter alone in the same database."""
    new = bare(route)
    new[name] = [value]
    return new


def of_database(path: str, db: str) -> str:
    """The path of a request about this database; "" is the first."""
    return path + ("&" if "?" in path else "?") + DATABASE_PARAMETER + "=" + quote(db) if db else path


def parse(search: str) -> tuple[Route, list[str]]:
    """(route, the parameters that were dropped because they are not valid)."""
    route, dropped = empty(), []
    given = pairs(search)
    for name, value in given:
        if name == "view" and is_view(value):
            route["view"] = value
    for name, value in given:
        if not _take(route, name, value):
            dropped.append("%s=%s" % (name, value[:60]))
    return route, dropped


def is_list_filter(name: str) -> TypeGuard[ListFilter]:
    """Is it the name of a filter with a list of values?"""
    return name in REPEATED_PARAMETERS


def is_view(name: str) -> TypeGuard[View]:
    """Is it the name of a screen?"""
    return name in VIEWS


def _take(route: Route, name: str, value: str) -> bool:
    """Sets one parameter of the route; False where it is not valid."""
    if is_list_filter(name):
        return _listed(route[name], name, value)
    if name == "payload_path":
        return add_path(route["payload_path"], value)
    fields: dict[str, str | int] = route  # type: ignore[assignment]  # by a name that is checked below
    if name in ("db", "search", "cursor"):
        fields[name] = value
        return True
    if name not in route or not _fits(route, name, value):
        return False
    if name == "job":
        fields[name] = value.lstrip("0") or "0"  # as the database writes it
    elif name != "view":
        fields[name] = int(value) if name in ("limit", "offset") else value
    return True


def _listed(values: list[str], name: str, value: str) -> bool:
    if name == "state" and value == "all":
        return True
    if name == "state" and value == "running":
        value = "locked"  # the page's word and the API's
    if not value or (name == "state" and value not in FILTER_STATES):
        return False
    if value not in values and len(values) < FILTER_VALUES_MAX:
        values.append(value)
    return True


def add_path(paths: list[str], path: str) -> bool:
    """Adds a path of the payload to the columns, once; False where it is none, or there are enough."""
    if not is_path(path) or (path not in paths and len(paths) >= PAYLOAD_PATHS_MAX):
        return False
    if path not in paths:
        paths.append(path)
    return True


def is_path(text: str) -> bool:
    """Is it a path of a payload, as customer.id or "a.b".c? The rule is that of payload_paths.py."""
    if not 0 < len(text) <= PAYLOAD_PATH_LENGTH or "\0" in text or text == "payload":
        return False
    at = 8 if text[:8] == "payload." and len(text) > 8 else 0
    while True:
        start = at
        at = _name_end(text, at)
        if at > 0 and text[start] != '"' and _has_index(text[start:at]):
            return False
        if at < 0 or at == len(text):
            return at > 0
        if text[at] != ".":
            return False
        at += 1


def _has_index(name: str) -> bool:
    """Has the name an index in brackets, as lines[0]? The element is lines.0."""
    for part in name.split("[")[1:]:
        digits = part.split("]")[0]
        if len(digits) < len(part) and digits and all(letter in "0123456789" for letter in digits):
            return True
    return False


def _name_end(text: str, start: int) -> int:
    """The index behind the name that begins at `start`; -1 where there is none."""
    at = start
    if text[start : start + 1] == '"':
        at += 1
        while at < len(text) and text[at] != '"':
            at += 2 if text[at] == "\\" else 1
        return at + 1 if start + 1 < at < len(text) else -1
    while at < len(text) and text[at] not in '.":' and not _is_white(ord(text[at])):
        at += 1
    return at if at > start else -1


def _is_white(code: int) -> bool:
    """Is it white space as a regular expression of the server has it?"""
    spaces = (0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
    return 9 <= code <= 13 or 28 <= code <= 31 or 0x2000 <= code <= 0x200A or code in spaces


def _fits(route: Route, name: str, value: str) -> bool:
    if name == "view":
        return is_view(value)
    if name == "sort":
        return value in sorts(route["view"])
    if name == "held":
        return value == "true" and route["view"] == "queues"
    if name == "limit":
        return _digits(value, 4) and int(value) in PAGE_SIZES
    if name in TIME_PARAMETERS:
        return epoch(value) is not None
    if name in NUMBER_PARAMETERS:
        return _digits(value[1:] if value[:1] == "-" else value, 5)
    return _digits(value, 19 if name == "job" else 9)


def _digits(text: str, most: int) -> bool:
    return text.encode().isdigit() and len(text) <= most


def sorts(view: View) -> tuple[str, ...]:
    """The orders of a screen."""
    if view in TABLE_SORTS:
        words = TABLE_SORTS[view]
        return words + tuple(["-" + word for word in words])
    return SORTS if view == "jobs" else ()


def is_table(view: View) -> TypeGuard[TableName]:
    """Is this screen a table that the server samples?"""
    return view in TABLE_SORTS


def sort_of(route: Route) -> str:
    """The order of the screen, which is the default where the route has none."""
    return route["sort"] or default_sort(route)


def default_sort(route: Route) -> str:
    """The order of a route without one. A list of failures has the newest first; a search goes by id, in slices."""
    by_failure = lists_failures(route) and not route["search"].strip()
    return "-failed_at" if by_failure else DEFAULT_SORT[route["view"]]


def lists_failures(route: Route) -> bool:
    """Are failed and retrying jobs the only ones in the list?"""
    states = route["state"]
    return route["view"] == "jobs" and len(states) > 0 and all([one in ("failed", "retrying") for one in states])


def filters(route: Route) -> list[tuple[str, str]]:
    """The filters that are set, as parameters; a filter with several values is there once for each."""
    out: list[tuple[str, str]] = [(name, value) for name in REPEATED_PARAMETERS for value in route[name]]
    if route["search"].strip():
        out.append(("search", route["search"]))
    return out + [(name, route[name]) for name in RANGES if route[name]]


def joined(items: list[tuple[str, str]]) -> str:
    """Parameters as the query of an address."""
    return "?" + "&".join([name + "=" + quote(value) for name, value in items])


def to_url(route: Route, **changes: Unpack[RouteChanges]) -> str:
    """The shortest address of a route with `changes`: defaults are left out."""
    route = over(route, changes)
    items = _screen(route, route["view"]) + filters(route)
    if route["sort"] and route["sort"] != default_sort(route):
        items.append(("sort", route["sort"]))
    if route["held"]:
        items.append(("held", route["held"]))
    if route["limit"] != LIMIT_DEFAULT:
        items.append(("limit", str(route["limit"])))
    if route["offset"]:
        items.append(("offset", str(route["offset"])))
    if route["cursor"]:
        items.append(("cursor", route["cursor"]))
    if route["job"]:
        items.append(("job", route["job"]))
    return joined(items)


def screen_url(route: Route, view: View) -> str:
    """The address of another screen of the same database, without filters."""
    return joined(_screen(route, view))


def _screen(route: Route, view: View) -> list[tuple[str, str]]:
    items = [(DATABASE_PARAMETER, route["db"])] if route["db"] else []
    if view != "jobs":
        items.append(("view", view))
    return items + paths(route)


def paths(route: Route) -> list[tuple[str, str]]:
    """The paths of the payload that are columns, as parameters."""
    return [("payload_path", path) for path in route["payload_path"]]


def over(route: Route, changes: RouteChanges) -> Route:
    """A copy with changes; another filter, order or page size starts at the first page again."""
    new = route.copy()
    new.update(changes)
    turned = [name for name in changes if name not in ("job", "cursor", "offset", "view", "db", "payload_path")]
    if turned and "cursor" not in changes:
        new["cursor"] = ""
    if turned and "offset" not in changes:
        new["offset"] = 0
    return new


def filtered(route: Route) -> bool:
    """Is there a filter?"""
    return len(filters(route)) > 0
