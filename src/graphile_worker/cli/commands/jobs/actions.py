"""Verbs on jobs that exist, by id or by filter. Each says what was not done, and why, on standard error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from graphile_worker.cli.options.parsers import moment
from graphile_worker.cli.selection.bulk_action import Deed
from graphile_worker.cli.selection.job_selection import act_on_jobs, on_jobs
from graphile_worker.cli.settings import command

FAIL_REASON = "Manually marked as failed"
F = TypeVar("F", bound=Callable[..., Any])


def numbers(function: F) -> F:
    """The options that say how a job goes on."""
    for name, text in (
        ("max-attempts", "New most attempts."),
        ("attempts", "New attempts made."),
        ("priority", "New priority."),
    ):
        function = click.option(f"--{name}", type=int, help=text)(function)
    return function


def _numbers(options: dict[str, Any]) -> dict[str, Any]:
    return {name: options.pop(name) for name in ("priority", "attempts", "max_attempts")}


@command("complete")
@on_jobs
@click.pass_context
def complete(context: click.Context, /, **options: Any) -> None:
    """Complete (delete) jobs that are not running: those named by ID, or all that a filter finds."""
    deed = Deed("complete", "Completed", lambda utils, ids, dry: utils.complete_jobs(ids, dry_run=dry), deletes=True)
    act_on_jobs(context, deed, options)


@command("fail")
@on_jobs
@click.option("-r", "--reason", default=FAIL_REASON, show_default=True, help="Becomes the last error.")
@click.pass_context
def fail(context: click.Context, /, reason: str, **options: Any) -> None:
    """Fail jobs for good, so that no attempt is left: those named by ID, or all that a filter finds."""
    deed = Deed("fail", "Failed", lambda utils, ids, dry: utils.permanently_fail_jobs(ids, reason, dry_run=dry))
    act_on_jobs(context, deed, options)


@command("run-now")
@on_jobs
@numbers
@click.pass_context
def run_now(context: click.Context, /, **options: Any) -> None:
    """Make jobs due now, by ID or by filter. For jobs that have used all their attempts: `retry`."""
    values = _numbers(options)
    deed = Deed("run-now", "Run now", lambda utils, ids, dry: utils.run_now(ids, **values, dry_run=dry))
    act_on_jobs(context, deed, options)


@command("retry")
@on_jobs
@click.pass_context
def retry(context: click.Context, /, **options: Any) -> None:
    """Reset the attempts of jobs and make them due now: those named by ID, or all that a filter finds.

    For example: retry --state failed --queue mailers --dry-run
    """
    act_on_jobs(context, Deed("retry", "Retried", lambda utils, ids, dry: utils.retry(ids, dry_run=dry)), options)


@command("reschedule")
@on_jobs
@click.option("--now", is_flag=True, help="Make them due now, by the database's clock.")
@click.option("--run-at", metavar="TIME", help="RFC 3339 time, or `now`.")
@numbers
@click.pass_context
def reschedule(context: click.Context, /, now: bool, run_at: str | None, **options: Any) -> None:
    """Change when and how jobs run, by ID or by filter; what is not given stays."""
    values = _numbers(options)
    if now and run_at is not None:
        raise click.UsageError("--now cannot go together with --run-at", context)
    if not now and run_at is None and all(value is None for value in values.values()):
        raise click.UsageError("give at least one of --now, --run-at, --priority, --attempts, --max-attempts", context)
    at_once = now or (run_at is not None and moment(run_at) is None)
    deed = Deed(
        "reschedule",
        "Rescheduled",
        lambda utils, ids, dry: (
            utils.run_now(ids, **values, dry_run=dry)
            if at_once
            else utils.reschedule_jobs(ids, run_at=run_at, **values, dry_run=dry)
        ),
    )
    act_on_jobs(context, deed, options)
