"""`/api/queues`, `/api/workers`, `/api/tasks`, `/api/errors`: pages of sampled tables; `/api/errors/histogram`, `/api/crontabs`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.json_schema import enumeration, integer
from graphile_worker.admin.api.responses.tables import (
    Crontabs,
    ErrorPage,
    FailureHistogram,
    QueuePage,
    TaskPage,
    WorkerPage,
)
from graphile_worker.admin.api.tables import crontabs as cron
from graphile_worker.admin.api.tables import histogram
from graphile_worker.admin.api.tables.samples import Kind, TableRequest
from graphile_worker.admin.server.endpoint import Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_with_age
from graphile_worker.admin.server.live.shared_reads import Answer
from graphile_worker.admin.server.routes.jobs import job_filter, search_turn
from graphile_worker.admin.server.security.permissions import READ
from graphile_worker.core import validation


async def queues(request: ReadRequest) -> Response:
    """Queues: their lock, its age, and their jobs by state."""
    return await _table(request, "queues")


async def workers(request: ReadRequest) -> Response:
    """Workers that send heartbeats or hold locks."""
    return await _table(request, "workers")


async def tasks(request: ReadRequest) -> Response:
    """Task names: their jobs by state, how the ready ones change, and since when the oldest running one is locked."""
    return await _table(request, "tasks")


async def errors(request: ReadRequest) -> Response:
    """Errors of failed and retrying jobs, grouped by fingerprint, most failed jobs first."""
    return await _table(request, "errors")


async def _table(request: ReadRequest, kind: Kind) -> Response:
    query = request.query
    times = {name: query.text(name, "") for name in ("since", "until") if name in query.values}
    for name, text in times.items():
        validation.time(name, text, past=True)
    wanted = TableRequest(
        kind=kind,
        search=query.text("search", "").strip(),
        sort=query.text("sort", vocabulary.TABLE_SORT_DEFAULTS[kind]),
        limit=min(query.count("limit", vocabulary.LIMIT_DEFAULT), vocabulary.LIMIT_MAX),
        offset=query.count("offset", 0),
        held=query.boolean("held"),
    )
    sample = await request.context.sample(kind)
    bounds: dict[str, Any] = {name: sample.value.seconds(name, text) for name, text in times.items()}
    output = sample.value.page(replace(wanted, **bounds)).output()
    if kind == "tasks":
        output["tasks"] = [request.context.backlogs.on(row, sample.value.now) for row in output["tasks"]]
    return json_with_age(Answer(output, sample.made, sample.took))


async def failures(request: ReadRequest) -> Response:
    """Failed and retrying jobs by `failed_at` in 24 buckets, which cover `seconds` (a day) or the range of the filter."""
    context, query = request.context, request.query
    filter = await job_filter(request)
    seconds = query.count("seconds", histogram.SECONDS)
    utils = context.config.utils
    async with search_turn(request, filter):
        answer = await context.shared.get(
            ("histogram", request.raw_query),
            lambda: histogram.failure_histogram(utils.queue, filter, seconds),
            context.config.freshness,
        )
    return json_with_age(answer)


async def crontabs(request: ReadRequest) -> Response:
    """Known crontabs: their last execution, and the jobs that they have added."""
    context = request.context
    answer = await context.shared.get(
        ("crontabs",),
        lambda: cron.crontabs(context.config.utils.queue, hidden=bool(context.redaction)),
        context.config.freshness,
    )
    return json_with_age(answer)


def _endpoint(kind: Kind, handler: Callable[[ReadRequest], Awaitable[Response]], response: Any) -> Endpoint:
    sorts = [direction + column for column in vocabulary.TABLE_SORTS[kind] for direction in ("", "-")]
    return Endpoint(
        "GET",
        f"/api/{kind}",
        handler,
        permission=READ,
        parameters=vocabulary.TABLE_PARAMETERS + vocabulary.TABLE_FILTERS.get(kind, ()),
        parameter_schemas={"sort": enumeration(sorts)},
        response=response,
    )


ENDPOINTS = (
    _endpoint("queues", queues, QueuePage),
    _endpoint("workers", workers, WorkerPage),
    _endpoint("tasks", tasks, TaskPage),
    _endpoint("errors", errors, ErrorPage),
    Endpoint(
        "GET",
        "/api/errors/histogram",
        failures,
        permission=READ,
        parameters=(*vocabulary.FILTER_PARAMETERS, "seconds"),
        parameter_schemas={"seconds": integer(*histogram.SECONDS_RANGE)},
        response=FailureHistogram,
    ),
    Endpoint("GET", "/api/crontabs", crontabs, permission=READ, response=Crontabs),
)
