"""Reads a list page by page, so that memory is bounded for any --limit."""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec.structs import replace

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.read import PageRequest, list_jobs
from graphile_worker.admin.api.jobs.search import search_jobs
from graphile_worker.admin.api.responses.jobs import JobRows
from graphile_worker.cli.connection import Session

SIZE = 2000  # jobs of one page


async def pages(session: Session, filter: JobFilter, wanted: PageRequest) -> AsyncIterator[JobRows]:
    """`wanted.limit` jobs, any number of them. A search in the order of ids is asked in slices, so it ends however
    many jobs it has to read. Raises InvalidInput, SortUnbounded, QueryTimeout.
    """
    sliced = bool(filter.search) and wanted.by_id and not wanted.offset and not backwards(wanted) and wanted.limit > 0
    read = search_jobs if sliced else list_jobs
    left, request = wanted.limit, replace(wanted, limit=min(SIZE, wanted.limit))
    while True:
        page: JobRows = await read(session.queue, filter, request)
        yield page
        left -= len(page["jobs"])
        if left <= 0 or page["next"] is None or backwards(wanted):
            return
        request = replace(request, cursor=page["next"], offset=0, limit=min(SIZE, left))


def backwards(wanted: PageRequest) -> bool:
    """Whether the cursor is a `prev`: such a list is one page, because the next page would precede it."""
    return wanted.at is not None and wanted.at.way == "prev"
