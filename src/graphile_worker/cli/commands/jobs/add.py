"""`add`: adds a job, or prints what adding it would do."""

from __future__ import annotations

import click

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.json_codec import encode
from graphile_worker.admin.api.responses.actions import job_output
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.options.parsers import moment, read_file
from graphile_worker.cli.output import note, print_json, safe, say
from graphile_worker.cli.selection.confirm import dry_run_option
from graphile_worker.cli.settings import command, settings
from graphile_worker.core import validation
from graphile_worker.core.actions.table import RUN_AT
from graphile_worker.core.jobs import AddedJob, AddOutcome, AddPlan, JobSpec, RawJson

_SAYINGS = {
    AddOutcome.REPLACED: "job {0.id} was waiting with this key: it was replaced",
    AddOutcome.DEDUPLICATED: "job {0.id} has this key already: it was left as it is",
    AddOutcome.SPLIT: "job {0.previous_id} runs: it lost the key, finishes its attempt and is not tried again",
}
_PLANS = {
    AddOutcome.NEW: "Would add a job for task `{0}`",
    AddOutcome.REPLACED: "Would replace job {1}, which waits with this key, by one for task `{0}`",
    AddOutcome.DEDUPLICATED: "Would leave job {1} as it is, which has this key already",
    AddOutcome.SPLIT: "Would add a job for task `{0}`; job {1} runs: it would lose the key and not be tried again",
}


@command("add")
@click.argument("identifier")
@click.option("--payload", metavar="JSON", help="Payload ({}); stored byte for byte.")
@click.option("--payload-file", metavar="FILE", help="Read the payload from a file (- for standard input).")
@click.option("--queue", help="Queue name.")
@click.option("--run-at", metavar="TIME", help=RUN_AT.help)
@click.option("--max-attempts", type=int, help="max_attempts of the job.")
@click.option("--key", help="Job key, for deduplication or replacement.")
@click.option("--job-key-mode", type=click.Choice(vocabulary.KEY_MODES), help="What to do when a job has this key.")
@click.option("--priority", type=int, help="Jobs with a lower priority run first.")
@click.option("--flag", "flags", multiple=True, help="A flag (repeatable).")
@dry_run_option
@click.pass_context
def add(
    context: click.Context,
    identifier: str,
    payload: str | None,
    payload_file: str | None,
    run_at: str | None,
    queue: str | None,
    max_attempts: int | None,
    key: str | None,
    job_key_mode: str | None,
    priority: int | None,
    flags: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Add a job for the task IDENTIFIER."""
    if payload is not None and payload_file is not None:
        raise click.UsageError("--payload cannot go together with --payload-file", context)
    if job_key_mode is not None and key is None:
        raise click.UsageError("--job-key-mode needs --key", context)
    text = read_file(payload_file, "payload") if payload_file is not None else payload

    spec = JobSpec(
        identifier,
        RawJson("{}" if text is None else text),
        queue,
        moment(run_at),
        max_attempts,
        key,
        job_key_mode,
        priority,
        list(flags) or None,
    )
    if dry_run:
        _plan(context, spec)
    else:
        _add(context, spec)


def _add(context: click.Context, spec: JobSpec) -> None:
    async def body(session: Session) -> AddedJob:
        return (await session.utils.add_jobs([spec]))[0]

    job = run(settings(context), body)
    if settings(context).json:
        outcome = {"outcome": job.outcome.value, "previous_id": job.previous_id}
        print_json(encode(job_output(job) | outcome))
    else:
        say(f"Added job {job.id} for task `{safe(spec.identifier)}`")
    if job.outcome in _SAYINGS:
        note(_SAYINGS[job.outcome].format(job))


def _plan(context: click.Context, spec: JobSpec) -> None:
    async def body(session: Session) -> tuple[AddPlan, str | None]:
        plan = await session.utils.plan_job(spec)
        times = await session.queue.absolute_times({"run_at": validation.time("run_at", spec.run_at)})
        return plan, times["run_at"]

    plan, run_at = run(settings(context), body)
    if settings(context).json:
        members = {"dry_run": True, "outcome": plan.outcome.value, "previous_id": plan.previous_id}
        print_json(encode(members))
    else:
        say(_PLANS[plan.outcome].format(safe(spec.identifier), plan.previous_id))
    if run_at is not None:
        note(f"run_at: {run_at}")
