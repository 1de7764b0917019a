"""Query parameters, parsed strictly: unknown and repeated names are errors, and each value must obey its rule."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl

from graphile_worker.admin.api.json_codec import nearest, shown
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.validation import whole_number

FIELDS_MAX = 1000


def parse_query(query: bytes, known: Collection[str], repeated: Collection[str] = ()) -> dict[str, list[str]]:
    """The values by parameter. Raises InvalidInput for unknown names, invalid encoding, and repetition."""
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


@dataclass(frozen=True, slots=True)
class QueryParams:
    """The parameters of a request. The readers raise InvalidInput for values that break their rule."""

    values: dict[str, list[str]]

    @classmethod
    def parse(cls, query: bytes, known: Collection[str], repeated: Collection[str] = ()) -> QueryParams:
        """As `parse_query`."""
        return cls(parse_query(query, known, repeated))

    def text(self, name: str, default: str) -> str:
        """One value. An empty value is returned as it is."""
        return self.values.get(name, [default])[0]

    def count(self, name: str, default: int) -> int:
        """An integer from 0."""
        if name not in self.values:
            return default
        number = whole_number(name, self.values[name][0])
        if number < 0:
            raise InvalidInput(name, "must be greater than or equal to 0")
        return number

    def boolean(self, name: str) -> bool:
        """`true` or `false`; False where it is not given."""
        value = self.text(name, "false")
        if value not in ("true", "false"):
            raise InvalidInput(name, "must be true or false")
        return value == "true"
