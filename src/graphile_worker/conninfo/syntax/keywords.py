"""The keyword form of an address: `host=db user=app password='it''s'`, with libpq's quotes and backslashes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphile_worker._patterns import lazy_pattern
from graphile_worker.conninfo.refusal import refused

_FORM = lazy_pattern(r"\s*[A-Za-z_][\w.-]*\s*=")
_KEYWORD = lazy_pattern(r"\s*([^\s=]+)\s*(=?)\s*")
_PLAIN = lazy_pattern(r"(?:[^\s\\]|\\.|\\$)*", re.DOTALL)
_QUOTED = lazy_pattern(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPED = lazy_pattern(r"\\(.?)", re.DOTALL)
_QUOTES = "Write a value with blanks between single quotes, and \\' for a quote and \\\\ for a backslash in it."


def is_keyword_form(text: str) -> bool:
    """Whether a text begins with `name=`."""
    return _FORM.match(text) is not None


def parse_keywords(text: str) -> list[tuple[str, str]]:
    """The pairs in their order. Raises InvalidInput, whose message contains no part of the text."""
    return list(_pairs(text.strip()))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        keyword = _KEYWORD.match(text, position)
        if keyword is None or not keyword[2]:
            raise refused("has a word without `=` after it", hint=_QUOTES)
        position = keyword.end()
        quoted = text.startswith("'", position)
        value = (_QUOTED if quoted else _PLAIN).match(text, position)
        if value is None:
            raise refused("has a quoted value without its closing quote", hint=_QUOTES)
        yield keyword[1], _ESCAPED.sub(r"\1", value[1] if quoted else value[0])
        position = value.end()
        while position < len(text) and text[position].isspace():
            position += 1
