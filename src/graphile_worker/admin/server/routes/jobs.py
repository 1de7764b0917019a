"""`/api/jobs`: the list, one job, a new job."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from graphile_worker.admin.api import vocabulary, wire
from graphile_worker.admin.api.jobs import counts, export
from graphile_worker.admin.api.jobs import read as reads
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.search import search_jobs
from graphile_worker.admin.server.audit.events import some
from graphile_worker.admin.server.context import Context, aged, context_of, json_response
from graphile_worker.admin.server.http import body, query_params
from graphile_worker.admin.server.limits.sources import network_of, source_of
from graphile_worker.core.exceptions import NotFound
from graphile_worker.core.jobs import RawJson
from graphile_worker.core.validation import whole_number

PART_LENGTH = 1_000_000  # characters of an export that are sent at once
LIST_FRESHNESS = 0.25  # seconds: shared among tabs that ask together, never felt by one


async def list_jobs(request: Request) -> Response:
    """One page of the filter; with `partial=true` what a second of searching finds."""
    context = context_of(request)
    values = query_params.read(
        request.scope["query_string"], vocabulary.LIST_PARAMETERS, vocabulary.REPEATED_PARAMETERS
    )
    filter = JobFilter.of(values, context.redaction)
    page = reads.PageRequest(
        limit=min(query_params.count(values, "limit", vocabulary.LIMIT_DEFAULT), vocabulary.LIMIT_MAX),
        offset=query_params.count(values, "offset", 0),
        sort=query_params.word(values, "sort", "id"),
        cursor=query_params.word(values, "cursor", "") or None,
        payload=query_params.word(values, "payload", "full"),
    )
    read = search_jobs if query_params.flag(values, "partial") else reads.list_jobs
    utils, source = context.config.utils, network_of(source_of(request.scope))

    async with _turn(context, filter, source):
        answer = await context.shared.get(
            ("jobs", request.scope["query_string"]),
            lambda: read(utils.queue, filter, page),
            min(LIST_FRESHNESS, context.config.freshness),
        )
    return aged(answer)


async def count_jobs(request: Request) -> Response:
    """How many jobs the filter finds: exact up to 10,000."""
    context = context_of(request)
    query = request.scope["query_string"]
    values = query_params.read(query, vocabulary.FILTER_PARAMETERS, vocabulary.REPEATED_PARAMETERS)
    filter = JobFilter.of(values, context.redaction)
    utils, source = context.config.utils, network_of(source_of(request.scope))

    async with _turn(context, filter, source):
        answer = await context.shared.get(
            ("count", query), lambda: counts.count_jobs(utils.queue, filter), context.config.freshness
        )
    return aged(answer)


def _turn(context: Context, filter: JobFilter, source: str) -> AbstractAsyncContextManager[None]:
    """Text and errors are searched row by row: one search at a time for a source. Other filters need no turn."""
    return context.admission.turn("search", source) if filter.search or filter.errors else nullcontext()


async def export_jobs(request: Request) -> Response:
    """All that the filter finds, streamed as NDJSON or CSV (`bom=true`: with the mark of UTF-8), up to 1,000,000 jobs."""
    context = context_of(request)
    known = (*vocabulary.FILTER_PARAMETERS, "format", "sort", "cursor", "limit", "bom")
    values = query_params.read(request.scope["query_string"], known, vocabulary.REPEATED_PARAMETERS)
    wanted = export.ExportRequest(
        format=query_params.word(values, "format", "ndjson"),
        sort=query_params.word(values, "sort", "id"),
        limit=query_params.count(values, "limit", export.EXPORT_MAX),
        cursor=query_params.word(values, "cursor", "") or None,
        bom=query_params.flag(values, "bom"),
    )
    utils, filter = context.config.utils, JobFilter.of(values, context.redaction)
    media_type = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}[wanted.format]
    named = {"Content-Disposition": f'attachment; filename="jobs.{wanted.format}"', "X-Export-Limit": str(wanted.limit)}
    if request.method == "HEAD":  # the headers do not depend on the jobs
        return StreamingResponse(iter(()), media_type=media_type, headers=named)
    pieces = _in_turn(context, network_of(source_of(request.scope)), export.export_jobs(utils.queue, filter, wanted))
    begun = [await anext(pieces, "")]  # what is refused is refused before anything is sent
    return StreamingResponse(_after(begun, pieces), media_type=media_type, headers=named)


async def _in_turn(context: Context, source: str, pieces: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    """The pieces of an export, while no other export of this source runs."""
    async with context.admission.turn("export", source), aclosing(pieces):
        async for piece in pieces:
            yield piece
            del piece


async def _after(begun: list[str], pieces: AsyncGenerator[str, None]) -> AsyncGenerator[bytes, None]:
    """The parts of the first piece, which is taken out of `begun`, and of the others. None is kept while the next is read."""
    async with aclosing(pieces):
        for part in _parts(begun.pop()):
            yield part
        async for piece in pieces:
            for part in _parts(piece):
                yield part
            del piece


def _parts(piece: str) -> Iterator[bytes]:
    """A piece in bytes; a job of 20 MB is not copied as a whole."""
    for start in range(0, len(piece), PART_LENGTH):
        yield piece[start : start + PART_LENGTH].encode("utf-8", "backslashreplace")


async def get_job(request: Request) -> Response:
    """One job, or 404."""
    context = context_of(request)
    utils = context.config.utils
    id = whole_number("id", request.path_params["id"])
    values = query_params.read(request.scope["query_string"], ["payload", "last_error"])
    forms = {name: query_params.word(values, name, "full") for name in ("payload", "last_error")}
    job = await context.shared.get(
        ("job", id, *forms.values()),
        lambda: reads.get_job(utils.queue, id, redaction=context.redaction, **forms),
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
    context.wrote(request, outcomes={job.outcome.value: 1}, **some("ids", [job.id]))
    answer = {"message": f"Added job {job.id}", "jobs": [wire.job_output(job)]}
    return json_response(wire.encode(answer | {"outcome": job.outcome.value, "previous_id": job.previous_id}))
