"""`/api/overview`: counts, queues, workers that hold locks, heartbeats."""

from __future__ import annotations

from starlette.responses import Response

from graphile_worker.admin.api.jobs.filters import one_of
from graphile_worker.admin.api.json_schema import array, enumeration
from graphile_worker.admin.api.responses.overview import Overview
from graphile_worker.admin.api.tables import overview as reads
from graphile_worker.admin.server.endpoint import Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_response
from graphile_worker.admin.server.security.permissions import READ


async def overview(request: ReadRequest) -> Response:
    """One snapshot, shared by all requests; `parts` (repeated) selects its members."""
    wanted = [one_of("parts", part, reads.PARTS) for part in request.query.values.get("parts", reads.PARTS)]
    answer = await request.context.overview(queues="queues" in wanted)
    return json_response({"age_ms": answer.age_ms, **reads.overview_output(answer.value, wanted)})


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/overview",
        overview,
        permission=READ,
        parameters=("parts",),
        parameter_schemas={"parts": array(enumeration(reads.PARTS))},
        response=Overview,
    ),
)
