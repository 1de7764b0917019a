"""Paths into JSON text, and the positions of their values. The text is scanned, and no objects are built."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeAlias

from graphile_worker._patterns import lazy_pattern

SEGMENTS_MAX = 64
Path: TypeAlias = tuple[str | None, ...]  # None: any member, any item
_SEGMENT = lazy_pattern(r'\*|"[^"\\]*(?:\\.[^"\\]*)*"|[^.*"\[\]$\s](?:[^.*"\[\]]*[^.*"\[\]\s])?')
_TOKEN = lazy_pattern(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def parse_path(text: str) -> Path:
    """Parses a path, as `customer.email` or `items.*.card`. Raises ValueError.

    Names are separated by dots. `*` matches every member and item, and a path applies to the items of a list without
    naming them. A name with special characters, as a dot, is a JSON string in double quotes.
    """
    if not text.strip():
        raise ValueError("a path to redact must not be empty")
    segments, at = [], 0
    while at <= len(text):
        match = _SEGMENT.match(text, at)
        if match is None or text[match.end() : match.end() + 1] not in ("", "."):
            raise ValueError(
                f"{text!r} is not a path to redact: write all, or names with dots between them as customer.email or "
                'items.*.card, a name with special characters as "a.b"'
            )
        segments.append(_name(match[0], text))
        at = match.end() + 1
    if len(segments) > SEGMENTS_MAX:
        raise ValueError(f"a path to redact has at most {SEGMENTS_MAX} names, not {len(segments)}")
    return tuple(segments)


def _name(segment: str, path: str) -> str | None:
    if segment == "*":
        return None
    if not segment.startswith('"'):
        return segment
    try:
        return str(json.loads(segment))
    except ValueError:
        raise ValueError(f"{segment} in {path!r} is not a JSON string") from None


class _Container:
    """An open object or array. `tails` are the remaining parts of the paths that lead into it."""

    __slots__ = ("index", "is_object", "key", "tails")

    def __init__(self, tails: Sequence[Path], *, is_object: bool) -> None:
        self.tails = tails
        self.is_object = is_object
        self.index = 0
        self.key: str | None = None

    def next_tails(self) -> list[Path]:
        """The remaining parts of the paths at the next value. An item also has those of its array."""
        name = self.key if self.is_object else str(self.index)
        tails = [tail[1:] for tail in self.tails if tail[0] is None or tail[0] == name]
        return tails if self.is_object else [*tails, *self.tails]

    def next_item(self) -> None:
        """Continues after a comma."""
        self.index += 1
        self.key = None


def spans(text: str, paths: Sequence[Path]) -> list[tuple[int, int]]:
    """The start and the end of each value at the paths, in order. A repeated member has a span for each occurrence.

    Raises ValueError or IndexError for text in which it finds invalid JSON.
    """
    found: list[tuple[int, int]] = []
    open_: list[_Container] = []
    depth, start = 0, -1  # of a value that is skipped, and its start where it is at a path
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        if depth:
            depth += (first in "{[") - (first in "}]")
            if not depth and start >= 0:
                found.append((start, token.end()))
        elif first in "}]":
            open_.pop()
        elif first == ",":
            open_[-1].next_item()
        elif first == ":":
            continue
        elif open_ and open_[-1].is_object and open_[-1].key is None:
            open_[-1].key = json.loads(token[0])
        else:
            tails = open_[-1].next_tails() if open_ else paths
            wanted = () in tails
            if first not in "{[":
                if wanted:
                    found.append(token.span())
            elif wanted or not tails:
                depth, start = 1, token.start() if wanted else -1
            else:
                open_.append(_Container(list(dict.fromkeys(tails)), is_object=first == "{"))
    if depth or open_:
        raise ValueError("the text ends too early")
    return found
