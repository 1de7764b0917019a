"""Counts, queues and workers as objects. Each read is one scan of the jobs."""

from __future__ import annotations

from graphile_worker.admin.api.tables import overview, samples
from graphile_worker.core import validation
from graphile_worker.core.jobs import JobStats
from graphile_worker.core.queue import Queue
from graphile_worker.reads.decode import made
from graphile_worker.reads.json_parts import members
from graphile_worker.reads.objects import QueuePage, QueueRow, WorkerPage, WorkerRow


async def stats(queue: Queue) -> JobStats:
    """The number of jobs in each state. Raises QueryTimeout."""
    return await overview.stats(queue)


async def queues(queue: Queue, *, search: str, sort: str, limit: int, offset: int) -> QueuePage:
    """A page of the queues. Raises InvalidInput, QueryTimeout."""
    page = await _page(queue, _request("queues", search, sort, limit, offset))
    return made(QueuePage, page.output(), queues=[made(QueueRow, members(bytes(row))) for row in page.rows])


async def workers(queue: Queue, *, search: str, sort: str, limit: int, offset: int) -> WorkerPage:
    """A page of the workers. Raises InvalidInput, QueryTimeout."""
    page = await _page(queue, _request("workers", search, sort, limit, offset))
    return made(WorkerPage, page.output(), workers=[made(WorkerRow, members(bytes(row))) for row in page.rows])


def _request(kind: samples.Kind, search: str, sort: str, limit: int, offset: int) -> samples.TableRequest:
    limit = validation.integer("limit", limit, 1, samples.ROWS_MAX)
    offset = validation.integer("offset", offset, 0, validation.BIGINT_MAX)
    return samples.TableRequest(kind=kind, search=search, sort=sort, limit=limit, offset=offset)


async def _page(queue: Queue, request: samples.TableRequest) -> samples.TablePage:
    sample = await samples.sample(queue, request.kind)
    return sample.page(request)
