"""`add` adds a job, `change-payload` replaces the payload of one; or they print the outcome that this would have."""

from __future__ import annotations

import click

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.json_codec import encode
from graphile_worker.admin.api.responses.actions import job_output
from graphile_worker.admin.api.responses.errors import result_output
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.options.parsers import JOB_ID, moment, read_file
from graphile_worker.cli.output import note, print_json, safe, say
from graphile_worker.cli.selection.confirm import dry_run_option
from graphile_worker.cli.settings import command, settings
from graphile_worker.core import validation
from graphile_worker.core.actions.table import RUN_AT
from graphile_worker.core.exceptions import Refused
from graphile_worker.core.jobs import AddedJob, AddOutcome, AddPlan, JobReport, JobSpec, Outcome, RawJson

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
    text = _payload(context, payload, payload_file)
    if job_key_mode is not None and key is None:
        raise click.UsageError("--job-key-mode needs --key", context)
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


def _payload(context: click.Context, payload: str | None, payload_file: str | None) -> str | None:
    """The text of the payload; None where neither option is given."""
    if payload is not None and payload_file is not None:
        raise click.UsageError("--payload cannot go together with --payload-file", context)
    return read_file(payload_file, "payload") if payload_file is not None else payload


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


@command("change-payload")
@click.argument("id", type=JOB_ID)
@click.option("--payload", metavar="JSON", help="New payload; stored byte for byte.")
@click.option("--payload-file", metavar="FILE", help="Read the payload from a file (- for standard input).")
@click.option("--expected-payload", metavar="JSON", help="Change it only where this text is still stored.")
@dry_run_option
@click.pass_context
def change_payload(
    context: click.Context,
    id: int,
    payload: str | None,
    payload_file: str | None,
    expected_payload: str | None,
    dry_run: bool,
) -> None:
    """Replace the payload of the job ID, which must not be running. Attempts and run_at stay."""
    text = _payload(context, payload, payload_file)
    if text is None:
        raise click.UsageError("--payload or --payload-file is missing", context)

    async def body(session: Session) -> JobReport:
        return await session.utils.change_payload(id, RawJson(text), expected_payload=expected_payload, dry_run=dry_run)

    report = run(settings(context), body)
    (result,) = report.results
    if settings(context).json:
        rows = [job_output(job) for job in report.jobs]
        print_json(encode({"dry_run": dry_run, "results": [result_output(result)], "jobs": rows}))
    if result.outcome is not Outcome.DONE:
        raise Refused(
            f"job {id} {'would not be' if dry_run else 'was not'} changed ({result.outcome}): {result.reason}"
        )
    if not settings(context).json:
        say(f"{'Would change' if dry_run else 'Changed'} the payload of job {id}")
