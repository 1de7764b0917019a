"""Counts, queues, workers and crontabs as objects. Each read is one scan of the jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from graphile_worker.admin.api.responses import tables as responses
from graphile_worker.admin.api.tables import crontabs as cron
from graphile_worker.admin.api.tables import overview, samples
from graphile_worker.core import validation
from graphile_worker.core.job_stats import JobStats
from graphile_worker.core.queue import Queue
from graphile_worker.reads.decode import made, moment
from graphile_worker.reads.json_parts import members
from graphile_worker.reads.objects import (
    CronJobs,
    Crontab,
    Crontabs,
    CronTask,
    Listener,
    QueuePage,
    QueueRow,
    WorkerPage,
    WorkerRow,
)


async def stats(queue: Queue) -> JobStats:
    """The number of jobs in each state. Raises QueryTimeout."""
    return await overview.stats(queue)


async def queues(queue: Queue, *, search: str, sort: str, limit: int, offset: int, held: bool) -> QueuePage:
    """A page of the queues. Raises InvalidInput, QueryTimeout."""
    page = await _page(queue, replace(_request("queues", search, sort, limit, offset), held=held))
    return made(QueuePage, page.output(), queues=[made(QueueRow, members(bytes(row))) for row in page.rows])


async def workers(queue: Queue, *, search: str, sort: str, limit: int, offset: int) -> WorkerPage:
    """A page of the workers. Raises InvalidInput, QueryTimeout."""
    page = await _page(queue, _request("workers", search, sort, limit, offset))
    listeners = [made(Listener, one, since=moment(one["since"])) for one in page.facts["listeners"]]
    rows = [made(WorkerRow, members(bytes(row))) for row in page.rows]
    return made(WorkerPage, page.output(), workers=rows, listeners=listeners)


async def crontabs(queue: Queue) -> Crontabs:
    """The known crontabs with their jobs. Raises QueryTimeout."""
    found: dict[str, Any] = await cron.crontabs(queue)
    rows: list[responses.CrontabRow] = msgspec.json.decode(found["crontabs"])
    tasks: list[responses.CronTask] = msgspec.json.decode(found["tasks"])
    return made(Crontabs, found, crontabs=[_crontab(row) for row in rows], tasks=[_cron_task(row) for row in tasks])


def _crontab(row: responses.CrontabRow) -> Crontab:
    last = row["last_execution"]
    return made(
        Crontab,
        row,
        known_since=moment(row["known_since"]),
        last_execution=None if last is None else moment(last),
        jobs=None if row["jobs"] is None else made(CronJobs, row["jobs"]),
    )


def _cron_task(row: responses.CronTask) -> CronTask:
    return CronTask(row["task_identifier"], made(CronJobs, row["jobs"]))


def _request(kind: samples.Kind, search: str, sort: str, limit: int, offset: int) -> samples.TableRequest:
    limit = validation.integer("limit", limit, 1, samples.ROWS_MAX)
    offset = validation.integer("offset", offset, 0, validation.BIGINT_MAX)
    return samples.TableRequest(kind=kind, search=search, sort=sort, limit=limit, offset=offset)


async def _page(queue: Queue, request: samples.TableRequest) -> samples.TablePage:
    sample = await samples.sample(queue, request.kind)
    return sample.page(request)
