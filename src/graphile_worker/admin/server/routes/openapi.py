"""`/api/openapi.json`: the description of the API."""

from __future__ import annotations

from starlette.responses import Response

from graphile_worker import __version__
from graphile_worker.admin.api.responses.server import Description
from graphile_worker.admin.server.databases import DatabaseDirectory
from graphile_worker.admin.server.endpoint import Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_response
from graphile_worker.admin.server.openapi import document
from graphile_worker.admin.server.security.permissions import READ


async def openapi(request: ReadRequest) -> Response:
    """The OpenAPI description of this API."""
    app = request.http.app
    endpoints = [route for route in app.routes if isinstance(route, Endpoint)]
    databases: DatabaseDirectory = app.state.databases
    return json_response(document(endpoints, version=__version__, databases=list(databases.names)))


ENDPOINTS = (
    Endpoint("GET", "/api/openapi.json", openapi, permission=READ, response=Description),
)  # fmt: skip
