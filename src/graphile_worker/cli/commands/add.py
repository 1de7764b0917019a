"""Add a job."""

from __future__ import annotations

import click

from graphile_worker.admin.api import vocabulary, wire
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.output import note, print_json, safe, say
from graphile_worker.cli.parsers import moment, read_file
from graphile_worker.cli.settings import command, settings
from graphile_worker.core.jobs import AddedJob, AddOutcome, RawJson

_SAYINGS = {
    AddOutcome.REPLACED: "job {0.id} was waiting with this key: it was replaced",
    AddOutcome.DEDUPLICATED: "job {0.id} has this key already: it was left as it is",
    AddOutcome.SPLIT: "job {0.previous_id} runs: it lost the key, finishes its attempt and is not tried again",
}


@command("add")
@click.argument("identifier")
@click.option("--payload", metavar="JSON", help="Payload, {} when not given; stored as it is written.")
@click.option("--payload-file", metavar="FILE", help="Read the payload from a file (- for standard input).")
@click.option("--queue", help="Queue name.")
@click.option("--run-at", metavar="TIME", help="RFC 3339 time, or `now`.")
@click.option("--max-attempts", type=int, help="Most attempts.")
@click.option("--key", help="Job key, for deduplication or replacement.")
@click.option("--job-key-mode", type=click.Choice(vocabulary.KEY_MODES), help="What to do when the key exists.")
@click.option("--priority", type=int, help="Lower runs sooner.")
@click.option("--flag", "flags", multiple=True, help="A flag (repeatable).")
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
) -> None:
    """Add a job for the task IDENTIFIER."""
    if payload is not None and payload_file is not None:
        raise click.UsageError("--payload cannot go together with --payload-file", context)
    if job_key_mode is not None and key is None:
        raise click.UsageError("--job-key-mode needs --key", context)
    text = read_file(payload_file, "payload") if payload_file is not None else payload

    async def body(session: Session) -> AddedJob:
        return await session.utils.add_job(
            identifier,
            RawJson("{}" if text is None else text),
            queue=queue,
            run_at=moment(run_at),
            max_attempts=max_attempts,
            key=key,
            job_key_mode=job_key_mode,
            priority=priority,
            flags=list(flags) or None,
        )

    job = run(settings(context), body)
    if settings(context).json:
        told = {"outcome": job.outcome.value, "previous_id": job.previous_id}
        print_json(wire.encode(wire.job_output(job) | told))
    else:
        say(f"Added job {job.id} for task `{safe(identifier)}`")
    if job.outcome in _SAYINGS:
        note(_SAYINGS[job.outcome].format(job))
