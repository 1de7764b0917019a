"""The schema and its upkeep: migrate, cleanup, force-unlock, sweep-stale-workers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from graphile_worker.admin.api import vocabulary, wire
from graphile_worker.cli.connection import NOT_DONE, Session, run
from graphile_worker.cli.output import note, print_json, safe, say
from graphile_worker.cli.parsers import DURATION
from graphile_worker.cli.settings import command, settings

if TYPE_CHECKING:
    from graphile_worker.core.locks import UnlockReport
    from graphile_worker.core.maintenance import CleanupReport
    from graphile_worker.core.migrate import MigrationReport
    from graphile_worker.recovery.sweep import SweepReport

STALE_AFTER, RECOVERY_DELAY = 300, 30  # seconds


def _name_of(task: str) -> str:
    """The reference's JSON spells `gc-job-queues` as `GcJobQueues`."""
    return "".join(word.capitalize() for word in task.split("-"))


@command("migrate")
@click.pass_context
def migrate(context: click.Context) -> None:
    """Make the schema, or bring one at migration 16 to 21 up to date."""

    async def body(session: Session) -> MigrationReport:
        return await session.utils.migrate()

    report = run(settings(context), body)
    if settings(context).json:
        print_json(wire.encode({"migrated": True, "applied": report.applied, "found": report.found}))
    else:
        say("Migrations complete")


@command("cleanup")
@click.argument("tasks", type=click.Choice(vocabulary.CLEANUP_TASKS), nargs=-1, metavar="[TASK]...")
@click.pass_context
def cleanup(context: click.Context, tasks: tuple[str, ...]) -> None:
    """Run cleanup tasks, all when none is named: delete-permanently-failed-jobs, gc-task-identifiers, gc-job-queues."""

    async def body(session: Session) -> CleanupReport:
        return await session.utils.cleanup(tasks or None)

    report = run(settings(context), body)
    if settings(context).json:
        names = [_name_of(task) for task in tasks or vocabulary.CLEANUP_TASKS]
        print_json(wire.encode({"cleanup_tasks": names, "deleted": report.deleted, "skipped": report.skipped}))
    else:
        say("Cleanup complete")
    for task, count in report.deleted.items():
        note(f"{task}: deleted {count}")
    for task, reason in report.skipped.items():
        note(f"{task}: skipped, {reason}")
    if tasks and report.skipped:
        context.exit(NOT_DONE)


@command("force-unlock")
@click.argument("worker_ids", nargs=-1, required=True, metavar="WORKER...")
@click.pass_context
def force_unlock(context: click.Context, worker_ids: tuple[str, ...]) -> None:
    """Take every lock from workers, whether they are alive or not: what they run may run twice."""

    async def body(session: Session) -> UnlockReport:
        return await session.utils.force_unlock_workers(worker_ids)

    report = run(settings(context), body)
    if settings(context).json:
        print_json(wire.encode({"unlocked_workers": report.workers, "jobs": report.jobs, "queues": report.queues}))
    else:
        say(f"Unlocked {len(report.workers)} worker id(s)")
    idle = [worker for worker in dict.fromkeys(worker_ids) if worker not in report.workers]
    for worker in idle:
        note(f"worker {worker} not done (not_found): it holds no lock")
    if idle:
        context.exit(NOT_DONE)


@command("sweep-stale-workers")
@click.option(
    "--sweep-threshold", type=DURATION, default=STALE_AFTER, help="Silence after which a worker is gone (5m)."
)
@click.option("--recovery-delay", type=DURATION, default=RECOVERY_DELAY, help="Wait before its jobs run again (30s).")
@click.option("--dry-run", is_flag=True, help="Only say which workers would be swept.")
@click.pass_context
def sweep_stale_workers(context: click.Context, sweep_threshold: int, recovery_delay: int, dry_run: bool) -> None:
    """Recover the jobs of workers whose heartbeat stopped."""

    async def body(session: Session) -> SweepReport:
        from graphile_worker.recovery.sweep import sweep

        return await sweep(
            session.database, session.schema,
            threshold_secs=sweep_threshold, recovery_delay_secs=recovery_delay, dry_run=dry_run,
        )  # fmt: skip

    report = run(settings(context), body)
    if settings(context).json:
        members = {"worker_ids": report.workers, "recovered_count": 0 if dry_run else report.jobs}
        print_json(
            wire.encode({**members, **{k: v for k, v in asdict(report).items() if k not in ("workers", "jobs")}})
        )
        return
    names = ", ".join(safe(worker) for worker in report.workers)
    if not report.workers:
        say("No stale workers found")
    elif dry_run:
        say(f"Would recover {len(report.workers)} worker(s): {names}")
    else:
        say(f"Recovered {report.jobs} job(s) from {len(report.workers)} worker(s): {names}")
