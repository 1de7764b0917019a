"""`errors`: lists the errors of failed and retrying jobs, grouped by fingerprint."""

from __future__ import annotations

import json
from typing import Any

import click
import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.output import cell, note, print_json, print_table, time_cell
from graphile_worker.cli.settings import command, settings

COLUMNS = ("count", "retrying", "last_at", "job", "tasks", "error")
SORTS = [way + word for word in vocabulary.TABLE_SORTS["errors"] for way in ("", "-")]


class _Page(msgspec.Struct):
    errors: msgspec.Raw
    total: int
    has_more: bool
    complete: bool
    looked: int
    retrying_read: int


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
@click.pass_context
def errors(context: click.Context, search: str, sort: str, limit: int) -> None:
    """List the errors of failed and retrying jobs: the first line of each, with numbers, ids and quoted text as `…`.

    `count` jobs failed, `retrying` ones have attempts left.

    --error takes an error as it is printed here: retry --state failed --error 'No mailbox …' --dry-run
    """
    from graphile_worker.admin.api.tables.samples import TableRequest, sample

    options = settings(context)
    request = TableRequest(kind="errors", search=search.strip(), sort=sort, limit=limit)

    async def body(session: Session) -> str:
        return (await sample(session.queue, "errors")).page(request)

    page = msgspec.json.decode(run(options, body), type=_Page)
    if options.json:
        print_json(bytes(page.errors))
    else:
        print_table(COLUMNS, [_cells(row) for row in json.loads(bytes(page.errors))])
    if not page.complete:
        note(f"Only the newest {page.looked:,} failed and {page.retrying_read:,} retrying jobs were looked at.")
    if page.has_more:
        note(f"{page.total - limit:,} more: --limit {page.total}")


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    first, more = row["tasks"][0]["task_identifier"], row["task_count"] - 1
    return (
        str(row["count"]), str(row["retrying"]), time_cell(row["last_at"]), str(row["job"]), cell(first) + (f" +{more}" if more else ""),
        cell(row["fingerprint"]),
    )  # fmt: skip
