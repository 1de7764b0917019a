"""`cleanup`: runs cleanup tasks. A terminal shows the number of jobs to delete and asks first."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.json_codec import encode
from graphile_worker.cli.connection import NOT_DONE, Session, run
from graphile_worker.cli.output import note, print_json, say
from graphile_worker.cli.selection.confirm import can_confirm, confirm, yes_option
from graphile_worker.cli.settings import command, settings
from graphile_worker.core.plurals import counted

if TYPE_CHECKING:
    from graphile_worker.core.maintenance.cleanup import CleanupReport


_JOBS = "delete-permanently-failed-jobs"


def _name_of(task: str) -> str:
    """The reference's JSON spells `gc-job-queues` as `GcJobQueues`."""
    return "".join(word.capitalize() for word in task.split("-"))


@command("cleanup")
@click.argument("tasks", type=click.Choice(vocabulary.CLEANUP_TASKS), nargs=-1, metavar="[TASK]...")
@click.option(
    "--force", type=click.Choice(vocabulary.FORCED_TASKS), multiple=True, metavar="TASK",
    help="Run gc-task-identifiers although a worker may be alive: it may never take new jobs of a deleted name.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only count what would be deleted.")
@yes_option
@click.pass_context
def cleanup(context: click.Context, tasks: tuple[str, ...], force: tuple[str, ...], dry_run: bool, yes: bool) -> None:
    """Run cleanup tasks, by default all: delete-permanently-failed-jobs, gc-task-identifiers, gc-job-queues.

    gc-task-identifiers is skipped while any worker may be alive.
    """

    if _deletes_jobs(tasks) and not dry_run:
        _confirm_jobs(context, yes)

    async def body(session: Session) -> CleanupReport:
        return await session.utils.cleanup(tasks or None, force=force, dry_run=dry_run)

    report = run(settings(context), body)
    if settings(context).json:
        names = [_name_of(task) for task in tasks or vocabulary.CLEANUP_TASKS]
        print_json(encode({"cleanup_tasks": names, **asdict(report), "dry_run": dry_run}))
    elif dry_run:
        from graphile_worker.admin.api.maintenance.summaries import would_delete

        say(would_delete(report.deleted))
    else:
        from graphile_worker.admin.api.maintenance.summaries import cleanup_summary

        say(cleanup_summary(report, selected=bool(tasks)).head)
    for task, count in report.deleted.items():
        note(f"{task}: {'would delete' if dry_run else 'deleted'} {count}")
    for task, reason in report.skipped.items():
        note(f"{task}: {'not done' if task in report.refused else 'skipped'}, {reason.removeprefix('not done: ')}")
    if report.refused or (tasks and report.skipped):
        context.exit(NOT_DONE)


def _deletes_jobs(tasks: tuple[str, ...]) -> bool:
    return not tasks or _JOBS in tasks


def _confirm_jobs(context: click.Context, yes: bool) -> None:
    """Asks with the number of jobs, where there are any."""
    if yes or not can_confirm():
        return

    async def body(session: Session) -> CleanupReport:
        return await session.utils.cleanup([_JOBS], dry_run=True)

    count = run(settings(context), body).deleted.get(_JOBS)
    if count != 0:
        jobs = "all permanently failed jobs" if count is None else counted(count, "permanently failed job")
        confirm(context, f"Delete {jobs}?", yes)
