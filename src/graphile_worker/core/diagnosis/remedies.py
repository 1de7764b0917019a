"""Remedies of findings: SQL and commands that can be run as they stand."""

from __future__ import annotations

from collections.abc import Iterable

from graphile_worker.core.diagnosis.facts import Facts, Object, Setting
from graphile_worker.core.relations import JOBS
from graphile_worker.core.schema import DEFAULT_SCHEMA, Schema, quoted_identifier

_SETTING = "default_transaction_read_only"


def recipes_again(schema: Schema, roles: Iterable[str]) -> str:
    """The hint for roles with grants on a schema that may not use the tables that a migration creates."""
    named = ", ".join(f'"{role}"' for role in roles)
    return (
        f"These roles may use the schema, but not its new tables: {named}. As the owner run for each what "
        f"`graphile-worker roles{option(schema)}` prints: with `--operator ROLE` for one that adds or runs jobs, "
        "`--viewer ROLE` for one that only reads."
    )


def option(schema: Schema) -> str:
    """The option ` --schema NAME` for a command in a remedy; empty for the default schema."""
    return "" if schema.name == DEFAULT_SCHEMA else f" --schema {argument(schema.name)}"


def recipe(facts: Facts, kind: str | None = None) -> str:
    """The command that prints the recipe for a role; without a kind, the one that keeps the privileges it has now."""
    if kind is None:
        changes_jobs = any((JOBS, privilege) in facts.granted for privilege in ("insert", "update", "delete"))
        kind = "operator" if changes_jobs else "viewer"
    return (
        f"As the owner run what `graphile-worker roles{option(facts.schema)} --{kind} {argument(facts.role)}` prints."
    )


def open_tables(facts: Facts, tables: Iterable[str]) -> str:
    """The remedy for rows that row security hides from a role: a policy, or for an owner on whom it is forced, no
    force."""
    of_name = facts.of_kind("table")
    forced = [of_name[name] for name in tables if name in of_name and of_name[name].owned and of_name[name].forced]
    if not forced:
        return recipe(facts)
    ends = " ".join(f"alter table {table.quoted} no force row level security;" for table in forced)
    return f"Row security is forced on the owner too. As the owner: {ends} Or keep it, and: {recipe(facts, 'operator')}"


def grant_select(facts: Facts, table: str) -> str:
    """The grant that lets a role read one more table."""
    found = facts.of_kind("table").get(table)
    if found is None or (table, "select") in facts.granted or (found.secured and not found.owned):
        return open_tables(facts, [table])
    return f'As "{found.owner}": grant select on {found.quoted} to {facts.quoted_role};'


def make_schema(facts: Facts) -> str:
    """The grant that lets a role create a queue, with its schema or in an existing one."""
    if facts.owner is None:
        grant = f"grant create on database {facts.quoted_database} to {facts.quoted_role};"
        return f"Migrate as a role with CREATE on the database, or as the database's owner: {grant}"
    grant = f"grant usage, create on schema {facts.schema.quoted} to {facts.quoted_role};"
    return f'Migrate as "{facts.owner}", or as "{facts.owner}": {grant}'


def make_one_owner(facts: Facts) -> str:
    """The statements that make a schema of several owners migratable."""
    owner = facts.worker_owner
    owners = {thing.owner for thing in facts.migrated} | {owner}
    if owner == facts.owner and owners == {owner}:
        return f'Migrate as "{owner}".'
    quoted = quoted_identifier(owner or "")
    lines = [_give(thing, quoted) for thing in facts.migrated if thing.owner != owner]
    if owner != facts.owner:
        lines.insert(0, f"grant usage, create on schema {facts.schema.quoted} to {quoted};")
    return f'As a superuser: {" ".join(lines)} Then migrate as "{owner}".'


def _give(thing: Object, owner: str) -> str:
    return f"alter {thing.kind} {thing.quoted} owner to {owner};"


def read_write(facts: Facts) -> tuple[str, str]:
    """The place where a read-only default is set, and the statement that resets it there.

    Under that setting an `alter` only works in a transaction that begins as `read write`.
    """
    source, settings = facts.read_only_source, _up_to_the_first_off(facts.read_only_settings)
    if settings and source in ("database user", "user", "database", "global"):
        ends = " ".join(f"alter {_target(setting)} reset {_SETTING};" for setting in settings)
        where = " and ".join(_target(setting) for setting in settings)
        return f"set by alter {where}", f"As {_who(settings)}: begin read write; {ends} commit; {_ANEW}"
    if source in ("client", "environment variable", "session", "override"):
        return "asked for by the connection itself", f"Leave {_SETTING} out of the address, PGOPTIONS or your pool."
    here = f"alter role {facts.quoted_role} in database {facts.quoted_database} set {_SETTING} = off;"
    return (
        "set for the whole server (postgresql.conf, alter system or its command line)",
        f"Its administrator can end that. For this role alone it may itself: begin read write; {here} commit; {_ANEW}",
    )


_ANEW = (
    "It holds for new connections. The admin makes them by itself once its next write has been refused: try that again. "
    "Start other programs again."
)


def _up_to_the_first_off(settings: tuple[Setting, ...]) -> list[Setting]:
    """The settings that must change: those that come before the first one that is off, which overrides the rest."""
    found: list[Setting] = []
    for setting in settings:
        if not setting.on:
            break
        found.append(setting)
    return found


def _target(setting: Setting) -> str:
    """The object of the `alter` statement."""
    database = "" if setting.database is None else quoted_identifier(setting.database)
    if setting.role is None:
        return f"database {database}" if database else "role all"
    return f"role {quoted_identifier(setting.role)}" + (f" in database {database}" if database else "")


def _who(settings: list[Setting]) -> str:
    """The role that may change all of these."""
    roles = {setting.role for setting in settings}
    if all(setting.role is not None for setting in settings):
        return f'the role "{settings[0].role}" itself, or a superuser'
    if roles == {None} and all(setting.database is not None for setting in settings):
        return "the owner of the database"
    return "a superuser"


def argument(name: str) -> str:
    """A name as a shell argument."""
    return name if name.replace("_", "a").isalnum() and name.isascii() else "'" + name.replace("'", "'\\''") + "'"
