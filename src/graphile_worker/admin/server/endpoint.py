"""One `Endpoint` per method and path: the router, the guards, the request decoding and OpenAPI are made from it.

To add an endpoint, write a handler in a module of `routes` and put its `Endpoint` into that module's `ENDPOINTS`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api import json_schema
from graphile_worker.admin.api.json_schema import Schema
from graphile_worker.admin.api.responses.errors import Error
from graphile_worker.admin.server.audit.audit_notes import note_request
from graphile_worker.admin.server.context import Context, context_of
from graphile_worker.admin.server.http.body import read_body
from graphile_worker.admin.server.http.query_params import QueryParams
from graphile_worker.admin.server.security.authorization import require_permission
from graphile_worker.admin.server.security.permissions import AdminRoute, Permission
from graphile_worker.core.validation import whole_number

Body = TypeVar("Body")
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class ApiRequest(Generic[Body]):
    """A request whose query parameters are checked, whose body is decoded, and whose user has the permission.

    `http` is Starlette's request, `context` the queue that the request selects, `body` None where the endpoint has none.
    """

    http: Request
    context: Context
    query: QueryParams
    body: Body

    @property
    def raw_query(self) -> bytes:
        """The query string as it was sent, for the keys of shared reads."""
        query: bytes = self.http.scope["query_string"]
        return query

    @property
    def id(self) -> int:
        """The `{id}` of the path. Raises InvalidInput."""
        return whole_number("id", self.http.path_params["id"])

    def wrote(self, **facts: Any) -> None:
        """After a write: discards the shared reads and adds facts to the audit event."""
        self.context.wrote(self.http, **facts)


ReadRequest: TypeAlias = "ApiRequest[None]"


class Endpoint(AdminRoute):
    """One method of one path.

    Args:
        handler: gets an ApiRequest and returns the response. The first line of its docstring is the summary in OpenAPI.
        permission: what the user needs. A body with a member `action` selects one of the permission's actions.
        response: the type of the JSON response; a tuple of types is their union, None is for other media types.
        request: the type of the body; None where there is no body.
        parameters: names of the query parameters; any other parameter is refused. None accepts every query string.
        parameter_schemas: schemas of parameters that are not in `json_schema.PARAMETERS` or differ from it. A parameter
            that is an array may be repeated.
        required: parameters that must be given.
        media_types: media types of a successful response.
        unavailable: the type of a 503 response.
        more_types: types for the description that the other arguments do not name.
        exclusive: other methods of the path get 405, even where a path with `{id}` would match.
    """

    def __init__(
        self,
        method: str,
        path: str,
        handler: Callable[[ApiRequest[Any]], Awaitable[Response]],
        *,
        permission: Permission,
        response: Any,
        request: type[msgspec.Struct] | None = None,
        parameters: Sequence[str] | None = (),
        parameter_schemas: Mapping[str, Schema] | None = None,
        required: Collection[str] = (),
        media_types: Sequence[str] = (JSON,),
        unavailable: Any = Error,
        more_types: Collection[Any] = (),
        exclusive: bool = False,
    ) -> None:
        super().__init__(path, self._respond, methods=[method], permission=permission, exclusive=exclusive)
        if request is not None and permission.only_action is None and "action" not in request.__struct_fields__:
            raise TypeError(f"{path}: the body must have a member `action`, or the permission exactly one action")
        self.method = method
        self.handler = handler
        self.response = response
        self.request = request
        self.parameters = parameters or ()
        self.parameter_schemas = json_schema.PARAMETERS | dict(parameter_schemas or {})
        self.required = required
        self.media_types = media_types
        self.unavailable = unavailable
        self.more_types = more_types
        self.accepts_any_query = parameters is None

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().splitlines()[0]

    def schema_of(self, parameter: str) -> Schema:
        """The schema of a query parameter."""
        return self.parameter_schemas.get(parameter, json_schema.STRING)

    async def _respond(self, http: Request) -> Response:
        """Checks path, query and body in this order, then calls the handler."""
        if "{id}" in self.path:
            whole_number("id", http.path_params["id"])
        query = QueryParams({}) if self.accepts_any_query else self._query(http)
        body = None if self.request is None else await self._body(http, self.request)
        return await self.handler(ApiRequest(http, context_of(http), query, body))

    def _query(self, http: Request) -> QueryParams:
        repeated = [name for name in self.parameters if self.schema_of(name).get("type") == "array"]
        return QueryParams.parse(http.scope["query_string"], self.parameters, repeated)

    async def _body(self, http: Request, kind: type[msgspec.Struct]) -> msgspec.Struct:
        body = await read_body(http, kind)
        action = self.permission.action_of(body)
        note_request(http.scope, action, body)
        require_permission(http.scope, action)
        return body
