"""`/api/queues`, `/api/workers`, `/api/tasks`, `/api/errors`: pages of sampled tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.json_schema import enumeration
from graphile_worker.admin.api.responses.tables import ErrorPage, QueuePage, TaskPage, WorkerPage
from graphile_worker.admin.api.tables.samples import Kind, TableRequest
from graphile_worker.admin.server.endpoint import Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_with_age
from graphile_worker.admin.server.live.shared_reads import Answer
from graphile_worker.admin.server.security.permissions import READ


async def queues(request: ReadRequest) -> Response:
    """Queues: their lock, its age, and their jobs by state."""
    return await _table(request, "queues")


async def workers(request: ReadRequest) -> Response:
    """Workers that send heartbeats or hold locks."""
    return await _table(request, "workers")


async def tasks(request: ReadRequest) -> Response:
    """Task names, with counts by state."""
    return await _table(request, "tasks")


async def errors(request: ReadRequest) -> Response:
    """Errors of failed jobs, grouped by fingerprint, most jobs first."""
    return await _table(request, "errors")


async def _table(request: ReadRequest, kind: Kind) -> Response:
    query = request.query
    wanted = TableRequest(
        kind=kind,
        search=query.text("search", "").strip(),
        sort=query.text("sort", vocabulary.TABLE_SORT_DEFAULTS[kind]),
        limit=min(query.count("limit", vocabulary.LIMIT_DEFAULT), vocabulary.LIMIT_MAX),
        offset=query.count("offset", 0),
    )
    sample = await request.context.sample(kind)
    return json_with_age(Answer(sample.value.page(wanted).output(), sample.made, sample.took))


def _endpoint(kind: Kind, handler: Callable[[ReadRequest], Awaitable[Response]], response: Any) -> Endpoint:
    sorts = [direction + column for column in vocabulary.TABLE_SORTS[kind] for direction in ("", "-")]
    return Endpoint(
        "GET",
        f"/api/{kind}",
        handler,
        permission=READ,
        parameters=vocabulary.TABLE_PARAMETERS,
        parameter_schemas={"sort": enumeration(sorts)},
        response=response,
    )


ENDPOINTS = (
    _endpoint("queues", queues, QueuePage),
    _endpoint("workers", workers, WorkerPage),
    _endpoint("tasks", tasks, TaskPage),
    _endpoint("errors", errors, ErrorPage),
)
