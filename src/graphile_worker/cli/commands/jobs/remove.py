"""`remove`: removes the job with a key, and prints the outcome."""

from __future__ import annotations

import click

from graphile_worker.admin.api.json_codec import encode
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.output import note, print_json, safe, say
from graphile_worker.cli.selection.confirm import confirm, dry_run_option, yes_option
from graphile_worker.cli.settings import command, settings
from graphile_worker.core.exceptions import Refused
from graphile_worker.core.jobs import RemoveOutcome, RemoveReport


@command("remove")
@click.argument("key")
@dry_run_option
@yes_option
@click.pass_context
def remove(context: click.Context, key: str, dry_run: bool, yes: bool) -> None:
    """Remove the job with a key. A running job only loses the key and is not retried."""
    if not dry_run:
        confirm(context, f"Remove the job with key `{key}`?", yes)

    async def body(session: Session) -> RemoveReport:
        return await session.utils.remove_job(key, dry_run=dry_run)

    report = run(settings(context), body)
    found = report.outcome is not RemoveOutcome.NOT_FOUND
    if settings(context).json:
        _print(key, report, dry_run)
    if not found:
        raise Refused(f"No job with key `{key}`")
    if not settings(context).json:
        _say(key, report, dry_run)
    if report.outcome is RemoveOutcome.KEY_RELEASED and report.job is not None:
        loses = (
            "it would lose its key, go on, and not be retried"
            if dry_run
            else "it lost its key, goes on, and will not be retried"
        )
        unmarked = (
            "" if report.marked else ". This schema cannot mark it: a recovery of dead workers (Rust) may run it again"
        )
        note(f"job {report.job.id} is running: {loses}{unmarked}")


def _print(key: str, report: RemoveReport, dry_run: bool) -> None:
    """`removed_key` is the reference's member: null where no key is removed."""
    removed = key if report.outcome is not RemoveOutcome.NOT_FOUND and not dry_run else None
    members = {"removed_key": removed, "outcome": report.outcome.value, "id": report.job and report.job.id}
    print_json(encode(members | {"dry_run": dry_run}))


def _say(key: str, report: RemoveReport, dry_run: bool) -> None:
    if dry_run and report.job is not None:
        say(f"Would remove job {report.job.id} with key `{safe(key)}`")
    else:
        say(f"Removed job with key `{safe(key)}`")
