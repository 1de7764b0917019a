"""JSON members as Python values: exact numbers, times as datetimes, and the text where Python has no such value."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import msgspec

from graphile_worker.reads.objects import Moment

T = TypeVar("T")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)


def value(text: str) -> Any:
    """The value of a JSON text. Numbers that an int or float cannot hold are Decimals.

    Raises RecursionError where it is nested too deeply, ValueError for an exponent that a Decimal cannot hold.
    """
    return json.loads(text, parse_int=_integer, parse_float=_number)


def _integer(digits: str) -> int | Decimal:
    """The limit of `sys.set_int_max_str_digits` is that of int, not of Decimal."""
    try:
        return int(digits)
    except ValueError:
        return Decimal(digits)


def _number(text: str) -> float | Decimal:
    """A Decimal where a float would be infinite, or 0 for a number that is not."""
    number = float(text)
    if math.isinf(number) or (number == 0 and re.search("[1-9]", re.split("[eE]", text)[0])):
        try:
            return Decimal(text)
        except InvalidOperation:
            raise ValueError(f"the number {text[:40]} has no value in Python") from None
    return number


def moment(text: str) -> Moment:
    """A datetime in UTC, or the text of a time that a datetime cannot hold."""
    return datetime.fromisoformat(text) if _RFC_3339.fullmatch(text) else text


def made(kind: type[T], members: Mapping[str, object], **given: Any) -> T:
    """An object of this dataclass from the members of its fields' names; names that end in `_at` and `as_of` are times."""
    values = {
        one.name: member(one.name, members[one.name])
        for one in fields(kind)  # type: ignore[arg-type]
        if one.name not in given and one.name in members
    }
    return kind(**values, **given)


def member(name: str, given: object) -> Any:
    """The value of a member, which may be JSON: a time by its name, the text where Python cannot hold the value."""
    found = _decoded(bytes(given)) if isinstance(given, (bytes, msgspec.Raw)) else given
    if isinstance(found, str) and (name.endswith("_at") or name == "as_of"):
        return moment(found)
    return found


def _decoded(raw: bytes) -> Any:
    text = raw.decode("utf-8", "surrogatepass")
    try:
        return value(text)
    except (RecursionError, ValueError):
        return text
