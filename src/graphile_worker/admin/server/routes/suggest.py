"""`/api/suggest`: names while somebody types."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.suggest import SuggestRequest, suggest_stored, suggest_workers
from graphile_worker.admin.server.context import context_of, json_response
from graphile_worker.admin.server.http import query_params


async def suggest(request: Request) -> Response:
    """Names of tasks, queues or workers by how they begin."""
    context = context_of(request)
    values = query_params.read(request.scope["query_string"], ["field", "prefix", "limit"])
    asked = SuggestRequest(
        field=query_params.word(values, "field", ""),
        prefix=query_params.word(values, "prefix", ""),
        limit=min(query_params.count(values, "limit", vocabulary.SUGGEST_DEFAULT), vocabulary.SUGGEST_MAX),
    )
    if asked.field == "worker":
        return json_response(suggest_workers((await context.sample("workers")).value, asked))
    utils = context.config.utils
    answer = await context.shared.get(
        ("suggest", asked), lambda: suggest_stored(utils.queue, asked), context.config.freshness
    )
    return json_response(answer.value)
