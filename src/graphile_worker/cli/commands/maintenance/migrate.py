"""`migrate`: creates the schema, or migrates it to the newest version."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from graphile_worker.admin.api.json_codec import encode
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.output import note, print_json, say
from graphile_worker.cli.settings import command, settings

if TYPE_CHECKING:
    from graphile_worker.admin.api.maintenance.summaries import MigrationPlan
    from graphile_worker.core.migration.migrate import MigrationReport


@command("migrate")
@click.option("--dry-run", is_flag=True, help="Only list the migrations that would be applied.")
@click.pass_context
def migrate(context: click.Context, dry_run: bool) -> None:
    """Create the schema, or migrate one at migration 16 to 21 to the newest version."""
    if dry_run:
        _plan(context)
        return

    async def body(session: Session) -> MigrationReport:
        return await session.utils.migrate()

    report = run(settings(context), body)
    if settings(context).json:
        result = {"applied": report.applied, "found": report.found, "closed_to": report.closed_to}
        print_json(encode({"migrated": True} | result))
    else:
        say("Migrations complete")
        _remind(context, report.closed_to)


def _plan(context: click.Context) -> None:
    async def body(session: Session) -> MigrationPlan:
        from graphile_worker.admin.api.maintenance.summaries import migration_plan

        return await migration_plan(session.queue)

    plan = run(settings(context), body)
    if settings(context).json:
        print_json(encode({"migrated": False, **asdict(plan)}))
    else:
        say(plan.message)
        note(f"found {plan.found}")
        _remind(context, plan.closed_to)


def _remind(context: click.Context, roles: list[str]) -> None:
    """Notes the roles that have no privileges on new tables."""
    if roles:
        from graphile_worker.core.diagnosis.remedies import recipes_again
        from graphile_worker.core.schema import Schema

        note(recipes_again(Schema(settings(context).schema), roles))
