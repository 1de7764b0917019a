"""`count`, `stats` and `workers`, from the same reads as the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
import msgspec

from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.options.filters import filter_of, filter_options
from graphile_worker.cli.output import cell, note, print_json, print_table, say, time_cell
from graphile_worker.cli.selection.unknown_names import note_unknown_names
from graphile_worker.cli.settings import command, settings

if TYPE_CHECKING:
    from graphile_worker.admin.api.responses.jobs import Counted
    from graphile_worker.admin.api.tables.live_counts import LiveCounts

_LISTENER = ("application_name", "client_addr", "since")
_RATES = ("added_per_minute", "finished_per_minute", "ready_per_minute", "empty_secs")
_STATS = ("total", "ready", "scheduled", "locked", "failed", "blocked", "retrying")


@command("count")
@filter_options
@click.pass_context
def count(context: click.Context, /, **filters: Any) -> None:
    """Count jobs: exactly up to 10,000, then `10000+`."""
    from graphile_worker.admin.api.jobs.counts import count_jobs

    options = settings(context)
    filter = filter_of(filters)

    async def body(session: Session) -> Counted:
        found = await count_jobs(session.queue, await filter.with_absolute_times(session.queue))
        if not found["count"]:
            await note_unknown_names(session, filter)
        return found

    found = run(options, body)
    if options.json:
        print_json(msgspec.json.encode(found))
        return
    say(f"{found['count']}{'+' if found['more'] else ''}")


def _counts(context: click.Context, read: str, header: dict[str, str]) -> None:
    """Prints one part of the overview: as JSON, or as a table of `header` (heading: member)."""
    from graphile_worker.admin.api.tables import overview

    options = settings(context)

    async def body(session: Session) -> bytes:
        return msgspec.json.encode(await getattr(overview, read)(session.queue))

    text = run(options, body)
    if options.json:
        print_json(text)
        return
    value = msgspec.json.decode(text)
    rows = value if isinstance(value, list) else [value]
    print_table(list(header), [_cells(row, header) for row in rows])


def _cells(row: dict[str, Any], header: dict[str, str]) -> list[str]:
    return [_count_cell(name, row[name]) for name in header.values()]


def _count_cell(name: str, value: Any) -> str:
    if name.endswith("_at"):
        return time_cell(value)
    return cell(str(value).lower() if isinstance(value, bool) else value)


@command("stats")
@click.option("--rate", is_flag=True, help="Read the counts for a minute, then print the rates as well.")
@click.pass_context
def stats(context: click.Context, rate: bool) -> None:
    """Count jobs by state.

    Of the ready jobs, `blocked` ones are in a locked queue. Of the ready and scheduled jobs, `retrying` ones have an error
    of their last attempt.

    With --rate: jobs added and finished per minute, the change of the ready jobs, and in how many seconds no job is ready.
    "Finished" counts every delete of PostgreSQL's table statistics: completed, removed, cleaned up.
    """
    if rate:
        _rates(context)
    else:
        _counts(context, "stats", {name: name for name in _STATS})


def _rates(context: click.Context) -> None:
    """Prints the counts of a last snapshot, and the rate of all."""
    from graphile_worker.cli.watch.snapshots import observe

    options = settings(context)

    async def body(session: Session) -> LiveCounts:
        return await observe(session)

    live = run(options, body)
    if options.json:
        print_json(msgspec.json.encode({**msgspec.to_builtins(live.stats), "rate": live.rate}))
        return
    rate = live.rate or dict.fromkeys(_RATES)
    numbers = [rate[name] for name in _RATES]  # type: ignore[literal-required]
    cells = [str(getattr(live.stats, name)) for name in _STATS]
    print_table([*_STATS, *_RATES], [[*cells, *("-" if one is None else f"{one:g}" for one in numbers)]])


@command("workers")
@click.option("--heartbeats", is_flag=True, help="List registered workers and their last heartbeat instead.")
@click.option("--listeners", is_flag=True, help="List sessions of the database that listen for jobs instead.")
@click.pass_context
def workers(context: click.Context, heartbeats: bool, listeners: bool) -> None:
    """List workers that hold locks."""
    if heartbeats and listeners:
        raise click.UsageError("give one of --heartbeats and --listeners", context)
    if listeners:
        _listeners(context)
    elif heartbeats:
        names = ("worker_id", "last_heartbeat_at", "started_at", "is_stale")
        _counts(context, "active_workers", {name: name for name in names})
    else:
        _counts(context, "workers", {name: name for name in ("worker_id", "locked_jobs", "locked_queues")})


def _listeners(context: click.Context) -> None:
    """Prints the sessions. That some are hidden from this role, or that none listens, is a note."""
    from graphile_worker.core.locks.sessions import LISTENERS_MAX, SessionEvidence, session_evidence

    options = settings(context)

    async def body(session: Session) -> SessionEvidence:
        async with session.queue.read() as tx:
            return await session_evidence(tx, listeners=LISTENERS_MAX)

    found = run(options, body)
    rows = [asdict(one) for one in found.listeners]
    if options.json:
        print_json(msgspec.json.encode(rows))
    else:
        print_table(
            list(_LISTENER),
            [[cell(row["application_name"]), cell(row["client_addr"]), time_cell(row["since"])] for row in rows],
        )
    if found.visible != "yes":
        some = "Some sessions" if found.visible == "partly" else "The sessions"
        note(f"{some} of other roles are hidden from this role; a member of pg_read_all_stats sees them.")
    elif not rows:
        fetched = " One fetched jobs in the last 5 minutes." if found.fetching else ""
        note(f"No session of this database listens for jobs; workers behind a connection pooler do not.{fetched}")
