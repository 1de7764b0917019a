"""Values at paths of the payload, as columns of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphile_worker._patterns import lazy_pattern
from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.search_terms import names_of
from graphile_worker.core import validation
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.sql import Part, texts

_PATH = lazy_pattern(r'(?:\.(?:"(?:[^"\\]|\\.)+"|[^\s.":]+))+')
_QUOTED = lazy_pattern(r'"(?:[^"\\]|\\.)+"')
_INDEX = lazy_pattern(r"\[[0-9]+\]")
_ROOT = "payload."


def parse_paths(paths: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The names of each path: `customer.id`, `payload.customer.id`, `lines.0."unit price"`. Raises InvalidInput."""
    most = vocabulary.PAYLOAD_PATHS_MAX
    if len(paths) > most:
        raise InvalidInput("payload_path", f"takes at most {most} values")
    return tuple(_parse(path) for path in paths)


def _parse(path: str) -> tuple[str, ...]:
    validation.text("payload_path", path, most=vocabulary.PAYLOAD_PATH_LENGTH)
    rest = "." + (path.removeprefix(_ROOT) if path != _ROOT else path)
    if not _PATH.fullmatch(rest):
        raise InvalidInput(
            "payload_path",
            'must be names with dots between them, as customer.id; a name with special characters in quotes, as "a.b".c',
        )
    if path == "payload":
        raise InvalidInput("payload_path", "must name a value in the payload, as customer.id or lines.0")
    if _INDEX.search(_QUOTED.sub("", rest)):
        raise InvalidInput("payload_path", "must have an element of an array as a name, as lines.0")
    return names_of(rest)


def value_parts(paths: Sequence[tuple[str, ...]], *, hidden: bool, full: bool = False) -> dict[str, Part]:
    """The blocks of columns.sql that add `payload_values` to a job; `full` values, as exported, are not cut."""
    if not paths:
        return {"values": "values_none"}
    one = "value_hidden" if hidden else "value_read"
    blocks = tuple(one if hidden else f"{one}({number})" for number in range(len(paths)))
    parts: dict[str, Part] = {"values": "values_hidden" if hidden else "values_read", "each_value": blocks}
    if not hidden:
        parts |= {
            "value_size": "size_exported" if full else "size_listed",
            "value_cut": "value_full" if full else "value_cut",
        }
    return parts


def value_parameters(paths: Sequence[tuple[str, ...]], *, hidden: bool) -> dict[str, Any]:
    """The parameters of these blocks."""
    return {} if hidden else {f"value_path_{number}": texts(path) for number, path in enumerate(paths)}


def column_title(path: str) -> str:
    """The title of the column of a path: `payload.customer.id`."""
    return _ROOT + path.removeprefix(_ROOT)
