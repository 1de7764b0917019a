"""`/api/queues`, `/api/workers`, `/api/tasks`, `/api/errors`: pages of sampled tables."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.tables.samples import Kind, TableRequest
from graphile_worker.admin.server.context import aged, context_of
from graphile_worker.admin.server.http import query_params
from graphile_worker.admin.server.live.shared_reads import Answer


async def queues(request: Request) -> Response:
    """Queues: held by whom, for how long, what waits in them."""
    return await _table(request, "queues")


async def workers(request: Request) -> Response:
    """Whoever sends heartbeats or holds locks."""
    return await _table(request, "workers")


async def tasks(request: Request) -> Response:
    """Task names, with counts by state."""
    return await _table(request, "tasks")


async def errors(request: Request) -> Response:
    """What failed jobs failed of: their last errors, grouped by fingerprint, most jobs first."""
    return await _table(request, "errors")


async def _table(request: Request, kind: Kind) -> Response:
    values = query_params.read(request.scope["query_string"], vocabulary.TABLE_PARAMETERS)
    asked = TableRequest(
        kind=kind,
        search=query_params.word(values, "search", "").strip(),
        sort=query_params.word(values, "sort", vocabulary.TABLE_SORT_DEFAULTS[kind]),
        limit=min(query_params.count(values, "limit", vocabulary.LIMIT_DEFAULT), vocabulary.LIMIT_MAX),
        offset=query_params.count(values, "offset", 0),
    )
    sample = await context_of(request).sample(kind)
    return aged(Answer(sample.value.page(asked), sample.made, sample.took))
