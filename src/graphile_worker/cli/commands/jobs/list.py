"""`list`: prints the jobs that match a filter, any number of them.

A pipe gets the columns of the reference. A terminal gets a table that fits it, with relative times and the error.
"""

from __future__ import annotations

import sys
from itertools import chain
from typing import TYPE_CHECKING, Any

import click
import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.options.filters import filter_of, filter_options, payload_columns
from graphile_worker.cli.output import (
    DRAWN_MAX,
    cell,
    note,
    one_per_line,
    print_json,
    print_lines,
    print_rows,
    time_cell,
)
from graphile_worker.cli.settings import command, settings

if TYPE_CHECKING:
    from graphile_worker.admin.api.responses.jobs import JobRows, PayloadValue
    from graphile_worker.cli.drawn_table import Column

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
@payload_columns
@click.option("--payload", type=click.Choice(vocabulary.PAYLOAD_FORMS), help="Form of the payload in --json (full).")
@click.pass_context
def list_(
    context: click.Context,
    /,
    limit: int,
    offset: int,
    sort: str,
    cursor: str | None,
    payload_path: tuple[str, ...],
    payload: str | None,
    **filters: Any,
) -> None:
    """List jobs, optionally filtered.

    Where there are more jobs, the cursors of the next and previous page are printed on standard error: on a terminal, and
    always with --cursor.
    """
    from graphile_worker.admin.api.jobs.read import PageRequest
    from graphile_worker.cli.selection.pages import SIZE, backwards, pages
    from graphile_worker.cli.selection.unknown_names import note_unknown_names

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
        payload_paths=payload_path,
    )
    if backwards(wanted) and limit > SIZE:
        raise click.UsageError(f"--limit must be at most {SIZE} with a cursor that goes back", context)
    printer = _Printer(options.json, payload_path)

    async def body(session: Session) -> JobRows | None:
        page, selected = None, await filter.with_absolute_times(session.queue)
        async for page in pages(session, selected, wanted):
            printer.take(page)
        if not printer.printed and limit:
            await note_unknown_names(session, filter)
        return page

    last = run(options, body)
    printer.end()
    if last is not None and (cursor is not None or sys.stderr.isatty()):
        for way, end in (("prev", last["prev"]), ("next", last["next"])):
            if end:
                note(f"{way}: --cursor {end}")


class _Printer:
    """Prints rows as they arrive in line formats, and all rows at the end in table and JSON formats."""

    def __init__(self, json: bool, columns: tuple[str, ...]) -> None:
        self._json = json
        self._columns = columns
        self._header = (*COLUMNS, *map(cell, columns))
        self._streams = one_per_line() if json else not sys.stdout.isatty()
        self._kept: list[msgspec.Raw] = []
        self._begun = False
        self._as_of = ""
        self.printed = 0  # rows

    def take(self, page: JobRows) -> None:
        rows, self._as_of = page["jobs"], page["as_of"]
        self.printed += len(rows)
        if not self._streams:
            self._kept += rows
        elif self._json:
            print_lines(bytes(row) for row in rows)
        else:
            print_rows(([] if self._begun else [self._header]) + [_cells(msgspec.json.decode(row)) for row in rows])
        self._begun = True

    def end(self) -> None:
        if self._streams:
            return
        if self._json:
            print_json(msgspec.json.encode(self._kept))
        else:
            self._draw()

    def _draw(self) -> None:
        from graphile_worker.cli.drawn_table import draw

        if len(self._kept) > DRAWN_MAX:
            print_rows(chain([self._header], (_cells(msgspec.json.decode(row)) for row in self._kept)))
        else:
            draw(_drawn_columns(self._columns), [_drawn(msgspec.json.decode(row), self._as_of) for row in self._kept])


def _drawn_columns(values: tuple[str, ...]) -> list[Column]:
    from graphile_worker.cli.drawn_table import Column

    return [
        Column("id", fixed=True), Column("task"), Column("queue", empty="-"), Column("state", fixed=True),
        Column("run_at", fixed=True), Column("attempts", fixed=True, spare=1), Column("priority", empty="0", fixed=True, spare=4),
        Column("key", empty="-", spare=2), Column("locked_by", empty="-", spare=3), *(Column(cell(path), cut=True) for path in values),
        Column("error", empty="-", cut=True),
    ]  # fmt: skip


def _drawn(job: dict[str, Any], as_of: str) -> tuple[str, ...]:
    """The cells for a terminal."""
    from graphile_worker.cli.drawn_table import relative_cell

    cells = list(_cells(job))
    cells[COLUMNS.index("run_at")] = relative_cell(job["run_at"], as_of)
    lines = (job["last_error"] or "").split("\n")
    return (*cells, cell(next((line.strip() for line in lines if line.strip()), "")))


def _cells(job: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(job["id"]), cell(job["task_identifier"]), cell(job["queue_name"]), cell(job["state"]),
        time_cell(job["run_at"]), f"{job['attempts']}/{job['max_attempts']}", str(job["priority"]),
        cell(job["key"]), cell(job["locked_by"]), *map(_value_cell, job.get("payload_values", ())),
    )  # fmt: skip


def _value_cell(value: PayloadValue | None) -> str:
    """A value of the payload: cut text ends with `…`, and a value that was not read is its reason in parentheses."""
    if value is None:
        return "-"
    note = value.get("note")
    if value["text"] is None:
        return f"({vocabulary.PAYLOAD_NOTES[note or 'not_read']})"
    return cell(value["text"]) + ("…" if note == "cut" else "")
