"""The jobs of a command: ids as arguments, or filter options. Never both, never neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.cli.connection import DATABASE, NOT_DONE, Session, run
from graphile_worker.cli.options.filters import explicit_filter, filter_options
from graphile_worker.cli.options.parsers import JOB_ID
from graphile_worker.cli.output import note
from graphile_worker.cli.selection.bulk_action import ActionSummary, BulkAction, run_bulk_action
from graphile_worker.cli.selection.confirm import can_confirm, confirm, dry_run_option, yes_option
from graphile_worker.cli.selection.reports import report_filtered, report_ids
from graphile_worker.cli.selection.unknown_names import note_unknown_names
from graphile_worker.cli.settings import settings
from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.core.plurals import counted

if TYPE_CHECKING:
    from graphile_worker.admin.api.bulk.selection import Preview

F = TypeVar("F", bound=Callable[..., Any])
INTERRUPTED = 130


def selection_options(function: F) -> F:
    """The arguments of an action on jobs: IDs or filter options, --yes, --dry-run."""
    function = filter_options(dry_run_option(yes_option(function)))
    return click.argument("ids", type=JOB_ID, nargs=-1, metavar="[ID]...")(function)


def apply_to_jobs(context: click.Context, bulk: BulkAction, options: dict[str, Any]) -> None:
    """Applies the action to the jobs that `selection_options` name, reports, and ends with the exit code."""
    ids, yes, dry_run = (options.pop(name) for name in ("ids", "yes", "dry_run"))
    filter = explicit_filter(options)
    if ids and filter is not None:
        raise click.UsageError("give IDs or filter options, not both", context)
    if ids:
        _apply_to_ids(context, bulk, list(dict.fromkeys(ids)), yes, dry_run)
    elif filter is not None:
        _apply_to_filtered(context, bulk, filter, yes, dry_run)
    else:
        raise click.UsageError("give the IDs of jobs, or filter options such as --state failed", context)


def _apply_to_ids(context: click.Context, bulk: BulkAction, ids: list[int], yes: bool, dry_run: bool) -> None:
    from graphile_worker.admin.api.bulk.selection import IdSelection

    if bulk.action.deletes and not dry_run:
        confirm(context, f"{bulk.action.words.capitalize()} {counted(len(ids), 'job')}?", yes)
    summary = ActionSummary(keep_all=True)
    try:
        run_bulk_action(context, bulk, IdSelection(ids), summary, total=len(ids), dry_run=dry_run)
    except GraphileWorkerError:
        if summary.results:
            report_ids(context, bulk.action, summary, len(ids), dry_run)
        raise
    report_ids(context, bulk.action, summary, len(ids), dry_run)
    _exit(context, summary)
    if summary.not_done:
        context.exit(NOT_DONE)


def _apply_to_filtered(context: click.Context, bulk: BulkAction, filter: JobFilter, yes: bool, dry_run: bool) -> None:
    """The jobs are counted first, then the count is confirmed."""
    if not (yes or dry_run or can_confirm()):
        raise click.UsageError("nobody can be asked here: add --yes to act on all that match, or --dry-run", context)

    from graphile_worker.admin.api.bulk.selection import FilterSelection

    async def body(session: Session) -> tuple[BulkAction, FilterSelection, Preview]:
        absolute = await bulk.with_absolute_times(session.queue)
        selection = FilterSelection(await filter.with_absolute_times(session.queue))
        preview = await selection.preview(session.queue, bulk.call.name)
        if not preview.count:
            await note_unknown_names(session, filter)
        return absolute, selection, preview

    bulk, selection, preview = run(settings(context), body)
    note(matching(preview))
    if preview.count and not dry_run:
        confirm(context, f"{bulk.action.words.capitalize()} {amount(preview)}?", yes)
    summary = ActionSummary(keep_all=False)
    total = None if preview.more else preview.count
    try:
        run_bulk_action(context, bulk, selection, summary, total=total, dry_run=dry_run)
    except GraphileWorkerError:
        if summary.outcomes:
            report_filtered(context, bulk.action, summary, preview, dry_run)
        raise
    report_filtered(context, bulk.action, summary, preview, dry_run)
    _exit(context, summary)


def _exit(context: click.Context, summary: ActionSummary) -> None:
    """Ends with the exit code of a stopped run, or of a run with unknown outcomes."""
    if summary.stopped:
        context.exit(INTERRUPTED)
    if summary.unknown:
        context.exit(DATABASE)


def amount(preview: Preview) -> str:
    """The number of jobs, with `+` where there are more."""
    return f"{preview.count:,}+ jobs" if preview.more else counted(preview.count, "job")


def matching(preview: Preview) -> str:
    """The number of jobs that match, with the first ids."""
    more = ", …" if preview.more or preview.count > len(preview.sample) else ""
    ids = f": {', '.join(map(str, preview.sample))}{more}" if preview.sample else ""
    one = preview.count == 1 and not preview.more
    return f"{amount(preview)} {'matches' if one else 'match'}{ids}"
