"""What a verb is for: the ids that are named, or everything a filter finds. Never both, never nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.cli.connection import DATABASE, NOT_DONE, Session, run
from graphile_worker.cli.options.filters import deliberate, filter_options
from graphile_worker.cli.options.parsers import JOB_ID
from graphile_worker.cli.output import note
from graphile_worker.cli.selection.bulk_action import Act, Deed, Tally, Walk, do
from graphile_worker.cli.selection.confirm import ask, can_ask, dry_run_option, yes_option
from graphile_worker.cli.selection.reports import tell_found, tell_named
from graphile_worker.cli.settings import settings
from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.core.plurals import counted

if TYPE_CHECKING:
    from graphile_worker.admin.api.bulk.selection import Chosen, Preview

F = TypeVar("F", bound=Callable[..., Any])
INTERRUPTED = 130


def on_jobs(function: F) -> F:
    """The arguments of a verb on jobs: IDs or filter options, --yes, --dry-run."""
    function = filter_options(dry_run_option(yes_option(function)))
    return click.argument("ids", type=JOB_ID, nargs=-1, metavar="[ID]...")(function)


def act_on_jobs(context: click.Context, deed: Deed, options: dict[str, Any]) -> None:
    """Does the deed to what the options of `on_jobs` say, reports, and ends with the exit code."""
    ids, yes, dry_run = (options.pop(name) for name in ("ids", "yes", "dry_run"))
    filter = deliberate(options)
    if ids and filter is not None:
        raise click.UsageError("give IDs or filter options, not both", context)
    if ids:
        _named(context, deed, list(dict.fromkeys(ids)), yes, dry_run)
    elif filter is not None:
        _found(context, deed, filter, yes, dry_run)
    else:
        raise click.UsageError("give the IDs of jobs, or filter options such as --state failed", context)


def _named(context: click.Context, deed: Deed, ids: list[int], yes: bool, dry_run: bool) -> None:
    from graphile_worker.admin.api.bulk.selection import Named

    if deed.deletes and not dry_run:
        ask(context, f"{deed.words.capitalize()} {counted(len(ids), 'job')}?", yes)
    tally = Tally(keep=True)

    try:
        do(context, deed, _steps(Named(ids)), tally, total=len(ids), dry_run=dry_run)
    except GraphileWorkerError:
        if tally.results:
            tell_named(context, deed, tally, len(ids), dry_run)
        raise
    tell_named(context, deed, tally, len(ids), dry_run)
    _exit(context, tally)
    if tally.left:
        context.exit(NOT_DONE)


def _found(context: click.Context, deed: Deed, filter: JobFilter, yes: bool, dry_run: bool) -> None:
    """A filter's jobs: counted first, agreed to, then walked."""
    if not (yes or dry_run or can_ask()):
        raise click.UsageError("nobody can be asked here: add --yes to act on all that match, or --dry-run", context)

    from graphile_worker.admin.api.bulk.selection import Matching

    jobs = Matching(filter)

    async def look(session: Session) -> Preview:
        await deed.call(session.utils, [1], True)  # what is wrong with its values is said before anybody is asked
        return await jobs.preview(session.queue)

    found = run(settings(context), look)
    note(matching(found))
    if found.count and not dry_run:
        ask(context, f"{deed.words.capitalize()} {amount(found)}?", yes)
    tally = Tally(keep=False)

    try:
        do(context, deed, _steps(jobs), tally, total=None if found.more else found.count, dry_run=dry_run)
    except GraphileWorkerError:
        if tally.outcomes:
            tell_found(context, deed, tally, found, dry_run)
        raise
    tell_found(context, deed, tally, found, dry_run)
    _exit(context, tally)


def _exit(context: click.Context, tally: Tally) -> None:
    """Ends with the exit code of a stopped run, or of one whose outcome is not known in full."""
    if tally.stopped:
        context.exit(INTERRUPTED)
    if tally.unknown:
        context.exit(DATABASE)


def _steps(jobs: Chosen) -> Walk:
    """The very steps of the API, one after the other."""
    from graphile_worker.admin.api.bulk import batches

    async def walk(session: Session, act: Act) -> None:
        place = None
        while True:
            place = (await batches.step(session.queue, jobs, act, place)).next
            if place is None:
                return

    return walk


def amount(found: Preview) -> str:
    """How many, for people."""
    return f"{found.count:,}+ jobs" if found.more else counted(found.count, "job")


def matching(found: Preview) -> str:
    """What a filter finds, with the first ids."""
    more = ", …" if found.more or found.count > len(found.sample) else ""
    ids = f": {', '.join(map(str, found.sample))}{more}" if found.sample else ""
    one = found.count == 1 and not found.more
    return f"{amount(found)} {'matches' if one else 'match'}{ids}"
