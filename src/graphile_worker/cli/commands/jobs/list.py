"""`list`: prints the jobs that match a filter, any number of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.options.filters import filter_of, filter_options
from graphile_worker.cli.output import (
    cell,
    note,
    one_per_line,
    print_json,
    print_lines,
    print_rows,
    print_table,
    time_cell,
)
from graphile_worker.cli.settings import command, settings

if TYPE_CHECKING:
    from graphile_worker.cli.selection.pages import Page

COLUMNS = ("id", "task", "queue", "state", "run_at", "attempts", "priority", "key", "locked_by")


@command("list")
@filter_options
@click.option("--sort", type=click.Choice(vocabulary.SORTS), default="id", show_default=True, help="-id: newest first.")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(0),
    default=50,
    show_default=True,
    help="Maximum number of jobs; any value.",
)
@click.option(
    "--offset",
    metavar="N",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Skip so many jobs; slow if large.",
)
@click.option("--cursor", metavar="CURSOR", help="Continue a list of the same sort at this cursor.")
@click.option("--payload", type=click.Choice(vocabulary.PAYLOAD_FORMS), help="Form of the payload in --json (full).")
@click.pass_context
def list_(
    context: click.Context,
    /,
    limit: int,
    offset: int,
    sort: str,
    cursor: str | None,
    payload: str | None,
    **filters: Any,
) -> None:
    """List jobs, optionally filtered.

    Where there are more jobs, the cursors of the next and previous page are printed on standard error: on a terminal, and
    always with --cursor.
    """
    from graphile_worker.admin.api.jobs.read import PageRequest
    from graphile_worker.cli.selection.pages import SIZE, backwards, pages

    options = settings(context)
    filter = filter_of(filters)
    if payload and not options.json:
        raise click.UsageError("--payload needs --json or --ndjson", context)
    wanted = PageRequest(
        limit=limit,
        offset=offset,
        sort=sort,
        cursor=cursor or None,
        payload=payload or ("full" if options.json else "none"),
    )
    if backwards(wanted) and limit > SIZE:
        raise click.UsageError(f"--limit must be at most {SIZE} with a cursor that goes back", context)
    printer = _Printer(options.json)

    async def body(session: Session) -> Page | None:
        page, selected = None, await filter.with_absolute_times(session.queue)
        async for page in pages(session, selected, wanted):
            printer.take(page.jobs)
        return page

    last = run(options, body)
    printer.end()
    if last is not None and (cursor is not None or sys.stderr.isatty()):
        for way in ("prev", "next"):
            if getattr(last, way):
                note(f"{way}: --cursor {getattr(last, way)}")


class _Printer:
    """Prints rows as they arrive in line formats, and all rows at the end in table and JSON formats."""

    def __init__(self, json: bool) -> None:
        self._json = json
        self._streams = one_per_line() if json else not sys.stdout.isatty()
        self._kept: list[msgspec.Raw] = []
        self._begun = False

    def take(self, rows: list[msgspec.Raw]) -> None:
        if not self._streams:
            self._kept += [msgspec.Raw(bytes(row)) for row in rows]
        elif self._json:
            print_lines(bytes(row) for row in rows)
        else:
            print_rows(([] if self._begun else [COLUMNS]) + [_cells(msgspec.json.decode(row)) for row in rows])
        self._begun = True

    def end(self) -> None:
        if self._streams:
            return
        if self._json:
            print_json(b"[" + b",".join(bytes(row) for row in self._kept) + b"]")
        else:
            print_table(COLUMNS, (_cells(msgspec.json.decode(row)) for row in self._kept))


def _cells(job: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(job["id"]), cell(job["task_identifier"]), cell(job["queue_name"]), cell(job["state"]),
        time_cell(job["run_at"]), f"{job['attempts']}/{job['max_attempts']}", str(job["priority"]),
        cell(job["key"]), cell(job["locked_by"]),
    )  # fmt: skip
