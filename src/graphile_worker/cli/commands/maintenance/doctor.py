"""`doctor` prints the findings about a database and a role; `roles` prints SQL that grants permissions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from graphile_worker.admin.api.json_codec import encode
from graphile_worker.admin.api.responses.diagnosis import diagnosis_output
from graphile_worker.cli.connection import DATABASE, NOT_DONE, Session, run
from graphile_worker.cli.output import note, print_json, safe, say
from graphile_worker.cli.settings import command, settings
from graphile_worker.core.plurals import counted

if TYPE_CHECKING:
    from graphile_worker.core.diagnosis.health import Diagnosis
    from graphile_worker.core.maintenance.repair import RepairReport

_TASK = re.compile(r"(\d{1,10})=(.+)", re.DOTALL)


@command("doctor")
@click.option("--fix", is_flag=True, help="Recreate lost rows of tasks and queues, so that their jobs can run.")
@click.option(
    "--task", "tasks", multiple=True, metavar="ID=NAME", help="With --fix: the task name of a lost id (repeatable)."
)
@click.pass_context
def doctor(context: click.Context, fix: bool, tasks: tuple[str, ...]) -> None:
    """Report the state of the schema, what this role may do, and problems.

    Exit codes: 0 no problem; 1 a problem; 3 the jobs cannot be read.
    """
    if tasks and not fix:
        raise click.UsageError("--task needs --fix", context)
    names = _names(context, tasks)

    async def body(session: Session) -> tuple[RepairReport | None, Diagnosis]:
        from graphile_worker.core.diagnosis.health import diagnose

        mended = await session.utils.repair(names) if fix else None
        return mended, await diagnose(session.queue)

    mended, diagnosis = run(settings(context), body)
    if settings(context).json:
        print_json(encode(diagnosis_output(diagnosis) | {"repaired": mended}))
    else:
        _tell(diagnosis)
    if mended is not None:
        for row, name in (*mended.tasks.items(), *mended.queues.items()):
            note(f"recreated: {name} (id {row})")
        note(f"{counted(len(mended.given), 'job')} given to a named task")
    if any(finding.forbids_reading for finding in diagnosis.findings):
        context.exit(DATABASE)
    if not diagnosis.healthy:
        context.exit(NOT_DONE)


def _names(context: click.Context, tasks: tuple[str, ...]) -> dict[int, str]:
    names = {}
    for task in tasks:
        match = _TASK.fullmatch(task)
        if match is None:
            raise click.UsageError(f"--task {task!r} is not ID=NAME, like 17=send_email", context)
        names[int(match[1])] = match[2]
    return names


def _tell(diagnosis: Diagnosis) -> None:
    facts = diagnosis.capabilities.facts
    say(f"database: {safe(facts.database)} (PostgreSQL {safe(facts.server_version)})")
    say(f"role: {safe(facts.role)}{' (owner)' if facts.owns and facts.owner else ''}")
    say(f"schema: {safe(facts.schema.name)} ({facts.state.found}, {facts.state.verdict})")
    offered = [action for action, refusal in diagnosis.capabilities.offers.items() if refusal is None]
    say(f"offered: {', '.join(offered) or '-'}")
    for finding in diagnosis.findings:
        say(f"{finding.level}: {safe(finding.message)}")
        if finding.remedy:
            say(f"  {safe(finding.remedy)}")
    if diagnosis.healthy:
        say("Nothing looks wrong.")


@command("roles")
@click.option("--viewer", metavar="ROLE", help="A role that reads everything and writes nothing.")
@click.option("--operator", metavar="ROLE", help="A role that reads and writes jobs.")
@click.pass_context
def roles(context: click.Context, viewer: str | None, operator: str | None) -> None:
    """Print SQL that lets other roles read (viewer) or act (operator), to be executed by the owner of the schema.

    It consists of grants and row-security policies. Nothing is executed here, and a superuser is not needed:
    `graphile-worker roles --viewer ops | psql "$OWNER_URL"`.
    """
    from graphile_worker.core.diagnosis.roles import Recipe

    recipes = [Recipe("viewer", viewer)] if viewer is not None else []
    recipes += [Recipe("operator", operator)] if operator is not None else []
    if not recipes:
        raise click.UsageError("name at least one: --viewer ROLE, --operator ROLE", context)

    async def body(session: Session) -> list[str]:
        from graphile_worker.core.diagnosis.capabilities import inspect

        async with session.queue.read_unchecked() as tx:
            found = await inspect(tx)
        for finding in found.findings:
            if finding.code.startswith("schema_") and finding.forbids_reading:
                raise finding.error()
        return [recipe.sql(found.facts) for recipe in recipes]

    texts = run(settings(context), body)
    if settings(context).json:
        print_json(encode({recipe.kind: text for recipe, text in zip(recipes, texts, strict=True)}))
    else:
        say("\n".join(texts).rstrip())
