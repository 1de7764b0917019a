"""Reads of jobs as objects."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs import counts, read
from graphile_worker.admin.api.jobs.filters import LISTS, JobFilter
from graphile_worker.core import validation
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.queue import Queue
from graphile_worker.reads.decode import made, member
from graphile_worker.reads.json_parts import members
from graphile_worker.reads.objects import FilterOptions, JobCount, JobPage, ListedJob, RetryTime, StoredJob, Why


async def _filter(queue: Queue, options: FilterOptions) -> JobFilter:
    """Raises InvalidInput."""
    given: dict[str, Any] = {**options}
    for parameter, name in LISTS.items():
        if isinstance(given.get(name), str):  # a str is a sequence of its characters
            raise InvalidInput(parameter, f"must be a list of texts ({name}=[…])")
    for name in vocabulary.TIME_PARAMETERS:
        given[name] = validation.time(name, given.get(name), past=True)
    return await JobFilter(**given).with_absolute_times(queue)


async def list_jobs(queue: Queue, filter: FilterOptions, *, limit: int, sort: str, cursor: str | None) -> JobPage:
    """One page of the jobs that match. Raises InvalidInput, QueryTimeout."""
    limit = validation.integer("limit", limit, 1, vocabulary.LIMIT_MAX)
    page = read.PageRequest(limit=limit, sort=sort, cursor=cursor)
    found = await read.list_jobs(queue, await _filter(queue, filter), page)
    omitted = set(found.get("omitted", ()))
    return made(JobPage, found, jobs=[_listed(members(bytes(row)), omitted) for row in found["jobs"]])


def _listed(row: dict[str, bytes], omitted: set[int]) -> ListedJob:
    too_large = int(row["id"]) in omitted
    return made(ListedJob, row, payload_text=None if too_large else _text(row["payload"]), omitted=too_large)


def _text(payload: bytes) -> str:
    """The stored text without the white space of JSON around it."""
    return payload.decode("utf-8", "surrogatepass").strip(" \t\r\n")


async def get_job(queue: Queue, id: int) -> StoredJob | None:
    """One job, or None where it does not exist."""
    job = await read.get_job(queue, id)
    if job is None:
        return None
    facts = {name: member(name, value) for name, value in job["why"]["facts"].items()}
    return made(
        StoredJob,
        job,
        payload_text=_text(bytes(job["payload"])),
        why=made(Why, job["why"], facts=facts),
        retries=[made(RetryTime, one) for one in job["retry_ladder"]],
    )


async def count_jobs(queue: Queue, filter: FilterOptions) -> JobCount:
    """How many jobs match. Raises InvalidInput, QueryTimeout."""
    return made(JobCount, await counts.count_jobs(queue, await _filter(queue, filter)))
