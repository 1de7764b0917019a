"""`/healthz` and `/readyz`: health probes for supervisors and load balancers. They need no credentials and show no details."""

from __future__ import annotations

from starlette.responses import Response

from graphile_worker.admin.api.responses.server import Status
from graphile_worker.admin.server.endpoint import Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_response
from graphile_worker.admin.server.security.permissions import ANYBODY


async def healthz(request: ReadRequest) -> Response:
    """200 while the process answers."""
    return json_response({"status": "ok"})


async def readyz(request: ReadRequest) -> Response:
    """200 where the database is reachable and the schema readable, else 503."""
    if await request.context.ready():
        return json_response({"status": "ready"})
    return json_response({"status": "unavailable"}, 503)


ENDPOINTS = (
    Endpoint("GET", "/healthz", healthz, permission=ANYBODY, parameters=None, response=Status),
    Endpoint("GET", "/readyz", readyz, permission=ANYBODY, parameters=None, response=Status, unavailable=Status),
)
