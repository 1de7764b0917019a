"""`/api/suggest`: names for a filter while it is typed."""

from __future__ import annotations

from starlette.responses import Response

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.names.suggest import TABLES, SuggestRequest, suggest_stored, suggest_workers, with_counts
from graphile_worker.admin.api.responses.tables import Suggestions
from graphile_worker.admin.server.endpoint import Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_response
from graphile_worker.admin.server.security.permissions import READ
from graphile_worker.core.exceptions import GraphileWorkerError


async def suggest(request: ReadRequest) -> Response:
    """Names of tasks, queues or workers that begin with a prefix; with `near=true` also similar ones."""
    context, query = request.context, request.query
    wanted = SuggestRequest(
        field=query.text("field", ""),
        prefix=query.text("prefix", ""),
        limit=min(query.count("limit", vocabulary.SUGGEST_DEFAULT), vocabulary.SUGGEST_MAX),
        near=query.boolean("near"),
    )
    if wanted.field == "worker":
        workers = await context.known_names("workers")
        return json_response(with_counts(suggest_workers(workers, wanted), workers))
    utils = context.config.utils
    answer = await context.shared.get(
        ("suggest", wanted), lambda: suggest_stored(utils.queue, wanted), context.config.freshness
    )
    if not answer.value["values"]:
        return json_response(answer.value)
    try:
        counted = await context.known_names(TABLES[wanted.field])
    except GraphileWorkerError:  # the names are of use without their counts, too
        return json_response(answer.value)
    return json_response(with_counts(answer.value, counted))


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/suggest",
        suggest,
        permission=READ,
        parameters=("field", "prefix", "limit", "near"),
        required=("field",),
        response=Suggestions,
    ),
)
