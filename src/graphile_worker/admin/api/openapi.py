"""The OpenAPI description, made from the types that check the requests and the ones the answers are held to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.filters import TEXT_MAX
from graphile_worker.admin.api.responses import jobs
from graphile_worker.core.validation import BIGINT_MAX, SMALLINT

_BODY_TYPE = "application/json"
_REF = "#/components/schemas/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path: its query parameters, the type of its body and of its answer, what it is for.

    A tuple of types is any of them. `own` has the schemas of parameters that mean something else here, `required` those
    that must be given; `chooses`: it takes `db`; `public`: without credentials; `unavailable`: what a 503 is.
    """

    method: str
    path: str
    summary: str
    answer: Any
    body: type[msgspec.Struct] | None = None
    parameters: Sequence[str] = ()
    own: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    required: Collection[str] = ()
    media_types: Sequence[str] = (_BODY_TYPE,)
    chooses: bool = False
    public: bool = False
    unavailable: Any = jobs.Error

    @property
    def kinds(self) -> list[Any]:
        """Every type of its body and its answers."""
        return [*_each(self.answer), *_each(self.unavailable), *_each(self.body)]


def either(*kinds: Any) -> msgspec.Meta:
    """For Annotated[Any, …]: any of these types, where msgspec knows no such union. `document` is to be told of them."""
    return msgspec.Meta(extra_json_schema=any_of([{"$ref": _REF.format(name=kind.__name__)} for kind in kinds]))


def any_of(schemas: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One of some schemas, or the only one."""
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}


def whole(low: int, high: int) -> dict[str, Any]:
    """The schema of a whole number within bounds."""
    return {"type": "integer", "minimum": low, "maximum": high}


def words(allowed: Sequence[str]) -> dict[str, Any]:
    """The schema of one of some words."""
    return {"type": "string", "enum": list(allowed)}


_NAME = {"type": "string", "maxLength": TEXT_MAX}  # an empty one is none
_TEXT, _TIME = {"type": "string"}, {"type": "string", "format": "date-time"}
_COUNT = whole(0, BIGINT_MAX)
_SCHEMAS: dict[str, dict[str, Any]] = {
    **{name: {"type": "array", "items": _NAME, "maxItems": vocabulary.FILTER_VALUES_MAX} for name in vocabulary.REPEATED_PARAMETERS},
    **dict.fromkeys(vocabulary.NUMBER_PARAMETERS, whole(*SMALLINT)),
    **dict.fromkeys(vocabulary.TIME_PARAMETERS, _TIME),
    **dict.fromkeys(("search", "prefix"), {"type": "string", "maxLength": TEXT_MAX}),
    "state": {"type": "array", "items": words(vocabulary.STATES), "maxItems": vocabulary.FILTER_VALUES_MAX},
    "sort": words(vocabulary.SORTS),
    "payload": words(vocabulary.PAYLOAD_FORMS),
    "last_error": words(vocabulary.ERROR_FORMS),
    "format": words(vocabulary.EXPORT_FORMATS),
    "field": words(vocabulary.SUGGEST_FIELDS),
    "limit": _COUNT,
    "offset": _COUNT,
    "partial": {"type": "boolean"},
    "bom": {"type": "boolean"},
}  # fmt: skip


def document(
    endpoints: Sequence[Endpoint],
    *,
    version: str,
    csrf_header: str,
    databases: Sequence[str],
    named: Sequence[Any] = (),
) -> dict[str, Any]:
    """The whole description as JSON-able values; `databases` are the values of `db`, `named` what `either` speaks of."""
    kinds = [*named, *(kind for endpoint in endpoints for kind in endpoint.kinds)]
    refs, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    making = _Making(dict(zip(map(repr, kinds), refs, strict=True)), csrf_header, databases)  # types may be named twice
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = making.operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Graphile Worker admin", "version": version},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}, "bearer": {"type": "http", "scheme": "bearer"}}},
        "security": [{"basic": []}, {"bearer": []}],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Making:
    """What every operation is described with."""

    refs: dict[str, Any]
    csrf_header: str
    databases: Sequence[str]

    def operation(self, endpoint: Endpoint) -> dict[str, Any]:
        """One method of one path."""
        done = {kind: self.content(kind, endpoint) for kind in endpoint.media_types}
        described: dict[str, Any] = {
            "summary": endpoint.summary,
            "parameters": self.parameters(endpoint),
            "responses": {
                "200": {"description": "Done", "content": done},
                "4XX": self.response("What is wrong, and where", jobs.Error),
                "503": self.response("The database is away or busy", endpoint.unavailable),
            },
        }  # fmt: skip
        if endpoint.body is not None:
            described["requestBody"] = {
                "required": True,
                "content": {_BODY_TYPE: {"schema": self.schema(endpoint.body)}},
            }
        return described | ({"security": []} if endpoint.public else {})

    def content(self, media_type: str, endpoint: Endpoint) -> dict[str, Any]:
        """What an answer of that media type is; OpenAPI 3.1 has no words for a stream of events."""
        if media_type == "text/event-stream":
            return {}
        return {"schema": self.schema(endpoint.answer) if media_type == _BODY_TYPE else _TEXT}

    def schema(self, kinds: Any) -> dict[str, Any]:
        """The reference to a type, or to any of several."""
        return any_of([self.refs[repr(kind)] for kind in _each(kinds)])

    def response(self, description: str, kind: Any) -> dict[str, Any]:
        """A JSON answer of that type."""
        return {"description": description, "content": {_BODY_TYPE: {"schema": self.schema(kind)}}}

    def parameters(self, endpoint: Endpoint) -> list[dict[str, Any]]:
        """Path, query and headers."""
        found = []
        if "{id}" in endpoint.path:
            number = whole(-BIGINT_MAX - 1, BIGINT_MAX) | {"format": "int64"}
            found.append({"name": "id", "in": "path", "required": True, "schema": number})
        for name in endpoint.parameters:
            schema = endpoint.own.get(name) or _SCHEMAS.get(name, _TEXT)
            found.append(_query(name, schema, required=name in endpoint.required))
        if endpoint.chooses:
            found.append(_query(vocabulary.DATABASE_PARAMETER, words(self.databases)) | {"description": _CHOICE})
        if endpoint.method != "GET":
            found.append({"name": self.csrf_header, "in": "header", "required": True, "schema": _TEXT})
        return found


_CHOICE = "Which of the queues behind this server; the first where nothing is said."


def _each(kinds: Any) -> tuple[Any, ...]:
    return kinds if isinstance(kinds, tuple) else () if kinds is None else (kinds,)


def _query(name: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "explode": True, "schema": schema}
