"""The OpenAPI 3.1 description of the API, made from the endpoints and the types of their requests and responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.json_schema import ID, REFERENCE, STRING, Schema, any_of, enumeration
from graphile_worker.admin.api.responses.errors import Error
from graphile_worker.admin.server.databases import selects_database
from graphile_worker.admin.server.endpoint import JSON, Endpoint

_SECURITY = {"basic": {"type": "http", "scheme": "basic"}, "bearer": {"type": "http", "scheme": "bearer"}}
_DATABASE = "The queue of this server by its name; the default is the first one."


def document(endpoints: Sequence[Endpoint], *, version: str, databases: Sequence[str]) -> dict[str, Any]:
    """The description as values that JSON can hold; `databases` are the values of the parameter `db`."""
    types = [one for endpoint in endpoints for one in _types_of(endpoint)]
    references, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    # by repr, because types may occur twice, and not every type can be hashed
    describe = _Description(dict(zip(map(repr, types), references, strict=True)), databases)
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = describe.operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Graphile Worker admin", "version": version},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY},
        "security": [{name: []} for name in _SECURITY],
    }


@dataclass(frozen=True, slots=True)
class _Description:
    """Describes endpoints with references to the types that were collected."""

    references: dict[str, Any]
    databases: Sequence[str]

    def operation(self, endpoint: Endpoint) -> dict[str, Any]:
        """The operation object of an endpoint."""
        operation: dict[str, Any] = {
            "summary": endpoint.summary,
            "parameters": self.parameters(endpoint),
            "responses": {
                "200": {"description": "Done", "content": {one: self.content(one, endpoint) for one in endpoint.media_types}},
                "4XX": self.json_response("What is wrong, and where", Error),
                "503": self.json_response("The database is away or busy", endpoint.unavailable),
            },
        }  # fmt: skip
        if endpoint.request is not None:
            operation["requestBody"] = {
                "required": True,
                "content": {JSON: {"schema": self.schema(endpoint.request)}},
            }
        return operation | ({"security": []} if endpoint.permission.public else {})

    def content(self, media_type: str, endpoint: Endpoint) -> dict[str, Any]:
        """The content of a media type. OpenAPI 3.1 cannot describe a stream of events."""
        if media_type == "text/event-stream":
            return {}
        return {"schema": self.schema(endpoint.response) if media_type == JSON else STRING}

    def schema(self, types: Any) -> Schema:
        """The reference to a type, or to a union where it is a tuple."""
        return any_of([self.references[repr(one)] for one in _each(types)])

    def json_response(self, description: str, types: Any) -> dict[str, Any]:
        """A response with a JSON body."""
        return {"description": description, "content": {JSON: {"schema": self.schema(types)}}}

    def parameters(self, endpoint: Endpoint) -> list[dict[str, Any]]:
        """The parameters in the path, the query and the headers."""
        found = []
        if "{id}" in endpoint.path:
            found.append({"name": "id", "in": "path", "required": True, "schema": ID})
        for name in endpoint.parameters:
            found.append(_query(name, endpoint.schema_of(name), required=name in endpoint.required))
        if selects_database(endpoint.path):
            schema = enumeration(self.databases)
            found.append(_query(vocabulary.DATABASE_PARAMETER, schema) | {"description": _DATABASE})
        if endpoint.method != "GET":
            found.append({"name": vocabulary.CSRF_HEADER, "in": "header", "required": True, "schema": STRING})
        return found


def _types_of(endpoint: Endpoint) -> list[Any]:
    """The types of its responses and its body, and those that they refer to."""
    return [*_each(endpoint.response), *_each(endpoint.unavailable), *_each(endpoint.request), *endpoint.more_types]


def _each(types: Any) -> tuple[Any, ...]:
    return types if isinstance(types, tuple) else () if types is None else (types,)


def _query(name: str, schema: Schema, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "explode": True, "schema": schema}
