"""`force-unlock`: releases the locks of workers. A terminal shows their number and asks first."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from graphile_worker.admin.api.json_codec import encode
from graphile_worker.cli.connection import NOT_DONE, Session, run
from graphile_worker.cli.output import note, print_json, say
from graphile_worker.cli.selection.confirm import can_confirm, confirm, yes_option
from graphile_worker.cli.settings import command, settings
from graphile_worker.core.plurals import counted

if TYPE_CHECKING:
    from graphile_worker.core.locks.force_unlock import UnlockReport


@command("force-unlock")
@click.argument("worker_ids", nargs=-1, required=True, metavar="WORKER...")
@click.option("--dry-run", is_flag=True, help="Only list the locks of these workers.")
@yes_option
@click.pass_context
def force_unlock(context: click.Context, worker_ids: tuple[str, ...], dry_run: bool, yes: bool) -> None:
    """Release every lock of workers, whether they are alive or not: their jobs may run twice."""
    if not dry_run:
        _confirm_locks(context, worker_ids, yes)

    async def body(session: Session) -> UnlockReport:
        return await session.utils.force_unlock_workers(worker_ids, dry_run=dry_run)

    report = run(settings(context), body)
    if settings(context).json:
        members = asdict(report)
        print_json(encode({"unlocked_workers": members.pop("workers"), **members, "dry_run": dry_run}))
    else:
        from graphile_worker.admin.api.maintenance.summaries import unlock_summary

        say(unlock_summary(report, worker_ids, dry_run=dry_run).head)
    for one in report.holders if dry_run else []:
        held_by = f"{counted(one.jobs, 'job')}, {counted(one.queues, 'queue')}"
        note(f"{one.worker_id}: {held_by}, since {one.oldest_locked_at}")
    if report.busy:
        note(f"{report.busy} not done (busy): another session is changing these rows")
    for words, count in report.unfinished.items():
        note(f"{counted(count, 'lock')} {words}")
    held = {one.worker_id for one in report.holders}
    idle = [worker for worker in dict.fromkeys(worker_ids) if worker not in held]
    for worker in idle:
        note(f"worker {worker} not done (not_found): it holds no lock")
    if idle or report.busy or report.unfinished:
        context.exit(NOT_DONE)


def _confirm_locks(context: click.Context, worker_ids: tuple[str, ...], yes: bool) -> None:
    """Asks with the number of locks, where there are any."""
    if yes or not can_confirm():
        return

    async def body(session: Session) -> UnlockReport:
        return await session.utils.force_unlock_workers(worker_ids, dry_run=True)

    report = run(settings(context), body)
    if report.holders:
        held = f"{counted(report.jobs, 'job')} and {counted(report.queues, 'queue')}"
        workers = counted(len(report.holders), "worker")
        confirm(context, f"Release {held} of {workers}? A job that still runs may run twice.", yes)
