"""`show`: prints one job, the reason why it does not run, and its retry schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.options.parsers import JOB_ID
from graphile_worker.cli.output import cell, pretty, print_json, safe, say, time_cell
from graphile_worker.cli.settings import command, settings
from graphile_worker.core.exceptions import NotFound

if TYPE_CHECKING:
    from graphile_worker.admin.api.responses.jobs import Job

RUNGS = 5  # attempts of the retry schedule that are printed, besides the last one


@command("show")
@click.argument("id", type=JOB_ID)
@click.pass_context
def show(context: click.Context, id: int) -> None:
    """Show one job: its row, the reason why it does not run, and the times of its next attempts if each one failed."""
    from graphile_worker.admin.api.jobs.read import get_job

    options = settings(context)

    async def body(session: Session) -> Job:
        job = await get_job(session.queue, id)
        if job is None:
            raise NotFound(f"job {id} not found")
        return job

    job = run(options, body)
    if options.json:
        print_json(msgspec.json.encode(job))
        return
    lines = {
        "id": str(job["id"]), "task": cell(job["task_identifier"]), "queue": cell(job["queue_name"]),
        "state": cell(job["state"]), "run_at": time_cell(job["run_at"]),
        "attempts": f"{job['attempts']}/{job['max_attempts']}",
        "priority": str(job["priority"]), "key": cell(job["key"]), "locked_by": cell(job["locked_by"]),
        "last_error": "-" if job["last_error"] is None else safe(job["last_error"], lines=True),
        "payload": safe(pretty(bytes(job["payload"])), lines=True),
    }  # fmt: skip
    for name, value in (lines | _ours(job)).items():
        say(f"{name}: {value}")


def _ours(job: Job) -> dict[str, str]:
    """The lines that the reference does not print; they come last."""
    lines = {"failed_at": time_cell(job["failed_at"])} if job["failed_at"] else {}
    lines["why"] = safe(f"{job['why']['sentence']} {job['why']['detail']}")
    for rung in job["retry_ladder"][:RUNGS] + job["retry_ladder"][RUNGS:][-1:]:
        last = ", the last" if rung["attempt"] == job["max_attempts"] else ""
        lines[f"attempt {rung['attempt']}"] = time_cell(rung["run_at"]) + last
    return lines
