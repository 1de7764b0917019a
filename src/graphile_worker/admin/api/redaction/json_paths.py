"""Paths into JSON text, and where the values are that they lead to. The text is scanned, never made into objects."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TypeAlias

SEGMENTS_MAX = 64
Path: TypeAlias = tuple[str | None, ...]  # None: any member, any item
_SEGMENT = re.compile(r'\*|"[^"\\]*(?:\\.[^"\\]*)*"|[^.*"\[\]$\s](?:[^.*"\[\]]*[^.*"\[\]\s])?')
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def parse_path(text: str) -> Path:
    """`customer.email`, `items.*.card`: names between dots; `*` is any member or item, and items need not be named at
    all. A name with a dot or another special character stands in double quotes, as a JSON string. Raises ValueError."""
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
    """An object or array whose end has not come yet; `tails` is what is left of each path at its door."""

    __slots__ = ("index", "is_object", "key", "tails")

    def __init__(self, tails: Sequence[Path], *, is_object: bool) -> None:
        self.tails = tails
        self.is_object = is_object
        self.index = 0
        self.key: str | None = None

    def inside(self) -> list[Path]:
        """What is left of the paths in the value that comes now; an item also is where its array is."""
        name = self.key if self.is_object else str(self.index)
        tails = [tail[1:] for tail in self.tails if tail[0] is None or tail[0] == name]
        return tails if self.is_object else [*tails, *self.tails]

    def go_on(self) -> None:
        """Behind a comma."""
        self.index += 1
        self.key = None


def spans(text: str, paths: Sequence[Path]) -> list[tuple[int, int]]:
    """Where the values at the paths begin and end, in their order, of members that stand twice each one.

    Raises ValueError or IndexError for what is not JSON, as far as it notices.
    """
    found: list[tuple[int, int]] = []
    open_: list[_Container] = []
    depth, begun = 0, -1  # of a value that is passed over, and where it began if it is to be found
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        if depth:
            depth += (first in "{[") - (first in "}]")
            if not depth and begun >= 0:
                found.append((begun, token.end()))
        elif first in "}]":
            open_.pop()
        elif first == ",":
            open_[-1].go_on()
        elif first == ":":
            continue
        elif open_ and open_[-1].is_object and open_[-1].key is None:
            open_[-1].key = json.loads(token[0])
        else:
            tails = open_[-1].inside() if open_ else paths
            wanted = () in tails
            if first not in "{[":
                if wanted:
                    found.append(token.span())
            elif wanted or not tails:
                depth, begun = 1, token.start() if wanted else -1
            else:
                open_.append(_Container(list(dict.fromkeys(tails)), is_object=first == "{"))
    if depth or open_:
        raise ValueError("the text ends too early")
    return found
