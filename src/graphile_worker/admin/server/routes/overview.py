"""`GET /api/overview`: counts, queues, lock holders, heartbeats."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api.jobs.filters import one_of
from graphile_worker.admin.api.tables import overview as reads
from graphile_worker.admin.server.context import context_of, json_response
from graphile_worker.admin.server.http import query_params


async def overview(request: Request) -> Response:
    """One snapshot shared by all who look; `parts` (repeated) leaves out what is not wanted."""
    context = context_of(request)
    values = query_params.read(request.scope["query_string"], ["parts"], ["parts"])
    wanted = [one_of("parts", part, reads.PARTS) for part in values.get("parts", reads.PARTS)]
    answer = await context.overview(queues="queues" in wanted)
    body = reads.overview_json(answer.value, wanted)
    return json_response(f'{{"age_ms":{answer.age_ms},{body[1:]}')
