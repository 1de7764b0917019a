"""Counts, queues and workers as objects. Each read is one scan of the jobs."""

from __future__ import annotations

from graphile_worker.admin.api.tables import overview, samples
from graphile_worker.core import validation
from graphile_worker.core.queue import Queue
from graphile_worker.reads.decode import made
from graphile_worker.reads.json_parts import items, members
from graphile_worker.reads.objects import JobStats, QueuePage, QueueRow, WorkerPage, WorkerRow


async def stats(queue: Queue) -> JobStats:
    """The number of jobs in each state. Raises QueryTimeout."""
    return made(JobStats, members((await overview.stats(queue)).encode()))


async def queues(queue: Queue, *, search: str, sort: str, limit: int, offset: int) -> QueuePage:
    """A page of the queues. Raises InvalidInput, QueryTimeout."""
    parts = await _page(queue, _request("queues", search, sort, limit, offset))
    return made(QueuePage, parts, queues=[made(QueueRow, members(row)) for row in items(parts["queues"])])


async def workers(queue: Queue, *, search: str, sort: str, limit: int, offset: int) -> WorkerPage:
    """A page of the workers. Raises InvalidInput, QueryTimeout."""
    parts = await _page(queue, _request("workers", search, sort, limit, offset))
    return made(WorkerPage, parts, workers=[made(WorkerRow, members(row)) for row in items(parts["workers"])])


def _request(kind: samples.Kind, search: str, sort: str, limit: int, offset: int) -> samples.TableRequest:
    limit = validation.integer("limit", limit, 1, samples.ROWS_MAX)
    offset = validation.integer("offset", offset, 0, validation.BIGINT_MAX)
    return samples.TableRequest(kind=kind, search=search, sort=sort, limit=limit, offset=offset)


async def _page(queue: Queue, request: samples.TableRequest) -> dict[str, bytes]:
    sample = await samples.sample(queue, request.kind)
    return members(sample.page(request).encode("utf-8", "surrogatepass"))
