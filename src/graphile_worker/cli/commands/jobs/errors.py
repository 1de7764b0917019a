"""`errors`: lists the errors of failed and retrying jobs, grouped by fingerprint."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.options.parsers import in_local_zone
from graphile_worker.cli.output import cell, note, print_json, print_table, time_cell
from graphile_worker.cli.settings import command, settings
from graphile_worker.core import validation

if TYPE_CHECKING:
    from graphile_worker.admin.api.tables.samples import TablePage

COLUMNS = ("count", "last_at", "job", "tasks", "error", "first_at", "retrying")  # in a pipe: new ones come last
SORTS = [way + word for word in vocabulary.TABLE_SORTS["errors"] for way in ("", "-")]


@command("errors")
@click.option("--search", default="", help="Only errors whose printed text contains this.")
@click.option(
    "--sort",
    type=click.Choice(SORTS),
    default=vocabulary.TABLE_SORT_DEFAULTS["errors"],
    show_default=True,
    help="name: the error's text.",
)
@click.option(
    "--limit", metavar="N", type=click.IntRange(0), default=50, show_default=True, help="Maximum number of errors."
)
@click.option("--since", metavar="TIME", help="Only errors with a failure at or after this time; 1h is an hour ago.")
@click.option("--until", metavar="TIME", help="Only errors with a failure before this time.")
@click.pass_context
def errors(context: click.Context, search: str, sort: str, limit: int, since: str | None, until: str | None) -> None:
    """List the errors of failed and retrying jobs: the first line of each, with numbers, ids and quoted text as `…`.

    `count` jobs failed, `retrying` ones have attempts left.

    first_at and last_at are the times of the first and the last failure with this error.

    --error takes an error as it is printed here: retry --state failed --error 'No mailbox …' --dry-run
    """
    from graphile_worker.admin.api.tables.samples import TableRequest, sample

    options = settings(context)
    request = TableRequest(kind="errors", search=search.strip(), sort=sort, limit=limit)
    times = {name: _checked(name, text) for name, text in (("since", since), ("until", until)) if text is not None}

    async def body(session: Session) -> TablePage:
        found = await sample(session.queue, "errors")
        bounds: dict[str, Any] = {name: found.seconds(name, text) for name, text in times.items()}
        return found.page(replace(request, **bounds))

    page = run(options, body)
    if options.json:
        print_json(msgspec.json.encode(page.rows))
    elif sys.stdout.isatty():
        _draw([msgspec.json.decode(row) for row in page.rows], page.as_of)
    else:
        print_table(COLUMNS, [_cells(msgspec.json.decode(row)) for row in page.rows])
    if not page.complete:
        failed, retrying = page.facts["looked"], page.facts["retrying_read"]
        note(f"Only the newest {failed:,} failed and {retrying:,} retrying jobs were read.")
    if page.has_more:
        note(f"{page.total - limit:,} more: --limit {page.total}")


def _checked(name: str, text: str) -> str:
    return str(validation.time(name, in_local_zone(text), past=True))


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    first, more = row["tasks"][0]["task_identifier"], row["task_count"] - 1
    return (
        str(row["count"]), time_cell(row["last_at"]), str(row["job"]), cell(first) + (f" +{more}" if more else ""),
        cell(row["fingerprint"]), time_cell(row["first_at"]), str(row["retrying"]),
    )  # fmt: skip


def _draw(rows: list[dict[str, Any]], as_of: str) -> None:
    """The table for a terminal: how long ago the first and the last failure were, and the whole error, for --error."""
    from graphile_worker.cli.drawn_table import Column, draw, relative_cell

    columns = [
        Column("count", fixed=True), Column("retrying", fixed=True), Column("since", fixed=True), Column("until", fixed=True),
        Column("job", fixed=True, spare=2), Column("tasks", spare=1), Column("error"),
    ]  # fmt: skip
    cells = [
        (*_cells(row), relative_cell(row["first_at"], as_of), relative_cell(row["last_at"], as_of)) for row in rows
    ]
    draw(
        columns,
        [
            (count, retrying, since, until, job, tasks, error)
            for count, _, job, tasks, error, _, retrying, since, until in cells
        ],
    )
