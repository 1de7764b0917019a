"""Splits JSON at its top level without parsing it, for documents nested deeper than a parser allows."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},]', re.DOTALL)


def members(raw: bytes) -> dict[str, bytes]:
    """The members of an object, as bytes; their names must not contain escapes."""
    pairs = (part.partition(b":") for part in _parts(raw) if part)
    return {name.strip().strip(b'"').decode(): value.strip() for name, _, value in pairs}


def _parts(raw: bytes) -> Iterator[bytes]:
    """The parts between the commas of the outermost brackets."""
    depth, start = 0, 0
    for token in _TOKEN.finditer(raw):
        mark = token[0]
        if mark in b"[{":
            depth += 1
            start = token.end() if depth == 1 else start
        elif mark in b"]}":
            depth -= 1
            if depth == 0:
                yield raw[start : token.start()].strip()
        elif mark == b"," and depth == 1:
            yield raw[start : token.start()].strip()
            start = token.end()
