"""`/api/suggest`: names for a filter while it is typed."""

from __future__ import annotations

from starlette.responses import Response

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.suggest import SuggestRequest, suggest_stored, suggest_workers
from graphile_worker.admin.api.responses.tables import Suggestions
from graphile_worker.admin.server.endpoint import Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_response
from graphile_worker.admin.server.security.permissions import READ


async def suggest(request: ReadRequest) -> Response:
    """Names of tasks, queues or workers that begin with a prefix."""
    context, query = request.context, request.query
    wanted = SuggestRequest(
        field=query.text("field", ""),
        prefix=query.text("prefix", ""),
        limit=min(query.count("limit", vocabulary.SUGGEST_DEFAULT), vocabulary.SUGGEST_MAX),
    )
    if wanted.field == "worker":
        return json_response(suggest_workers((await context.sample("workers")).value, wanted))
    utils = context.config.utils
    answer = await context.shared.get(
        ("suggest", wanted), lambda: suggest_stored(utils.queue, wanted), context.config.freshness
    )
    return json_response(answer.value)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/suggest",
        suggest,
        permission=READ,
        parameters=("field", "prefix", "limit"),
        required=("field",),
        response=Suggestions,
    ),
)
