"""Verbs on jobs that exist. Each says per id what was not done, on standard error, and exits 1 for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import click

from graphile_worker.admin.api import wire
from graphile_worker.cli.connection import NOT_DONE, Session, run
from graphile_worker.cli.output import note, print_json, safe, say
from graphile_worker.cli.parsers import JOB_ID, moment
from graphile_worker.cli.settings import command, settings
from graphile_worker.core.errors import Refused
from graphile_worker.core.jobs import JobReport, Outcome, RemoveOutcome, RemoveReport

FAIL_REASON = "Manually marked as failed"
Act = Callable[[Session], Awaitable[JobReport]]
F = TypeVar("F", bound=Callable[..., Any])

ids = click.argument("ids", type=JOB_ID, nargs=-1, required=True, metavar="ID...")


def numbers(function: F) -> F:
    """The options that say how a job goes on."""
    for name, text in (
        ("max-attempts", "New most attempts."),
        ("attempts", "New attempts made."),
        ("priority", "New priority."),
    ):
        function = click.option(f"--{name}", type=int, help=text)(function)
    return function


def _act(context: click.Context, done: str, act: Callable[[Session], Coroutine[Any, Any, JobReport]]) -> None:
    """Runs a verb and reports: the jobs done on standard output, each other id with its reason on standard error."""
    report = run(settings(context), act)
    if settings(context).json:
        print_json(wire.encode([wire.job_output(job) for job in report.jobs]))
    else:
        ids = [str(result.id) for result in report.results if result.outcome is Outcome.DONE]
        say(f"{done} {len(ids)} job(s)" + (f": {', '.join(ids)}" if ids else ""))
    for result in report.results:
        if result.outcome is not Outcome.DONE:
            note(f"job {result.id} not done ({result.outcome}): {result.reason}")
    if report.done < len(report.results):
        context.exit(NOT_DONE)


@command("complete")
@ids
@click.pass_context
def complete(context: click.Context, ids: tuple[int, ...]) -> None:
    """Complete (delete) jobs that are not running."""
    _act(context, "Completed", lambda session: session.utils.complete_jobs(ids))


@command("fail")
@ids
@click.option("-r", "--reason", default=FAIL_REASON, show_default=True, help="Becomes the last error.")
@click.pass_context
def fail(context: click.Context, ids: tuple[int, ...], reason: str) -> None:
    """Fail jobs for good: no attempt is left."""
    _act(context, "Failed", lambda session: session.utils.permanently_fail_jobs(ids, reason))


@command("run-now")
@ids
@numbers
@click.pass_context
def run_now(context: click.Context, /, ids: tuple[int, ...], **values: Any) -> None:
    """Make jobs due now. For jobs that have used all their attempts: `retry`."""
    _act(context, "Run now", lambda session: session.utils.run_now(ids, **values))


@command("retry")
@ids
@click.pass_context
def retry(context: click.Context, ids: tuple[int, ...]) -> None:
    """Reset the attempts of jobs and make them due now."""
    _act(context, "Retried", lambda session: session.utils.retry(ids))


@command("reschedule")
@ids
@click.option("--now", is_flag=True, help="Make them due now, by the database's clock.")
@click.option("--run-at", metavar="TIME", help="RFC 3339 time, or `now`.")
@numbers
@click.pass_context
def reschedule(context: click.Context, /, ids: tuple[int, ...], now: bool, run_at: str | None, **values: Any) -> None:
    """Change when and how jobs run; what is not given stays."""
    if now and run_at is not None:
        raise click.UsageError("--now cannot go together with --run-at", context)
    if not now and run_at is None and all(value is None for value in values.values()):
        raise click.UsageError("give at least one of --now, --run-at, --priority, --attempts, --max-attempts", context)
    if now or (run_at is not None and moment(run_at) is None):
        _act(context, "Rescheduled", lambda session: session.utils.run_now(ids, **values))
    else:
        _act(context, "Rescheduled", lambda session: session.utils.reschedule_jobs(ids, run_at=run_at, **values))


@command("remove")
@click.argument("key")
@click.pass_context
def remove(context: click.Context, key: str) -> None:
    """Remove the job with a key; a running one only loses its key and is not retried."""

    async def body(session: Session) -> RemoveReport:
        return await session.utils.remove_job(key)

    report = run(settings(context), body)
    found = report.outcome is not RemoveOutcome.NOT_FOUND
    if settings(context).json:
        print_json(wire.encode({"removed_key": key if found else None, "outcome": report.outcome.value}))
    if not found:
        raise Refused(f"No job with key `{key}`")
    if not settings(context).json:
        say(f"Removed job with key `{safe(key)}`")
    if report.outcome is RemoveOutcome.KEY_RELEASED and report.job is not None:
        note(f"job {report.job.id} is running: it lost its key, goes on, and will not be retried")
