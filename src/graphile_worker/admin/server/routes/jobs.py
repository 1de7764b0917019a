"""`/api/jobs`: the list, its count and its export, one job, a new job."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from datetime import datetime

import msgspec
from starlette.responses import Response, StreamingResponse

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.bulk.progress import parse_ids
from graphile_worker.admin.api.bulk.progress import progress as jobs_progress
from graphile_worker.admin.api.jobs import export
from graphile_worker.admin.api.jobs import read as reads
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.search import search_jobs
from graphile_worker.admin.api.json_codec import encode
from graphile_worker.admin.api.json_schema import enumeration, integer
from graphile_worker.admin.api.redaction.redact import Redaction
from graphile_worker.admin.api.requests import AddJobRequest
from graphile_worker.admin.api.responses.actions import Added, job_output
from graphile_worker.admin.api.responses.jobs import Count, Job, JobPage, Progress
from graphile_worker.admin.client.model.file_names import jobs_file
from graphile_worker.admin.server.audit.events import first_items
from graphile_worker.admin.server.context import Context
from graphile_worker.admin.server.endpoint import ApiRequest, Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_response, json_with_age
from graphile_worker.admin.server.limits.sources import network_of, source_of
from graphile_worker.admin.server.live import job_counts
from graphile_worker.admin.server.security.permissions import READ, action
from graphile_worker.core.exceptions import NotFound
from graphile_worker.core.jobs import RawJson
from graphile_worker.core.queue import Queue

PART_LENGTH = 1_000_000  # characters of an export that are sent at once
LIST_FRESHNESS = 0.25  # seconds: shared by tabs that load at the same time, and too short to be noticed
EXPORT_PARAMETERS = (*vocabulary.FILTER_PARAMETERS, "format", "sort", "cursor", "limit", "bom", "payload_path")
EXPORT_MEDIA_TYPES = {"ndjson": "application/x-ndjson", "csv": "text/csv"}


async def list_jobs(request: ReadRequest) -> Response:
    """One page of the filter; with `partial=true` the result of one second of searching."""
    context, query = request.context, request.query
    filter = await job_filter(request)
    page = reads.PageRequest(
        limit=min(query.count("limit", vocabulary.LIMIT_DEFAULT), vocabulary.LIMIT_MAX),
        offset=query.count("offset", 0),
        sort=query.text("sort", "id"),
        cursor=query.text("cursor", "") or None,
        payload=query.text("payload", "full"),
        payload_paths=tuple(query.values.get("payload_path", ())),
    )
    read = search_jobs if query.boolean("partial") else reads.list_jobs
    utils = context.config.utils

    async with search_turn(request, filter):
        answer = await context.shared.get(
            ("jobs", request.raw_query),
            lambda: read(utils.queue, filter, page),
            min(LIST_FRESHNESS, context.config.freshness),
        )
    return json_with_age(answer)


async def count_jobs(request: ReadRequest) -> Response:
    """The number of jobs that match the filter, exact up to 10,000; with `stats=true` by state, too."""
    context = request.context
    filter = await job_filter(request)
    count = job_counts.count_by_state if request.query.boolean("stats") else job_counts.count_jobs
    async with search_turn(request, filter):
        return json_with_age(await count(context, filter, request.query.values))


async def progress(request: ReadRequest) -> Response:
    """How many of these ids are gone, running, failed since they became due, or waiting; at most 2,000 ids.

    `gone` counts every id without a row: completed, removed or unknown. Of an id with its attempts after the action, as
    `7:4`, `failed` counts the job if an attempt has ended since without success. Of others it counts jobs with an error
    whose `run_at` is later than their last change, also where a reschedule set it.
    """
    context = request.context
    ids, utils = parse_ids(request.query.text("ids", "")), context.config.utils
    return json_with_age(
        await context.shared.get(
            ("progress", request.raw_query), lambda: jobs_progress(utils.queue, ids), context.config.freshness
        )
    )


async def job_filter(request: ReadRequest) -> JobFilter:
    """The filter of the parameters, its relative times made absolute."""
    context = request.context
    return await JobFilter.of(request.query.values, context.redaction).with_absolute_times(context.config.utils.queue)


def _source(request: ReadRequest) -> str:
    return network_of(source_of(request.http.scope))


def search_turn(request: ReadRequest, filter: JobFilter) -> AbstractAsyncContextManager[None]:
    """Limits a source to one search at a time, because texts and errors are searched row by row."""
    context, source = request.context, _source(request)
    return context.admission.turn("search", source) if filter.search or filter.errors else nullcontext()


async def export_jobs(request: ReadRequest) -> Response:
    """All jobs of the filter, streamed as NDJSON or CSV (`bom=true`: with the byte order mark), up to 1,000,000 jobs."""
    context, query = request.context, request.query
    wanted = export.ExportRequest(
        format=query.text("format", "ndjson"),
        sort=query.text("sort", "id"),
        limit=query.count("limit", export.EXPORT_MAX),
        cursor=query.text("cursor", "") or None,
        bom=query.boolean("bom"),
        payload_paths=tuple(query.values.get("payload_path", ())),
    )
    utils, filter = context.config.utils, await job_filter(request)
    media_type = EXPORT_MEDIA_TYPES[wanted.format] + ("; charset=utf-8" if wanted.format == "csv" else "")
    now = await utils.queue.checked_now()
    headers = {
        "X-Export-Limit": str(wanted.limit),
        "Content-Disposition": _attachment(request, now, wanted.format),
    }
    if request.http.method == "HEAD":  # the headers do not depend on the jobs
        return StreamingResponse(iter(()), media_type=media_type, headers=headers)
    batches = _in_turn(context, _source(request), export.export_jobs(utils.queue, filter, wanted))
    first = [await anext(batches, "")]  # errors are raised before the response starts
    return StreamingResponse(_bytes_of(first, batches), media_type=media_type, headers=headers)


def _attachment(request: ReadRequest, now: datetime, form: str) -> str:
    """The name of the file: the database, whose name the first checked transaction reads, the filters and the date."""
    context, values = request.context, request.query.values
    database = context.name or context.config.utils.queue.database_name or ""
    filters = [(name, value) for name in vocabulary.FILTER_PARAMETERS for value in values.get(name, ()) if value]
    return f'attachment; filename="{jobs_file(database, filters, now.timestamp(), form)}"'


async def _in_turn(context: Context, source: str, batches: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    """The batches of an export, while no other export of this source runs."""
    async with context.admission.turn("export", source), aclosing(batches):
        async for batch in batches:
            yield batch
            del batch


async def _bytes_of(first: list[str], batches: AsyncGenerator[str, None]) -> AsyncGenerator[bytes, None]:
    """The bytes of the first batch, which is removed from the list, and of the others.

    No batch is referenced while the next one is read: a batch may have 20 MB.
    """
    async with aclosing(batches):
        for part in _parts(first.pop()):
            yield part
        async for batch in batches:
            for part in _parts(batch):
                yield part
            del batch


def _parts(batch: str) -> Iterator[bytes]:
    """A batch as bytes in parts, so that a job of 20 MB is not copied as a whole."""
    for start in range(0, len(batch), PART_LENGTH):
        yield batch[start : start + PART_LENGTH].encode("utf-8", "backslashreplace")


async def get_job(request: ReadRequest) -> Response:
    """One job, or 404."""
    context, id = request.context, request.id
    utils = context.config.utils
    forms = {name: request.query.text(name, "full") for name in ("payload", "last_error")}
    job = await context.shared.get(
        ("job", id, *forms.values()),
        lambda: _encoded_job(utils.queue, id, context.redaction, forms),
        min(LIST_FRESHNESS, context.config.freshness),
    )
    if job.value is None:
        raise NotFound(f"job {id} not found")
    return json_response(job.value)


async def _encoded_job(queue: Queue, id: int, redaction: Redaction, forms: dict[str, str]) -> msgspec.Raw | None:
    """The JSON of one job, encoded once for all requests that share it."""
    job = await reads.get_job(queue, id, redaction=redaction, **forms)
    return None if job is None else msgspec.Raw(encode(job))


async def add_job(request: ApiRequest[AddJobRequest]) -> Response:
    """Adds one job; an invalid request stores nothing. `outcome` and `previous_id` as in AddedJob."""
    spec = request.body
    job = await request.context.config.utils.add_job(
        spec.identifier,
        RawJson(bytes(spec.payload).decode()),
        queue=spec.queue,
        run_at=spec.run_at,
        max_attempts=spec.max_attempts,
        key=spec.key,
        job_key_mode=spec.job_key_mode,
        priority=spec.priority,
        flags=spec.flags,
    )
    request.wrote(outcomes={job.outcome.value: 1}, **first_items("ids", [job.id]))
    answer: Added = {
        "message": f"Added job {job.id}",
        "jobs": [job_output(job)],
        "outcome": job.outcome.value,
        "previous_id": job.previous_id,
    }
    return json_response(answer)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/jobs",
        list_jobs,
        permission=READ,
        parameters=vocabulary.LIST_PARAMETERS,
        response=JobPage,
    ),
    Endpoint("POST", "/api/jobs", add_job, permission=action("add"), request=AddJobRequest, response=Added),
    Endpoint(
        "GET",
        "/api/jobs/count",
        count_jobs,
        permission=READ,
        parameters=(*vocabulary.FILTER_PARAMETERS, "stats"),
        response=Count,
    ),
    Endpoint(
        "GET",
        "/api/jobs/export",
        export_jobs,
        permission=READ,
        parameters=EXPORT_PARAMETERS,
        parameter_schemas={"sort": enumeration(("id", "-id")), "limit": integer(1, export.EXPORT_MAX)},
        response=None,
        media_types=tuple(EXPORT_MEDIA_TYPES.values()),
    ),
    Endpoint(
        "GET",
        "/api/jobs/progress",
        progress,
        permission=READ,
        parameters=("ids",),
        required=("ids",),
        response=Progress,
    ),
    Endpoint(
        "GET",
        "/api/jobs/{id}",
        get_job,
        permission=READ,
        parameters=("payload", "last_error"),
        response=Job,
    ),
)
