"""`crontabs`: lists the known crontabs with the jobs that they have added, from the same read as the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click
import msgspec

from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.output import cell, note, print_json, print_table, time_cell
from graphile_worker.cli.settings import command, settings

_HEADER = ("crontab", "known_since", "last_execution", "task", "waiting", "running", "failed", "backfilled", "newest")
_NOT_READ = {
    "unseen": "This role may not read the table of known crontabs: grant it select on _private_known_crontabs.",
    "none": "This schema has no table of known crontabs.",
}


@command("crontabs")
@click.pass_context
def crontabs(context: click.Context) -> None:
    """List known crontabs, their last execution and their jobs.

    A job of a crontab has `_cron` in its payload. Waiting are ready and scheduled jobs; newest is the latest time in the
    `_cron` of a job. Crontabs whose task has another name, and such tasks, have rows of their own. The database has no
    schedules: whether a crontab has missed a time is not known.
    """
    from graphile_worker.admin.api.tables import crontabs as cron

    options = settings(context)

    async def body(session: Session) -> bytes:
        return msgspec.json.encode(await cron.crontabs(session.queue))

    text = run(options, body)
    found = msgspec.json.decode(text)
    if options.json:
        print_json(text)
    else:
        print_table(list(_HEADER), list(_rows(found)))
    if found["table"] != "seen":
        note(_NOT_READ[found["table"]])
    if not found["complete"]:
        note(f"Only the newest {cron.JOBS_MAX:,} jobs and {cron.ROWS_MAX:,} crontabs were read.")


def _rows(found: Mapping[str, Any]) -> Iterator[list[str]]:
    for row in found["crontabs"]:
        task = None if row["jobs"] is None else row["identifier"]
        times = [time_cell(row["known_since"]), time_cell(row["last_execution"])]
        yield [cell(row["identifier"]), *times, cell(task), *_cells(row["jobs"])]
    for row in found["tasks"]:
        yield ["-", "-", "-", cell(row["task_identifier"]), *_cells(row["jobs"])]


def _cells(jobs: Mapping[str, Any] | None) -> list[str]:
    if jobs is None:
        return ["-"] * 5
    counts = jobs["ready"] + jobs["scheduled"], jobs["locked"], jobs["failed"], jobs["backfilled"]
    return [*map(cell, counts), time_cell(jobs["newest_at"])]
