"""`watch`: shows the state of the queue at intervals, in a terminal or as lines."""

from __future__ import annotations

import asyncio
import os
import sys

import click

from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.settings import Settings, command, settings
from graphile_worker.cli.watch import keys

FASTEST, SLOWEST = 0.1, 86400.0  # seconds


@command("watch")
@click.option(
    "--interval", type=float, default=2.0, show_default=True, metavar="SECONDS", help="Time between snapshots."
)
@click.option("--count", metavar="N", type=click.IntRange(1), help="End after so many snapshots.")
@click.pass_context
def watch(context: click.Context, interval: float, count: int | None) -> None:
    """Watch the queue: jobs by state, jobs in and finished per minute, when no job is ready, changes since the start, the
    oldest ready job, busy tasks, locked queues and workers.

    "Finished" counts every delete of PostgreSQL's table statistics: completed, removed, cleaned up. The rates are averages
    of two minutes and come after 20 seconds; an end is named after a minute, and where the ready jobs become fewer all the time.

    A terminal shows one screen that q leaves; a pipe gets one line per snapshot (with --ndjson: of JSON). A snapshot reads
    every job once; where that is slow, the next one waits four times as long. While the database is away, watch shows
    since when, and goes on. Exit code 130 after Ctrl-C.
    """
    if not FASTEST <= interval <= SLOWEST:
        raise click.UsageError(f"--interval must be between {FASTEST:g} and {SLOWEST:g} seconds", context)
    from graphile_worker.cli.watch import lines
    from graphile_worker.cli.watch.snapshots import take_snapshots

    options = settings(context)

    async def body(session: Session) -> None:
        quit = asyncio.Event()
        if _plain(options):
            await take_snapshots(session, lines.Lines(options.json), interval, count, quit)
            return
        from graphile_worker.cli.watch.screen import Screen

        with keys.quitting(quit), Screen(session.schema.name, keys=keys.supported()) as screen:
            await take_snapshots(session, screen, interval, count, quit)

    run(options, body)


def _plain(options: Settings) -> bool:
    """Whether to print lines: the output is a pipe, or the terminal cannot draw."""
    return options.json or not sys.stdout.isatty() or os.environ.get("TERM", "") in ("", "dumb", "unknown")
