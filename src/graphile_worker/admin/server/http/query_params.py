"""Query parameters, read strictly: every name is known, every value obeys its rule."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qsl

from graphile_worker.admin.api.wire import nearest, shown
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.validation import whole_number

FIELDS_MAX = 1000


def read(query: bytes, known: Collection[str], repeated: Collection[str] = ()) -> dict[str, list[str]]:
    """The parameters by name. Raises InvalidInput for unknown names, broken encoding, and repetition."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=FIELDS_MAX
        )
    except ValueError:
        raise InvalidInput("query", f"must be percent-encoded UTF-8 with at most {FIELDS_MAX} parameters") from None
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in known:
            raise InvalidInput(shown(name), "is not a parameter here" + nearest(name, sorted(known)))
        if "\0" in value:
            raise InvalidInput(name, "must not contain a NUL character")
        if name in values and name not in repeated:
            raise InvalidInput(name, "stands twice")
        values.setdefault(name, []).append(value)
    return values


def word(values: dict[str, list[str]], name: str, default: str) -> str:
    """One value; given but empty is an error of the field that checks it."""
    return values.get(name, [default])[0]


def names(values: dict[str, list[str]], name: str) -> list[str]:
    """All values that are not empty."""
    return [value for value in values.get(name, []) if value]


def count(values: dict[str, list[str]], name: str, default: int) -> int:
    """A whole number from 0."""
    if name not in values:
        return default
    number = whole_number(name, values[name][0])
    if number < 0:
        raise InvalidInput(name, "must be greater than or equal to 0")
    return number


def flag(values: dict[str, list[str]], name: str) -> bool:
    """`true` or `false`; false when not given."""
    text = word(values, name, "false")
    if text not in ("true", "false"):
        raise InvalidInput(name, "must be true or false")
    return text == "true"
