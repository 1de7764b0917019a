"""`queues`: lists queues, all of them by name, or those that a search finds, in another order."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.output import cell, note, print_json, print_json_list, print_table, time_cell
from graphile_worker.cli.settings import Settings, command, settings

_MEMBERS = {
    "id": "id", "queue": "queue_name", "jobs": "job_count", "ready": "ready_count", "locked_by": "locked_by",
    "locked_at": "locked_at",
}  # fmt: skip
SORTS = [way + word for word in vocabulary.TABLE_SORTS["queues"] for way in ("", "-")]


@command("queues")
@click.option("--search", default="", help="Only queues whose name contains this.")
@click.option(
    "--sort", type=click.Choice(SORTS), default=vocabulary.TABLE_SORT_DEFAULTS["queues"], show_default=True,
    help="held: how long it has been locked. -urgency: locked ones with waiting jobs first, then overdue ones.",
)  # fmt: skip
@click.option("--limit", metavar="N", type=click.IntRange(0), help="Maximum number of queues (all).")
@click.option("--held", is_flag=True, help="Only queues that a worker has locked.")
@click.pass_context
def queues(context: click.Context, search: str, sort: str, limit: int | None, held: bool) -> None:
    """List queues with their jobs and the workers that have locked them.

    With an option that selects or sorts, --json has the members of /api/queues.
    """
    from graphile_worker.admin.api.tables.overview import queue_blocks

    options = settings(context)
    if search.strip() or limit is not None or held or sort != vocabulary.TABLE_SORT_DEFAULTS["queues"]:
        _print_page(options, search.strip(), sort, limit, held)
        return

    async def body(session: Session) -> list[list[msgspec.Raw]]:
        return await queue_blocks(session.queue)

    blocks = run(options, body)
    if options.json:
        print_json_list(blocks)
    else:
        print_table(list(_MEMBERS), (_cells(msgspec.json.decode(row)) for block in blocks for row in block))


def _print_page(options: Settings, search: str, sort: str, limit: int | None, held: bool) -> None:
    """Prints the rows of the page's table, without the one for jobs that have no queue."""
    from graphile_worker.admin.api.tables.samples import ROWS_MAX, TablePage, TableRequest, sample

    most = ROWS_MAX if limit is None else limit
    request = TableRequest(kind="queues", search=search, sort=sort, limit=most + 2, held=held)

    async def body(session: Session) -> TablePage:
        return (await sample(session.queue, "queues")).page(request)

    page = run(options, body)
    rows = [(raw, row) for raw in page.rows if (row := msgspec.json.decode(raw))["queue_name"] is not None]
    if options.json:
        print_json(msgspec.json.encode([raw for raw, _ in rows[:most]]))
    else:
        print_table(list(_MEMBERS), [_cells(row) for _, row in rows[:most]])
    if len(rows) > most:
        note("There are more queues: give a greater --limit.")
    if not page.complete:
        note(f"Only {ROWS_MAX:,} queues were read, those with most jobs.")


def _cells(row: dict[str, Any]) -> list[str]:
    return [time_cell(row[name]) if name.endswith("_at") else cell(row[name]) for name in _MEMBERS.values()]
