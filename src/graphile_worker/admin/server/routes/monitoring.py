"""`/healthz`, `/readyz` and `/metrics`: for supervisors, load balancers and Prometheus.

The two health probes need no credentials and show no details.
"""

from __future__ import annotations

from starlette.responses import Response

from graphile_worker.admin.api.responses.server import Status
from graphile_worker.admin.api.tables.samples import Kind, Sample
from graphile_worker.admin.server.context import Context
from graphile_worker.admin.server.endpoint import Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_response
from graphile_worker.admin.server.live.shared_reads import Answer
from graphile_worker.admin.server.security.permissions import ANYBODY, READ
from graphile_worker.core.exceptions import GraphileWorkerError

_KINDS: tuple[Kind, ...] = ("queues", "workers", "tasks")  # the tables that the metrics are made from


async def healthz(request: ReadRequest) -> Response:
    """200 while the process answers."""
    return json_response({"status": "ok"})


async def readyz(request: ReadRequest) -> Response:
    """200 where the database is reachable and the schema readable, else 503."""
    if await request.context.ready():
        return json_response({"status": "ready"})
    return json_response({"status": "unavailable"}, 503)


async def metrics(request: ReadRequest) -> Response:
    """The shared samples as metrics. An unavailable database is a metric as well."""
    # prometheus_client is imported for scrapes only
    from graphile_worker.admin.server.metrics import CONTENT_TYPE, exposition

    samples = await _samples(request.context)
    return Response(exposition(samples), headers={"content-type": CONTENT_TYPE})


async def _samples(context: Context) -> dict[Kind, Answer[Sample]] | None:
    """Reads one table after the other: three scans at the same time would slow the workers down."""
    if not await context.ready():
        return None
    try:
        return {kind: await context.sample(kind) for kind in _KINDS}
    except GraphileWorkerError:
        return None


ENDPOINTS = (
    Endpoint("GET", "/healthz", healthz, permission=ANYBODY, parameters=None, response=Status),
    Endpoint("GET", "/readyz", readyz, permission=ANYBODY, parameters=None, response=Status, unavailable=Status),
    Endpoint("GET", "/metrics", metrics, permission=READ, response=None, media_types=("text/plain",)),
)  # fmt: skip
