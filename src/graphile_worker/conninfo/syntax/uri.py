"""The URI form of an address, parsed as libpq does, or as Node's `pg` does if libpq's result is not valid.

They differ in the end of the user name and password: the first `@` for libpq, the last one for Node.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from graphile_worker._patterns import lazy_pattern
from graphile_worker.conninfo.connect.hosts import is_ip_address
from graphile_worker.conninfo.refusal import refused
from graphile_worker.conninfo.syntax.parameter_names import Given, given, is_known
from graphile_worker.core.exceptions import InvalidInput

SCHEME = r"(?:jdbc:)?postgres(?:ql)?(?:\+\w+)?://"  # addresses of SQLAlchemy and Java are equal after the scheme
_BEGIN = lazy_pattern(SCHEME, re.IGNORECASE | re.ASCII)
_PARTS = lazy_pattern(r"([^/?]*)(?:/([^?]*))?(?:\?(.*))?", re.DOTALL)
_HOST = lazy_pattern(r"(?:\[([^\[\]]+)\]|([^\[\]:@#]*))(?::([ \t]*\+?\d*[ \t]*))?", re.ASCII)
_QUERY_TOO_SOON = lazy_pattern(r"\d*\?[\w.-]+=", re.ASCII)
_SECOND_QUERY = lazy_pattern(r"\?([\w.-]+)=", re.ASCII)
_BARE_PERCENT = lazy_pattern(r"%(?![0-9A-Fa-f]{2})")
_ENCODED = {"%": "%25", "/": "%2F", "?": "%3F", "#": "%23", "@": "%40", "[": "%5B", "]": "%5D", "&": "%26"}


def is_uri(text: str) -> bool:
    """Whether a text begins with `postgresql://` or another name of the scheme."""
    return _BEGIN.match(text) is not None


def parse_uri(text: str) -> Given:
    """The parameters of a URI. Those behind `?` override the others. Raises InvalidInput, whose message contains no
    secret."""
    begin = _BEGIN.match(text)
    assert begin is not None, "the caller has asked is_uri"  # noqa: S101
    rest = text[begin.end() :]
    problem: InvalidInput | None = None
    for userinfo, remainder in dict.fromkeys(_readings(rest)):
        try:
            return _parse(userinfo, remainder)
        except InvalidInput as error:
            problem = problem or error
    if problem is not None and (rest.count("@") > 1 or ("@" in rest and "/" in rest[: rest.rindex("@")])):
        raise _ambiguous(rest) from None
    raise problem or _ambiguous(rest)


def _readings(rest: str) -> Iterator[tuple[str | None, str]]:
    """(user and password, the rest) as libpq parses them, as Node does, and the widest possible split."""
    first = re.search("[@/]", rest)
    if first is None or first[0] == "/":
        yield None, rest
        return
    yield rest[: first.start()], rest[first.end() :]
    for end in ("[/?#]", "/"):
        authority = re.split(end, rest, maxsplit=1)[0]
        at = authority.rfind("@")
        if at >= 0:
            yield rest[:at], rest[at + 1 :]


def _parse(userinfo: str | None, remainder: str) -> Given:
    pairs: list[tuple[str, str]] = []
    user, colon, password = (userinfo or "").partition(":")
    if "?" in user or _QUERY_TOO_SOON.match(password):
        raise refused("has a raw @ behind the ?", hint="Write @ as %40 behind the ?, and ? in a password as %3F.")
    if user:
        pairs.append(("user", _decoded(user, lenient=True)))
    if password:
        pairs.append(("password", _decoded(password, lenient=True)))
    parts = _PARTS.fullmatch(remainder)
    assert parts is not None  # noqa: S101 - it matches every text
    hosts, database, query = parts.groups()
    if "@" in (database or "") and (colon or ":" in hosts) and not _are_certain(hosts):
        raise _ambiguous(f":{remainder}")
    pairs += _hosts(hosts)
    if database:
        pairs.append(("dbname", _decoded(database)))
    certain = len(pairs)
    pairs += _query(query or "")
    return given(pairs, show_names="@" not in (query or ""), certain=certain)


def _are_certain(hosts: str) -> bool:
    """Whether these are certainly hosts and not the beginning of a user and password: IP addresses, or this machine."""
    names = [one[1] or one[2] for one in map(_HOST.fullmatch, hosts.split(",")) if one is not None]
    return all(name == "localhost" or is_ip_address(name) for name in names)


def _hosts(text: str) -> Iterator[tuple[str, str]]:
    """`h1:1,[::1]:2,h3` as the lists that the parameters host and port take.

    With several hosts, each gets a port, if necessary the default. A port from another source applies to a single host
    only.
    """
    found = [_HOST.fullmatch(one) for one in text.split(",")]
    entries = [one for one in found if one is not None]
    if len(entries) < len(found):
        raise refused("has a host or a port that is none", hint=f"A port is a number. {_encode(_ENCODED)}")
    hosts = [one[1] if one[1] is not None else one[2] for one in entries]
    if any(hosts) or len(hosts) > 1:
        yield "host", ",".join(_decoded(host) for host in hosts)
    ports = [(one[3] or "").strip() for one in entries]
    if any(ports) or len(ports) > 1:
        yield "port", ",".join(ports)


def _query(text: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, text.split("&")):
        name, equals, value = part.partition("=")
        if not equals:
            raise refused("has a parameter without `=` behind the ?", hint="Write & in a value as %26.")
        if any(is_known(one) for one in _SECOND_QUERY.findall(value)):
            raise refused(
                "has a second ? with a parameter behind it", hint="Write & between parameters, ? in a value as %3F."
            )
        yield _decoded(name), _decoded(value)


def _decoded(text: str, *, lenient: bool = False) -> str:
    """Percent-decoded. With `lenient`, as in Node, a `%` that encodes nothing is kept if there is no other escape."""
    bare = len(_BARE_PERCENT.findall(text))
    if bare and lenient and bare == text.count("%"):
        return text
    if bare:
        raise refused("has a % that encodes nothing", hint="Write % as %25.")
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise refused("has percent-encoded bytes that are no UTF-8", hint="Write % as %25.") from None
    if "\0" in decoded:
        raise refused("has a zero byte", hint="Write % as %25.")
    return decoded


def _ambiguous(rest: str) -> InvalidInput:
    """The error for an address with two possible meanings."""
    secret = rest[: rest.rindex("@")] if "@" in rest else rest
    found = [mark for mark in "/?#@&[]" if mark in secret]
    return refused(
        "cannot be read in one way only: a user name or password ends too early", hint=_encode(found or "/@")
    )


def _encode(marks: Iterable[str]) -> str:
    listed = [f"{mark} as {_ENCODED[mark]}" for mark in marks]
    return f"Write {', '.join(listed)} in user name and password."
