"""`count`, `stats`, `queues` and `workers`, from the same reads as the API."""

from __future__ import annotations

import json as json_module
from typing import Any

import click
import msgspec

from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.options.filters import filter_of, filter_options
from graphile_worker.cli.output import cell, print_json, print_json_list, print_table, say, time_cell
from graphile_worker.cli.settings import command, settings

_QUEUES = {
    "id": "id", "queue": "queue_name", "jobs": "job_count", "ready": "ready_count", "locked_by": "locked_by",
    "locked_at": "locked_at",
}  # fmt: skip

_STATS = ("total", "ready", "scheduled", "locked", "failed", "blocked", "retrying")


@command("count")
@filter_options
@click.pass_context
def count(context: click.Context, /, **filters: Any) -> None:
    """Count jobs: exactly up to 10,000, then `10000+`."""
    from graphile_worker.admin.api.jobs.counts import count_jobs

    options = settings(context)
    filter = filter_of(filters)

    async def body(session: Session) -> str:
        return await count_jobs(session.queue, filter)

    text = run(options, body)
    if options.json:
        print_json(text)
        return
    found = json_module.loads(text)
    say(f"{found['count']}{'+' if found['more'] else ''}")


def _counts(context: click.Context, read: str, header: dict[str, str]) -> None:
    """Prints one part of the overview: as JSON, or as a table of `header` (heading: member)."""
    from graphile_worker.admin.api.tables import overview

    options = settings(context)

    async def body(session: Session) -> str:
        text: str = await getattr(overview, read)(session.queue)
        return text

    text = run(options, body)
    if options.json:
        print_json(text)
        return
    value = json_module.loads(text)
    rows = value if isinstance(value, list) else [value]
    print_table(list(header), [_cells(row, header) for row in rows])


def _cells(row: dict[str, Any], header: dict[str, str]) -> list[str]:
    return [_count_cell(name, row[name]) for name in header.values()]


def _count_cell(name: str, value: Any) -> str:
    if name.endswith("_at"):
        return time_cell(value)
    return cell(str(value).lower() if isinstance(value, bool) else value)


@command("stats")
@click.pass_context
def stats(context: click.Context) -> None:
    """Count jobs by state.

    Of the ready jobs, `blocked` ones are in a locked queue. Of the ready and scheduled jobs, `retrying` ones have an error
    of their last attempt.
    """
    _counts(context, "stats", {name: name for name in _STATS})


@command("queues")
@click.pass_context
def queues(context: click.Context) -> None:
    """List queues with their jobs and the workers that have locked them."""
    from graphile_worker.admin.api.tables.overview import queue_blocks

    options = settings(context)

    async def body(session: Session) -> list[list[str]]:
        return await queue_blocks(session.queue)

    blocks = run(options, body)
    if options.json:
        print_json_list(blocks)
    else:
        print_table(list(_QUEUES), (_cells(msgspec.json.decode(row), _QUEUES) for block in blocks for row in block))


@command("workers")
@click.option("--heartbeats", is_flag=True, help="List registered workers and their last heartbeat instead.")
@click.pass_context
def workers(context: click.Context, heartbeats: bool) -> None:
    """List workers that hold locks."""
    if heartbeats:
        names = ("worker_id", "last_heartbeat_at", "started_at", "is_stale")
        _counts(context, "active_workers", {name: name for name in names})
    else:
        _counts(context, "workers", {name: name for name in ("worker_id", "locked_jobs", "locked_queues")})
