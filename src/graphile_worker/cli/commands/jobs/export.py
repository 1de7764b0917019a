"""`export`: writes all jobs that match a filter as NDJSON or CSV."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.export_file import written
from graphile_worker.cli.options.filters import filter_of, filter_options, payload_columns
from graphile_worker.cli.output import csv_safe, json_safe, note, safe, say
from graphile_worker.cli.selection.progress import progress
from graphile_worker.cli.selection.unknown_names import note_unknown_names
from graphile_worker.cli.settings import command, settings
from graphile_worker.core.exceptions import QueryTimeout
from graphile_worker.core.plurals import counted

if TYPE_CHECKING:
    from graphile_worker.admin.api.jobs.export import Batch, ExportRequest


@command("export")
@filter_options
@click.option(
    "--format", type=click.Choice(vocabulary.EXPORT_FORMATS), help="csv for a FILE that ends in .csv, else ndjson."
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write to this file, which appears when it is complete, instead of standard output.",
)
@click.option(
    "--bom/--no-bom",
    default=False,
    show_default=True,
    help="Begin CSV with a byte order mark, so that a spreadsheet reads it as UTF-8.",
)
@click.option("--sort", type=click.Choice(("id", "-id")), default="id", show_default=True, help="-id: newest first.")
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Maximum number of jobs (all).")
@click.option("--cursor", metavar="CURSOR", help="Continue an export with --limit at this cursor.")
@payload_columns
@click.pass_context
def export(
    context: click.Context, /, format: str | None, output: str | None, bom: bool, sort: str, limit: int | None,
    cursor: str | None, payload_path: tuple[str, ...], **filters: Any,
) -> None:  # fmt: skip
    """Export all jobs that match a filter, payloads included: a JSON document per line, or CSV.

    Cells that a spreadsheet would read as formulas begin with an apostrophe. On standard output control characters are
    written as escapes; a FILE contains every byte unchanged.
    """
    from graphile_worker.admin.api.jobs.export import ExportRequest

    filter = filter_of(filters)
    form = format or ("csv" if (output or "").lower().endswith(".csv") else "ndjson")
    if bom and form != "csv":
        raise click.UsageError("--bom goes with --format csv", context)
    # each round has its own limit
    request = ExportRequest(format=form, sort=sort, cursor=cursor or None, bom=bom, limit=1, payload_paths=payload_path)
    shown = _csv_shown if form == "csv" else json_safe

    async def body(session: Session) -> tuple[int, str | None]:
        rows, cut = 0, None
        selected = await filter.with_absolute_times(session.queue)
        with written(output, shown) as write, progress("export", await _total(session, selected, output)) as advance:
            async for batch in _batches(session, selected, request, limit):
                cut = batch.cut
                if not cut:
                    write(batch.text)
                rows += batch.rows
                advance(batch.rows)
        if not rows:
            await note_unknown_names(session, filter)
        return rows, cut

    rows, cut = run(settings(context), body)
    if output is not None:
        say(f"Exported {counted(rows, 'job')} to {safe(output)}")
    if cut:
        note(f"There are more: --cursor {cut}")


def _csv_shown(text: str) -> str:
    """CSV for a terminal; the byte order mark at the start of the export stays."""
    from graphile_worker.admin.api.jobs.export import BOM

    return BOM + csv_safe(text[1:]) if text.startswith(BOM) else csv_safe(text)


async def _batches(
    session: Session, filter: JobFilter, request: ExportRequest, limit: int | None
) -> AsyncIterator[Batch]:
    """The API's export again and again, so that its own limit is none here; a batch that is `cut` only at `limit`."""
    from graphile_worker.admin.api.jobs import export as api

    left, header = limit or sys.maxsize, True
    while True:
        end = None
        wanted = replace(request, limit=min(api.EXPORT_MAX, left))
        async with aclosing(api.export_batches(session.queue, filter, wanted)) as batches:
            async for batch in batches:
                end, left = batch.cut, left - batch.rows
                if batch.rows or (header and not end):
                    yield batch
        if end is None:
            return
        if left == 0:
            yield api.Batch("", 0, end)
            return
        request, header = replace(request, cursor=end), False


async def _total(session: Session, filter: JobFilter, output: str | None) -> int | None:
    """The total of the progress bar; the jobs are counted only where a bar is shown."""
    if not sys.stderr.isatty() or (output is None and sys.stdout.isatty()):
        return 0
    from graphile_worker.admin.api.jobs.counts import count_jobs

    try:
        found = await count_jobs(session.queue, filter)
    except QueryTimeout:
        return None
    return None if found["more"] else found["count"]
