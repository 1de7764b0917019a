"""The address bar and the state are the same thing: parse on arrival, format on every change."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import (
    DATABASE_PARAMETER,
    FILTER_VALUES_MAX,
    LIMIT_DEFAULT,
    NAME_PARAMETERS,
    PAGE_SIZES,
    STATES,
)

SCREENS = ("jobs", "queues", "workers", "maintenance")
NEWEST_FIRST = "-id"
PAGE_SORTS = (NEWEST_FIRST, "id")
_HEX = "0123456789ABCDEF"
_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
_TEXT = ("db", "search", "cursor", "job")


def empty() -> dict[str, Any]:
    """The route of a bare address; see `bare` for one in the same database."""
    return {
        "db": "",
        "view": "jobs",
        "state": "all",
        "identifier": [],
        "queue": [],
        "key": [],
        "worker": [],
        "search": "",
        "sort": NEWEST_FIRST,
        "cursor": "",
        "limit": LIMIT_DEFAULT,
        "job": "",
    }


def bare(route: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A route without filters in the same database, with `changes`."""
    new = empty()
    new["db"] = route["db"]
    new.update(changes)
    return new


def of_database(path: str, db: str) -> str:
    """The path of a request about this database; "" is the first."""
    return path + ("&" if "?" in path else "?") + DATABASE_PARAMETER + "=" + quote(db) if db else path


def quote(text: str) -> str:
    """Percent-encoding of UTF-8."""
    out = []
    for byte in text.encode():
        out.append(chr(byte) if byte in _PLAIN else "%" + _HEX[byte >> 4] + _HEX[byte & 15])
    return "".join(out)


def unquote(text: str) -> str:
    """The reverse; broken escapes stay as they are, broken UTF-8 becomes U+FFFD."""
    raw = bytearray()
    source = text.replace("+", " ").encode()
    at = 0
    while at < len(source):
        byte = source[at]
        if byte == 0x25 and at + 2 < len(source):
            try:
                byte = int(source[at + 1 : at + 3].decode(), 16)
                at += 2
            except (ValueError, UnicodeError):
                pass
        raw.append(byte)
        at += 1
    try:
        return bytes(raw).decode()
    except UnicodeError:
        return "".join([chr(byte) if byte < 128 else "\ufffd" for byte in raw])


def pairs(search: str) -> list[tuple[str, str]]:
    """("?a=1&b=2") -> [("a", "1"), ("b", "2")]."""
    out = []
    for part in search.lstrip("?").split("&"):
        if part:
            cut = part.find("=")
            name, value = (part, "") if cut < 0 else (part[:cut], part[cut + 1 :])
            out.append((unquote(name), unquote(value)))
    return out


def parse(search: str) -> tuple[dict[str, Any], list[str]]:
    """(route, what was dropped because it does not parse, in words)."""
    route, dropped = empty(), []
    for name, value in pairs(search):
        if not _take(route, name, value):
            dropped.append("%s=%s" % (name, value[:60]))
    return route, dropped


def _take(route: dict[str, Any], name: str, value: str) -> bool:
    if name in NAME_PARAMETERS:
        values = route[name]
        if value and value not in values and len(values) < FILTER_VALUES_MAX:
            values.append(value)
        return bool(value)
    if name == "job":
        route["job"] = value if _digits(value, 19) else ""
        return bool(route["job"])
    if name in _TEXT:
        route[name] = value
        return True
    if name == "limit":
        fits = _digits(value, 4) and int(value) in PAGE_SIZES
        if fits:
            route["limit"] = int(value)
        return fits
    allowed = {"view": SCREENS, "state": STATES, "sort": PAGE_SORTS}.get(name, ())
    if value in allowed:
        route[name] = value
        return True
    return False


def _digits(text: str, most: int) -> bool:
    return text.encode().isdigit() and len(text) <= most


def _filters(route: dict[str, Any]) -> list[tuple[str, str]]:
    out = [] if route["state"] == "all" else [("state", route["state"])]
    for name in NAME_PARAMETERS:
        out += [(name, value) for value in route[name]]
    return out + ([("search", route["search"])] if route["search"].strip() else [])


def _join(items: list[tuple[str, str]]) -> str:
    return "?" + "&".join([name + "=" + quote(value) for name, value in items])


def to_url(route: dict[str, Any], **changes: Any) -> str:
    """The shortest address of a route: what is as usual is left out. `changes` are put over it first."""
    route = over(route, changes)
    items = [(DATABASE_PARAMETER, route["db"])] if route["db"] else []
    if route["view"] != "jobs":
        items.append(("view", route["view"]))
    items += _filters(route)
    if route["sort"] != NEWEST_FIRST:
        items.append(("sort", route["sort"]))
    if route["limit"] != LIMIT_DEFAULT:
        items.append(("limit", str(route["limit"])))
    items += [(name, route[name]) for name in ("cursor", "job") if route[name]]
    return _join(items)


def list_query(route: dict[str, Any]) -> str:
    """What GET api/jobs is asked for this route."""
    items = _filters(route) + [("sort", route["sort"]), ("limit", str(route["limit"])), ("payload", "preview")]
    if route["cursor"]:
        items.append(("cursor", route["cursor"]))
    return _join(items)


def over(route: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy with changes; another filter, order or page size starts at the first page again."""
    new = dict(route)
    new.update(changes)
    turned = [name for name in changes if name not in ("job", "cursor", "view", "db")]
    if turned and "cursor" not in changes:
        new["cursor"] = ""
    return new


def filtered(route: dict[str, Any]) -> bool:
    """Is anything but the whole table asked for?"""
    return len(_filters(route)) > 0
