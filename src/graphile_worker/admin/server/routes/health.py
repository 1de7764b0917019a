"""`/healthz` and `/readyz`: for whoever restarts and routes; without credentials, and telling nothing else."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.server.context import context_of, json_response


async def healthz(request: Request) -> Response:
    """The process answers."""
    return json_response('{"status":"ok"}')


async def readyz(request: Request) -> Response:
    """200 where the database can be reached and the schema read, else 503."""
    if await context_of(request).ready():
        return json_response('{"status":"ready"}')
    return json_response('{"status":"unavailable"}', 503)
