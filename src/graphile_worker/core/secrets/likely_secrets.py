"""Texts that may be an address with a password, a line of a password file or a token, wherever they stand by mistake."""

from __future__ import annotations

import ipaddress
import re

from graphile_worker._patterns import lazy_pattern

HIDDEN = "***"
# The name of a password, as libpq and other programs write it.
PASSWORD = r"(?:pg|ssl)?(?:pass(?:word|wd|phrase)?|pwd)"
_ASSIGNED = lazy_pattern(rf"(?<![a-z]){PASSWORD}['\"]?\s*[=:]", re.IGNORECASE)
_TOKEN = lazy_pattern(r"(?<![a-z])(?:bearer[\s:=]|(?:token|secret)\s*[:=])\s*\S", re.IGNORECASE)
_IP_LITERAL = lazy_pattern(r"\[[0-9a-f:.]*(?:%\w+)?\]", re.IGNORECASE)
_PORT = lazy_pattern(r":\d+(?=[,/?#]|$)")
_TIME = lazy_pattern(r"[\d.:+-]+(?:[Tt\s][\d.:]+)?\s*(?:[Zz]|[+-][\d:]+)?")
_SCHEME = lazy_pattern(r"[\w+:-]*:/+")
_NAME = lazy_pattern(r"\w+\s*=")
_MARKS = lazy_pattern(r"[/?#@:;,=&\[\]\s'\"\\]+")


def is_likely_secret(text: str) -> bool:
    """Whether a text may hold a password or a token. Addresses of hosts, also with ports, and times do not."""
    if "@" in text or _ASSIGNED.search(text) or _TOKEN.search(text):
        return True
    if _TIME.fullmatch(text) or _is_network(text):
        return False
    rest = _PORT.sub("", _IP_LITERAL.sub("", text))
    scheme, behind, authority = rest.partition("://")
    if not behind:
        return scheme.count(":") >= 3  # a line of a password file
    return ":" in re.split("[/?#]", authority)[0]


def hidden(text: str) -> str:
    """The text for an error that quotes it, or the sign that it is not shown."""
    return HIDDEN if is_likely_secret(text) else text


def parts_of(text: str) -> set[str]:
    """The parts of a text that may be, or be parts of, a password: what stands before the last `@` or behind `password=`, else
    everything; the scheme and the names of parameters never."""
    suspects = [text]
    if "@" in text:
        start = _ASSIGNED.search(text)
        suspects = [text[: text.rindex("@")], text[start.start() :] if start else ""]
    found = {part for one in suspects for part in _MARKS.split(_NAME.sub(" ", _SCHEME.sub(" ", one, count=1)))}
    return found - {""}


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text.strip("[]").partition("%")[0], strict=False)
    except ValueError:
        return False
    return True
