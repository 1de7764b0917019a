"""`/api/jobs`: the list, one job, a new job."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api import counts, vocabulary, wire
from graphile_worker.admin.api import jobs as reads
from graphile_worker.admin.api.filters import JobFilter
from graphile_worker.admin.api.search import search_jobs
from graphile_worker.admin.server import body, params
from graphile_worker.admin.server.context import aged, context_of, json_response
from graphile_worker.core.checks import whole_number
from graphile_worker.core.errors import NotFound
from graphile_worker.core.jobs import RawJson

LIST_FRESHNESS = 0.25  # seconds: shared among tabs that ask together, never felt by one


async def list_jobs(request: Request) -> Response:
    """One page of the filter; with `partial=true` what a second of searching finds."""
    context = context_of(request)
    values = params.read(request.scope["query_string"], vocabulary.LIST_PARAMETERS, vocabulary.REPEATED_PARAMETERS)
    filter = JobFilter.of(values)
    page = reads.PageRequest(
        limit=min(params.count(values, "limit", vocabulary.LIMIT_DEFAULT), vocabulary.LIMIT_MAX),
        offset=params.count(values, "offset", 0),
        sort=params.word(values, "sort", "id"),
        cursor=params.word(values, "cursor", "") or None,
        payload=params.word(values, "payload", "full"),
    )
    read = search_jobs if params.flag(values, "partial") else reads.list_jobs
    utils = context.config.utils
    answer = await context.shared.get(
        ("jobs", request.scope["query_string"]),
        lambda: read(utils.database, utils.schema, filter, page),
        min(LIST_FRESHNESS, context.config.freshness),
    )
    return aged(answer)


async def count_jobs(request: Request) -> Response:
    """How many jobs the filter finds: exact up to 10,000."""
    context = context_of(request)
    query = request.scope["query_string"]
    filter = JobFilter.of(params.read(query, vocabulary.FILTER_PARAMETERS, vocabulary.REPEATED_PARAMETERS))
    utils = context.config.utils
    answer = await context.shared.get(
        ("count", query), lambda: counts.count_jobs(utils.database, utils.schema, filter), context.config.freshness
    )
    return aged(answer)


async def get_job(request: Request) -> Response:
    """One job, or 404."""
    context = context_of(request)
    utils = context.config.utils
    id = whole_number("id", request.path_params["id"])
    values = params.read(request.scope["query_string"], ["payload"])
    payload = params.word(values, "payload", "full")
    job = await context.shared.get(
        ("job", id, payload),
        lambda: reads.get_job(utils.database, utils.schema, id, payload=payload),
        min(LIST_FRESHNESS, context.config.freshness),
    )
    if job.value is None:
        raise NotFound(f"job {id} not found")
    return json_response(job.value)


async def add_job(request: Request) -> Response:
    """Adds one job; nothing is stored when anything is wrong. `outcome` and `previous_id` as in AddedJob."""
    context = context_of(request)
    asked = await body.read(request, wire.AddJobRequest)
    job = await context.config.utils.add_job(
        asked.identifier,
        RawJson(bytes(asked.payload).decode()),
        queue=asked.queue,
        run_at=asked.run_at,
        max_attempts=asked.max_attempts,
        key=asked.key,
        job_key_mode=asked.job_key_mode,
        priority=asked.priority,
        flags=asked.flags,
    )
    context.wrote(request, "add", ids=[job.id], task=job.task_identifier, outcome=job.outcome.value)
    answer = {"message": f"Added job {job.id}", "jobs": [wire.job_output(job)]}
    return json_response(wire.encode(answer | {"outcome": job.outcome.value, "previous_id": job.previous_id}))
