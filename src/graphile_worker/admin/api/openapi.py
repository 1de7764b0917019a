"""The OpenAPI description, made from the types that check the requests and the ones the answers are held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from graphile_worker.admin.api import answers, vocabulary

_BODY_TYPE = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path: its query parameters, the type of its body and of its answer, what it is for."""

    method: str
    path: str
    summary: str
    answer: Any
    body: type[msgspec.Struct] | None = None
    parameters: Sequence[str] = ()
    media_types: Sequence[str] = (_BODY_TYPE,)


_INTEGER, _TEXT, _TIME = {"type": "integer"}, {"type": "string"}, {"type": "string", "format": "date-time"}
_SCHEMAS: dict[str, dict[str, Any]] = {
    **{name: {"type": "array", "items": _TEXT, "maxItems": vocabulary.FILTER_VALUES_MAX} for name in vocabulary.REPEATED_PARAMETERS},
    **dict.fromkeys(vocabulary.NUMBER_PARAMETERS, _INTEGER),
    **dict.fromkeys(vocabulary.TIME_PARAMETERS, _TIME),
    "state": {"type": "array", "items": {"type": "string", "enum": list(vocabulary.STATES)}},
    "sort": {"type": "string", "enum": list(vocabulary.SORTS)},
    "payload": {"type": "string", "enum": list(vocabulary.PAYLOAD_FORMS)},
    "format": {"type": "string", "enum": list(vocabulary.EXPORT_FORMATS)},
    "limit": {"type": "integer", "minimum": 0},
    "offset": {"type": "integer", "minimum": 0},
    "partial": {"type": "boolean"},
    "parts": {"type": "array", "items": {"type": "string", "enum": ["stats", "queues", "workers", "active_workers"]}},
    "older_than_secs": _INTEGER,
    "sweep_threshold_secs": _INTEGER,
    "recovery_delay_secs": _INTEGER,
}  # fmt: skip


def document(endpoints: Sequence[Endpoint], *, version: str, csrf_header: str) -> dict[str, Any]:
    """The whole description as JSON-able values."""
    kinds = [
        answers.Error,
        *(e.answer for e in endpoints if e.answer is not None),
        *(e.body for e in endpoints if e.body),
    ]
    refs, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    by_kind = dict(zip(map(repr, kinds), refs, strict=True))  # types may be named twice
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, by_kind, csrf_header)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Graphile Worker admin", "version": version},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}, "bearer": {"type": "http", "scheme": "bearer"}}},
        "security": [{"basic": []}, {"bearer": []}],
    }  # fmt: skip


def _operation(endpoint: Endpoint, refs: dict[str, Any], csrf_header: str) -> dict[str, Any]:
    schema = {} if endpoint.answer is None else refs[repr(endpoint.answer)]
    content = {kind: {"schema": schema if kind == _BODY_TYPE else {"type": "string"}} for kind in endpoint.media_types}
    error = {"description": "What is wrong, and where", "content": {_BODY_TYPE: {"schema": refs[repr(answers.Error)]}}}
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "parameters": [_query(name) for name in endpoint.parameters],
        "responses": {"200": {"description": "Done", "content": content}, "4XX": error, "503": error},
    }
    if "{id}" in endpoint.path:
        number = {"type": "integer", "format": "int64"}
        operation["parameters"].insert(0, {"name": "id", "in": "path", "required": True, "schema": number})
    if endpoint.method != "GET":
        operation["parameters"].append({"name": csrf_header, "in": "header", "required": True, "schema": _TEXT})
    if endpoint.body is not None:
        operation["requestBody"] = {"required": True, "content": {_BODY_TYPE: {"schema": refs[repr(endpoint.body)]}}}
    return operation


def _query(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "explode": True, "schema": _SCHEMAS.get(name, _TEXT)}
