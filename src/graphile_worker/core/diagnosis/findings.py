"""Findings: sentences about a database that state a problem, its consequence and the command that helps.

Pure functions: the session, `doctor` and the page all show what `of` returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from graphile_worker.core.actions import table as actions
from graphile_worker.core.diagnosis import remedies
from graphile_worker.core.diagnosis.facts import PRO_TABLES, SEQUENCES, Facts
from graphile_worker.core.exceptions import (
    DatabaseReadOnly,
    GraphileWorkerError,
    PermissionDenied,
    RowSecurity,
    SchemaMissing,
    SchemaUnsupported,
)
from graphile_worker.core.migration.schema_state import BASE_TABLES, FLOOR, TARGET
from graphile_worker.core.relations import WORKERS, Privilege

Level = Literal["error", "warning", "note"]
MINIMUM_SERVER = 120000
SKEW_SECONDS = 2.0  # smaller differences of the clocks are not reported

# The privileges that each action needs. Migrating needs ownership instead.
NEEDS: dict[str, tuple[Privilege, ...]] = {
    action.name: action.privileges for action in actions.ACTIONS.values() if action.privileges
}
ACTIONS = actions.ACTION_NAMES


class Finding(NamedTuple):
    """One sentence about the database and its remedy; `forbids` names the actions that are not permitted because of
    it."""

    code: str
    level: Level
    message: str
    remedy: str | None = None
    forbids: frozenset[str] = frozenset()
    forbids_reading: bool = False

    def error(self) -> GraphileWorkerError:
        """The exception for a caller that needs what the finding forbids."""
        return _ERRORS.get(self.code, SchemaUnsupported)(self.message, hint=self.remedy)


_ERRORS: dict[str, type[GraphileWorkerError]] = {
    "schema_missing": SchemaMissing,
    "permission_denied": PermissionDenied,
    "may_only_read": PermissionDenied,
    "heartbeats_unseen": PermissionDenied,
    "migrations_unseen": PermissionDenied,
    "row_security": RowSecurity,
    "not_the_owner": PermissionDenied,
    "database_read_only": DatabaseReadOnly,
}
_EVERYTHING = frozenset(ACTIONS)
_ALL_BUT_MIGRATE = _EVERYTHING - {"migrate"}
_SWEEP = frozenset({"sweep-stale-workers", "preview-sweep"})  # the preview only reads, but it reads heartbeats
_RANK: dict[Level, int] = {"error": 0, "warning": 1, "note": 2}


def of(facts: Facts) -> tuple[Finding, ...]:
    """All findings, the gravest first."""
    return by_gravity([*_server(facts), *_schema(facts), *_reading(facts), *_writing(facts), *_unseen(facts)])


def by_gravity(found: list[Finding]) -> tuple[Finding, ...]:
    """Errors first, notes last, otherwise in the order given."""
    return tuple(sorted(found, key=lambda finding: _RANK[finding.level]))


def offers(found: tuple[Finding, ...]) -> dict[str, str | None]:
    """Each action with the message of the first finding that forbids it, or None."""
    return {action: next((f.message for f in found if action in f.forbids), None) for action in ACTIONS}


def _server(facts: Facts) -> Iterator[Finding]:
    state = facts.state
    if state.server_version < MINIMUM_SERVER:
        message = f"PostgreSQL {facts.server_version} is too old."
        yield Finding("server_too_old", "error", message, "PostgreSQL 12 or newer is needed.", _EVERYTHING, True)
    if state.in_recovery:
        message, remedy = "This server is a standby: it can only be read.", "Connect to the primary server to write."
        yield Finding("database_read_only", "warning", message, remedy, _EVERYTHING)
    elif state.read_only:
        where, remedy = remedies.read_write(facts)
        message = f"Transactions are read only by default here: that is {where}."
        yield Finding("database_read_only", "warning", message, remedy, _EVERYTHING)


def _schema(facts: Facts) -> Iterator[Finding]:
    state, name = facts.state, facts.schema.name
    migrate = f"`graphile-worker migrate{remedies.option(facts.schema)}`"
    match state.verdict:
        case "missing":
            message = f'The schema "{name}" holds no Graphile Worker tables yet.'
            remedy = f"Run {migrate}, or check the schema name."
            yield Finding("schema_missing", "error", message, remedy, _ALL_BUT_MIGRATE, True)
        case "foreign":
            message = f'The schema "{name}" is not a Graphile Worker schema: {state.foreign}.'
            yield Finding("schema_foreign", "error", message, "Choose another schema name.", _EVERYTHING, True)
        case "half":
            message = f'The schema "{name}" is half made: {state.half}.'
            remedy = "Restore it from a backup, or choose another schema name."
            yield Finding("schema_half", "error", message, remedy, _EVERYTHING, True)
        case "too_old":
            message = f'The schema "{name}" is at {state.found}; we work from {FLOOR} on.'
            remedy = (
                "Stop its workers and run the migrations of Node's graphile-worker 0.16 or newer "
                "(`npx graphile-worker --schema-only`) or of the Rust graphile_worker first."
            )
            yield Finding("schema_too_old", "error", message, remedy, _EVERYTHING, True)
        case "newer_breaking":
            message = (
                f'The schema "{name}" has the breaking migration {state.highest_breaking}; we know up to {TARGET}: '
                "what is shown may be incomplete, and nothing can be changed."
            )
            yield Finding("schema_newer_breaking", "warning", message, "Update graphile-worker.", _EVERYTHING)
        case "newer":
            message = f'The schema "{name}" is at migration {state.highest}, newer than the {TARGET} we know.'
            yield Finding(
                "schema_newer", "note", message, "Update graphile-worker when a version that knows it is out."
            )
            if not state.has_heartbeats:
                yield _no_heartbeats("Use release-old-locks.")
        case "older":
            yield from _older(facts, migrate)
    if state.functions_elsewhere:
        names = ", ".join(signature.partition("(")[0] for signature in state.functions_elsewhere)
        message = f'The schema "{name}" was renamed: its functions still act on the schema of the old name ({names}).'
        remedy = f"{migrate} makes them anew; or give the schema its old name again."
        yield Finding("schema_renamed", "error", message, remedy, _ALL_BUT_MIGRATE)


def _older(facts: Facts, migrate: str) -> Iterator[Finding]:
    """Notes about what a migration adds to an older schema, which needs none."""
    state, adds = facts.state, []
    if not state.has_heartbeats:
        adds.append("worker heartbeats")
    elif not state.keyed_adds_protected:
        adds.append("protection of keyed adds against races")
    elif not state.has_retirements:
        adds.append("a mark on jobs given up while they run")
    whose = f"the schema of Graphile Worker {state.node} (Node)" if state.node else f"a schema with {state.found}"
    message = (
        f"This is {whose}. Fine as it is; an optional upgrade adds {adds[0] if adds else 'indexes and functions'}."
    )
    yield Finding("schema_older", "note", message, f"{migrate} is the upgrade; workers go on.")
    if not state.has_heartbeats:
        yield _no_heartbeats(f"Run {migrate} (Node's workers go on working), or use release-old-locks.")


def _no_heartbeats(remedy: str) -> Finding:
    message = "This schema has no heartbeats, so stale workers cannot be recognized."
    return Finding("no_heartbeats", "note", message, remedy, _SWEEP)


def _reading(facts: Facts) -> Iterator[Finding]:
    """Missing grants and policies for reading jobs, tasks and queues."""
    if facts.state.verdict in ("missing", "foreign", "half", "too_old"):
        return
    role, schema = facts.role, facts.schema
    recipe = remedies.recipe(facts)
    if not facts.can_use_schema:
        message = f'The role "{role}" may not use the schema "{schema.name}".'
        yield Finding("permission_denied", "error", message, recipe, _EVERYTHING, True)
        return
    closed = [table for table in BASE_TABLES if (table, "select") not in facts.granted]
    if closed:
        message = f'The role "{role}" may not read {_listed(closed)}.'
        yield Finding("permission_denied", "error", message, recipe, _EVERYTHING, True)
        return
    hidden = [table for table in BASE_TABLES if (table, "select") not in facts.open]
    if hidden:
        message = f'Row security hides rows of {_listed(hidden)} from the role "{role}".'
        yield Finding("row_security", "error", message, remedies.open_tables(facts, hidden), _EVERYTHING, True)


def _writing(facts: Facts) -> Iterator[Finding]:
    """Actions whose privileges are missing, one sentence for each kind of reason."""
    state, role = facts.state, facts.role
    if state.verdict == "missing" and not (facts.owns if state.schema_exists else facts.can_create_schema):
        message, remedy = (
            f'The role "{role}" may not make the schema "{facts.schema.name}".',
            remedies.make_schema(facts),
        )
        yield Finding("not_the_owner", "warning", message, remedy, frozenset({"migrate"}))
    if state.verdict == "older" and not facts.owns:
        message = f'The role "{role}" cannot migrate the schema "{facts.schema.name}": {_others(facts)}.'
        yield Finding("not_the_owner", "note", message, remedies.make_one_owner(facts), frozenset({"migrate"}))
    if state.verdict not in ("older", "current", "newer"):
        return
    refused = {
        action: missing
        for action, needs in NEEDS.items()
        if (missing := [need for need in needs if need in facts.present and not facts.has(*need)])
    }
    if refused:
        missing = sorted({privilege for privileges in refused.values() for privilege in privileges})
        message = f'The role "{role}" may not {_grouped(missing)}, so that these actions are off: {", ".join(refused)}.'
        yield Finding("may_only_read", "note", message, remedies.recipe(facts, "operator"), frozenset(refused))


def _unseen(facts: Facts) -> Iterator[Finding]:
    """What this role cannot read and the page therefore does not show, and what may mislead its reader."""
    state, role = facts.state, facts.role
    if state.verdict in ("missing", "foreign", "half", "too_old") or not facts.can_use_schema:
        return
    if not state.migrations_readable:
        message = f'The role "{role}" may not read the table migrations: the schema is judged by its objects alone.'
        remedy = remedies.grant_select(facts, "migrations")
        yield Finding("migrations_unseen", "warning", f"{message} Nothing can be changed.", remedy, _EVERYTHING)
    if state.has_workers and not facts.has(WORKERS, "select"):
        message = f'The role "{role}" may not read heartbeats: which workers are alive is not known.'
        yield Finding("heartbeats_unseen", "warning", message, remedies.grant_select(facts, WORKERS), _SWEEP)
    for table in PRO_TABLES:
        if (table, "select") in facts.present and not facts.has(table, "select"):
            message = f'The role "{role}" may not read {table}: each of its workers counts as alive.'
            yield Finding("pro_workers_unseen", "warning", message, remedies.grant_select(facts, table))
    if not facts.sees_sessions:
        message = f'The role "{role}" may not see what other sessions do: each counts as a worker that may be alive.'
        yield Finding(
            "sessions_unseen", "note", message, f"As a superuser: grant pg_read_all_stats to {facts.quoted_role};"
        )
    if abs(facts.clock_ahead) > SKEW_SECONDS:
        way = "ahead of" if facts.clock_ahead > 0 else "behind"
        message = f"This machine's clock is {abs(facts.clock_ahead):.0f} s {way} the database's."
        yield Finding("clock_skew", "note", message, "Nothing here depends on it: all times are the database's.")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _grouped(missing: list[Privilege]) -> str:
    """("_private_jobs", "delete"), ("_private_jobs", "update") -> "delete, update _private_jobs"."""
    by_object: dict[str, list[str]] = {}
    for name, privilege in missing:
        by_object.setdefault(name, []).append(privilege)
    return "; ".join(f"{', '.join(sorted(privileges))} {name}" for name, privileges in by_object.items())


def _others(facts: Facts) -> str:
    """The owners of objects that keep this role from migrating."""
    of_owner: dict[str, list[str]] = {}
    for thing in facts.migrated:
        if not thing.owned:
            of_owner.setdefault(thing.owner, []).append(thing.name)
    problems = [
        f'{names[0]}{" and others" if names[1:] else ""} belong{"" if names[1:] else "s"} to "{owner}"'
        for owner, names in of_owner.items()
    ]
    if not facts.can_create_in_schema:
        problems.insert(0, f'it may not make anything there (the schema belongs to "{facts.owner}")')
    return "; ".join(problems)


def sequences_unseen(facts: Facts) -> Iterator[Finding]:
    """The sequences that this role may not read."""
    closed = [
        thing
        for name, thing in facts.of_kind("sequence").items()
        if name in SEQUENCES and (name, "select") not in facts.granted
    ]
    if closed:
        message = f'The role "{facts.role}" may not read {_listed([thing.name for thing in closed])}: whether these sequences near their end is not known.'
        remedy = f'As "{closed[0].owner}": grant select on sequence {", ".join(thing.quoted for thing in closed)} to {facts.quoted_role};'
        yield Finding("sequences_unseen", "note", message, remedy)
