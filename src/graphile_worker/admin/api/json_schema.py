"""JSON Schema of query parameters and of alternatives that msgspec cannot express. OpenAPI 3.1 uses this dialect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.filters import TEXT_MAX
from graphile_worker.core.validation import BIGINT_MAX, SMALLINT

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/{name}"
STRING: Schema = {"type": "string"}
ID: Schema = {"type": "integer", "minimum": -BIGINT_MAX - 1, "maximum": BIGINT_MAX, "format": "int64"}


def any_of(schemas: Sequence[Schema]) -> Schema:
    """The union of the schemas; a single schema stays as it is."""
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}


def union_of(*types: Any) -> msgspec.Meta:
    """For `Annotated[Any, ...]`: a union of object types, which msgspec does not support.

    The types must be passed to `document` as well, because msgspec sees only their references.
    """
    return msgspec.Meta(extra_json_schema=any_of([{"$ref": REFERENCE.format(name=one.__name__)} for one in types]))


def integer(low: int, high: int) -> Schema:
    """An integer from `low` to `high`."""
    return {"type": "integer", "minimum": low, "maximum": high}


def enumeration(values: Sequence[str]) -> Schema:
    """One of the strings."""
    return {"type": "string", "enum": list(values)}


def array(items: Schema, **rules: Any) -> Schema:
    """A list; as a query parameter it may be repeated."""
    return {"type": "array", "items": items, **rules}


_COUNT = integer(0, BIGINT_MAX)
_NAME: Schema = {"type": "string", "maxLength": TEXT_MAX}  # empty values are ignored
_PATH: Schema = {"type": "string", "minLength": 1, "maxLength": vocabulary.PAYLOAD_PATH_LENGTH}
_MOST = {"maxItems": vocabulary.FILTER_VALUES_MAX}
# Parameters that mean the same in every endpoint. All others are strings, or an endpoint gives their schema.
PARAMETERS: dict[str, Schema] = {
    **{name: array(_NAME, **_MOST) for name in vocabulary.REPEATED_PARAMETERS},
    **dict.fromkeys(vocabulary.NUMBER_PARAMETERS, integer(*SMALLINT)),
    **dict.fromkeys((*vocabulary.TIME_PARAMETERS, "since", "until"), {"type": "string", "format": "date-time"}),
    **dict.fromkeys(("search", "prefix"), {"type": "string", "maxLength": TEXT_MAX}),
    "state": array(enumeration(vocabulary.FILTER_STATES), **_MOST),
    "sort": enumeration(vocabulary.SORTS),
    "payload": enumeration(vocabulary.PAYLOAD_FORMS),
    "payload_path": array(_PATH, maxItems=vocabulary.PAYLOAD_PATHS_MAX),
    "last_error": enumeration(vocabulary.ERROR_FORMS),
    "format": enumeration(vocabulary.EXPORT_FORMATS),
    "field": enumeration(vocabulary.SUGGEST_FIELDS),
    "limit": _COUNT,
    "offset": _COUNT,
    "partial": {"type": "boolean"},
    "bom": {"type": "boolean"},
    "near": {"type": "boolean"},
    "stats": {"type": "boolean"},
    "held": {"type": "boolean"},
}
