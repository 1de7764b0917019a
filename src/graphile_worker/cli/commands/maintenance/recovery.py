"""`sweep-stale-workers` and `release-old-locks`: recover the locks of workers that have ended."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from graphile_worker.admin.api.json_codec import encode
from graphile_worker.cli.connection import NOT_DONE, Session, run
from graphile_worker.cli.options.parsers import DURATION
from graphile_worker.cli.output import cell, note, print_json, print_table, safe, say, time_cell
from graphile_worker.cli.settings import command, settings
from graphile_worker.core.locks.config import HEARTBEAT_SILENCE_SECONDS, OLD_LOCK_SECONDS
from graphile_worker.core.plurals import counted

if TYPE_CHECKING:
    from graphile_worker.core.locks.old_locks import OldLocksReport
    from graphile_worker.core.locks.sweep import SweepReport

RECOVERY_DELAY = 30  # seconds


@command("sweep-stale-workers")
@click.option(
    "--sweep-threshold",
    type=DURATION,
    default=HEARTBEAT_SILENCE_SECONDS,
    help="Time without a heartbeat after which a worker is stale (5m).",
)
@click.option("--recovery-delay", type=DURATION, default=RECOVERY_DELAY, help="Delay before its jobs run again (30s).")
@click.option("--dry-run", is_flag=True, help="Only list the workers whose jobs would be released.")
@click.pass_context
def sweep_stale_workers(context: click.Context, sweep_threshold: int, recovery_delay: int, dry_run: bool) -> None:
    """Release the jobs of workers whose heartbeat stopped."""

    async def body(session: Session) -> SweepReport:
        return await session.utils.sweep_stale_workers(
            threshold_secs=sweep_threshold, recovery_delay_secs=recovery_delay, dry_run=dry_run
        )

    report = run(settings(context), body)
    if settings(context).json:
        members = {"worker_ids": report.workers, "recovered_count": 0 if dry_run else report.jobs}
        print_json(encode({**members, "details": [asdict(one) for one in report.details]}))
        return
    from graphile_worker.admin.api.maintenance import summaries as words

    say(words.sweep_message([safe(worker) for worker in report.workers], report.jobs, dry_run=dry_run))
    for one in report.details:
        held = f"{counted(one.jobs, 'job')}, {counted(one.queues, 'queue')}"
        note(f"{one.worker_id}: last heartbeat {one.last_heartbeat_at}, held {held}")


@command("release-old-locks")
@click.option("--older-than", type=DURATION, default=OLD_LOCK_SECONDS, help="Minimum age of a lock (4h).")
@click.option("--dry-run", is_flag=True, help="Only list the locks that would be released.")
@click.pass_context
def release_old_locks(context: click.Context, older_than: int, dry_run: bool) -> None:
    """Release old locks on jobs and queues whose worker is unknown: Node's, or one that crashed.

    Make sure that no job runs that long. Attempts stay as they are.
    """

    async def body(session: Session) -> OldLocksReport:
        return await session.utils.release_old_locks(older_than_secs=older_than, dry_run=dry_run)

    report = run(settings(context), body)
    if settings(context).json:
        print_json(encode(asdict(report) | {"dry_run": dry_run}))
    else:
        _say(report, older_than, dry_run)
    if report.unfinished:
        context.exit(NOT_DONE)


def _say(report: OldLocksReport, older_than: int, dry_run: bool) -> None:
    from graphile_worker.admin.api.maintenance import summaries as words

    say(words.old_locks_summary(report, older_than, dry_run=dry_run).head)
    if dry_run and report.locks:
        rows = [
            [
                one.kind,
                str(one.id),
                *(cell(value) for value in (one.task, one.queue, one.worker)),
                time_cell(one.locked_at),
            ]
            for one in report.locks
        ]
        print_table(["kind", "id", "task", "queue", "worker", "locked_at"], rows)
    unnamed = report.jobs + report.queues - len(report.locks)
    if dry_run and unnamed > 0:
        note(f"and {unnamed} more")
    if report.used_up:
        note(f"{report.used_up} of them used all attempts and count as failed: retry them")
    if report.busy:
        note(f"{report.busy} kept: another session is changing these rows")
    for reason, count in report.kept.items():
        note(f"{count} kept: {reason}")
    for reason, count in report.unfinished.items():
        note(f"{counted(count, 'lock')} {reason}")
