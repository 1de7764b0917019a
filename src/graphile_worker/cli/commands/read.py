"""Reads: list, show, stats, queues, workers. They are the reads of the admin's API."""

from __future__ import annotations

import json as json_module
from typing import Any

import click
import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs import PageRequest, get_job, list_jobs
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.filters import filter_options, taken
from graphile_worker.cli.output import cell, pretty, print_json, print_table, safe, say, time_cell
from graphile_worker.cli.parsers import JOB_ID
from graphile_worker.cli.settings import command, settings
from graphile_worker.core.errors import NotFound

PAGE = 2000  # jobs read at once: memory stays bounded however many are asked for
LIST_COLUMNS = ("id", "task", "queue", "state", "run_at", "attempts", "priority", "key", "locked_by")


class _Page(msgspec.Struct):
    jobs: list[msgspec.Raw]
    next: str | None = None


@command("list")
@filter_options
@click.option("--sort", type=click.Choice(vocabulary.SORTS), default="id", show_default=True, help="-id: newest first.")
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0, show_default=True)
@click.pass_context
def list_(context: click.Context, /, limit: int, offset: int, sort: str, **filters: Any) -> None:
    """List jobs, optionally filtered."""
    chosen = settings(context)
    filter = taken(filters)
    form = "full" if chosen.json else "none"

    async def body(session: Session) -> list[msgspec.Raw]:
        rows: list[msgspec.Raw] = []
        cursor: str | None = None
        while len(rows) < limit or limit == 0:
            request = PageRequest(
                limit=min(PAGE, limit - len(rows)),
                sort=sort,
                payload=form,
                offset=0 if cursor else offset,
                cursor=cursor,
            )
            text = await list_jobs(session.database, session.schema, filter, request)
            page = msgspec.json.decode(text.encode("utf-8", "surrogatepass"), type=_Page)
            rows += [msgspec.Raw(bytes(row)) for row in page.jobs]
            cursor = page.next
            if cursor is None or limit == 0:
                break
        return rows

    rows = run(chosen, body)
    if chosen.json:
        print_json(b"[" + b",".join(bytes(row) for row in rows) + b"]")
    else:
        print_table(LIST_COLUMNS, (_list_row(msgspec.json.decode(row)) for row in rows))


def _list_row(job: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(job["id"]), cell(job["task_identifier"]), cell(job["queue_name"]), cell(job["state"]),
        time_cell(job["run_at"]), f"{job['attempts']}/{job['max_attempts']}", str(job["priority"]),
        cell(job["key"]), cell(job["locked_by"]),
    )  # fmt: skip


class _Shown(msgspec.Struct):
    id: int
    task_identifier: str
    queue_name: str | None
    payload: msgspec.Raw
    priority: int
    run_at: str
    attempts: int
    max_attempts: int
    last_error: str | None
    key: str | None
    locked_by: str | None
    state: str


@command("show")
@click.argument("id", type=JOB_ID)
@click.pass_context
def show(context: click.Context, id: int) -> None:
    """Show one job in full."""
    chosen = settings(context)

    async def body(session: Session) -> str:
        text = await get_job(session.database, session.schema, id)
        if text is None:
            raise NotFound(f"job {id} not found")
        return text

    text = run(chosen, body)
    if chosen.json:
        print_json(text)
        return
    job = msgspec.json.decode(text.encode("utf-8", "surrogatepass"), type=_Shown)
    lines = {
        "id": str(job.id), "task": cell(job.task_identifier), "queue": cell(job.queue_name), "state": cell(job.state),
        "run_at": time_cell(job.run_at), "attempts": f"{job.attempts}/{job.max_attempts}",
        "priority": str(job.priority), "key": cell(job.key), "locked_by": cell(job.locked_by),
        "last_error": "-" if job.last_error is None else safe(job.last_error, lines=True),
        "payload": safe(pretty(bytes(job.payload)), lines=True),
    }  # fmt: skip
    for name, value in lines.items():
        say(f"{name}: {value}")


def _counts(context: click.Context, read: str, header: dict[str, str]) -> None:
    """Prints one part of the overview: JSON as it is, or the named members (heading: member) as a table."""
    from graphile_worker.admin.api import overview

    chosen = settings(context)

    async def body(session: Session) -> str:
        text: str = await getattr(overview, read)(session.database, session.schema)
        return text

    text = run(chosen, body)
    if chosen.json:
        print_json(text)
        return
    value = json_module.loads(text)
    rows = value if isinstance(value, list) else [value]
    print_table(list(header), [[_count_cell(name, row[name]) for name in header.values()] for row in rows])


def _count_cell(name: str, value: Any) -> str:
    if name.endswith("_at"):
        return time_cell(value)
    return cell(str(value).lower() if isinstance(value, bool) else value)


@command("stats")
@click.pass_context
def stats(context: click.Context) -> None:
    """Count jobs by state (JSON also counts `blocked`: ready, but the queue is held)."""
    _counts(context, "stats", {name: name for name in ("total", "ready", "scheduled", "locked", "failed")})


@command("queues")
@click.pass_context
def queues(context: click.Context) -> None:
    """List queues with their jobs and who holds them."""
    names = {"id": "id", "queue": "queue_name", "jobs": "job_count", "ready": "ready_count"}
    _counts(context, "queues", {**names, "locked_by": "locked_by", "locked_at": "locked_at"})


@command("workers")
@click.option("--heartbeats", is_flag=True, help="List registered workers and their last sign of life instead.")
@click.pass_context
def workers(context: click.Context, heartbeats: bool) -> None:
    """List workers that hold locks."""
    if heartbeats:
        names = ("worker_id", "last_heartbeat_at", "started_at", "is_stale")
        _counts(context, "active_workers", {name: name for name in names})
    else:
        _counts(context, "workers", {name: name for name in ("worker_id", "locked_jobs", "locked_queues")})
