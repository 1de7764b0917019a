"""`show`: prints one job, the reason why it does not run, and its retry schedule."""

from __future__ import annotations

import click
import msgspec

from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.options.parsers import JOB_ID
from graphile_worker.cli.output import cell, pretty, print_json, safe, say, time_cell
from graphile_worker.cli.settings import command, settings
from graphile_worker.core.exceptions import NotFound
from graphile_worker.reads import deep_json

RUNGS = 5  # attempts of the retry schedule that are printed, besides the last one


class _Why(msgspec.Struct):
    sentence: str
    detail: str


class _Rung(msgspec.Struct):
    attempt: int
    run_at: str


class _Shown(msgspec.Struct):
    id: int
    task_identifier: str
    queue_name: str | None
    payload: msgspec.Raw
    priority: int
    run_at: str
    attempts: int
    max_attempts: int
    last_error: str | None
    key: str | None
    locked_by: str | None
    state: str
    failed_at: str | None
    why: _Why | None = None
    retry_ladder: list[_Rung] = []


@command("show")
@click.argument("id", type=JOB_ID)
@click.pass_context
def show(context: click.Context, id: int) -> None:
    """Show one job: its row, the reason why it does not run, and the times of its next attempts if each one failed."""
    from graphile_worker.admin.api.jobs.read import get_job

    options = settings(context)

    async def body(session: Session) -> str:
        text = await get_job(session.queue, id)
        if text is None:
            raise NotFound(f"job {id} not found")
        return text

    text = run(options, body)
    if options.json:
        print_json(text)
        return
    job = _shown(text.encode("utf-8", "surrogatepass"))
    lines = {
        "id": str(job.id), "task": cell(job.task_identifier), "queue": cell(job.queue_name), "state": cell(job.state),
        "run_at": time_cell(job.run_at), "attempts": f"{job.attempts}/{job.max_attempts}",
        "priority": str(job.priority), "key": cell(job.key), "locked_by": cell(job.locked_by),
        "last_error": "-" if job.last_error is None else safe(job.last_error, lines=True),
        "payload": safe(pretty(bytes(job.payload)), lines=True),
    }  # fmt: skip
    for name, value in (lines | _ours(job)).items():
        say(f"{name}: {value}")


def _shown(raw: bytes) -> _Shown:
    try:
        return msgspec.json.decode(raw, type=_Shown)
    except (RecursionError, msgspec.DecodeError):  # too deep, or half of a surrogate pair: valid in PostgreSQL
        top = deep_json.members(raw)
        job = msgspec.json.decode(deep_json.joined(top | {"payload": b"null"}), type=_Shown)
        job.payload = msgspec.Raw(top["payload"])
        return job


def _ours(job: _Shown) -> dict[str, str]:
    """The lines that the reference does not print; they come last."""
    lines = {"failed_at": time_cell(job.failed_at)} if job.failed_at else {}
    if job.why:
        lines["why"] = safe(f"{job.why.sentence} {job.why.detail}")
    for rung in job.retry_ladder[:RUNGS] + job.retry_ladder[RUNGS:][-1:]:
        last = ", the last" if rung.attempt == job.max_attempts else ""
        lines[f"attempt {rung.attempt}"] = time_cell(rung.run_at) + last
    return lines
