"""The state of a schema, read object by object, because the same migration number means different things.

Node's migration 20 and the Rust port's 20 are two different ones, and either may be followed by the other's 21.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import asyncpg

from graphile_worker.core.database.schema_connection import SchemaConnection
from graphile_worker.core.migration.sql import statement

Verdict = Literal["missing", "current", "older", "newer", "newer_breaking", "too_old", "half", "foreign"]

TARGET = 22  # the newest migration whose state we make
FLOOR = 16  # older schemas have other names and signatures: only the references can migrate them
BREAKING = frozenset({1, 3, 11, 13, 14, 16})

BASE_TABLES = ("_private_job_queues", "_private_jobs", "_private_tasks")
FUNCTIONS = (
    "_private_return_jobs(text,bigint[],bigint,text,boolean)",
    "add_job(text,json,text,timestamp with time zone,integer,text,integer,text[],text)",
    "add_jobs(job_spec[],boolean)",
    "complete_jobs(bigint[])",
    "delete_stale_workers(text[])",
    "force_unlock_workers(text[])",
    "list_orphan_locked_workers(interval)",
    "list_stale_workers(interval)",
    "permanently_fail_jobs(bigint[],text)",
    "recover_dead_worker_jobs(text[],interval)",
    "remove_job(text)",
    "reschedule_jobs(bigint[],timestamp with time zone,integer,integer,integer)",
    "worker_deregister(text)",
    "worker_heartbeat(text,json)",
)
RECOVERY_FUNCTIONS = frozenset(FUNCTIONS) & {
    "delete_stale_workers(text[])",
    "list_orphan_locked_workers(interval)",
    "list_stale_workers(interval)",
    "recover_dead_worker_jobs(text[],interval)",
    "worker_deregister(text)",
    "worker_heartbeat(text,json)",
}
_KNOW_RETIREMENTS = frozenset(
    {
        "_private_return_jobs",
        "add_jobs",
        "permanently_fail_jobs",
        "recover_dead_worker_jobs",
        "remove_job",
        "reschedule_jobs",
    }
)
_COLUMNS = {
    "_private_jobs": "id job_queue_id task_id payload priority run_at attempts max_attempts last_error created_at "
    "updated_at key locked_at locked_by revision flags is_available",
    "_private_job_queues": "id queue_name locked_at locked_by is_available",
    "_private_tasks": "id identifier",
    "_private_known_crontabs": "identifier known_since last_execution",
    "_private_workers": "id last_heartbeat_at started_at metadata",
    "_private_job_retirements": "id",
}
TABLES = frozenset(_COLUMNS)


class SchemaState(NamedTuple):
    """The state of a schema. `missing` names what it lacks for the newest state, in the order in which it is made."""

    schema_exists: bool
    migrations_table: bool
    highest: int | None
    highest_breaking: int | None
    has_jobs: bool
    has_old_tables: bool
    has_workers: bool
    has_heartbeat_objects: bool
    has_retirements: bool
    has_return_jobs: bool
    recovery_functions: bool
    keyed_adds_protected: bool
    adds_missing_only: bool
    functions_elsewhere: tuple[str, ...]
    foreign: str | None
    migrations_readable: bool
    in_recovery: bool
    read_only: bool
    server_version: int
    missing: tuple[str, ...]
    missing_rows: tuple[int, ...]
    half: str | None

    @property
    def verdict(self) -> Verdict:
        """The state in one word. The numbers tell only whether a newer program has changed the schema."""
        if self.foreign:
            return "foreign"
        if self.highest is None and self.migrations_readable:
            return "half" if self.half else "missing"
        if (self.highest_breaking or 0) > TARGET:
            return "newer_breaking"
        return self._by_objects()

    def _by_objects(self) -> Verdict:
        if self.has_old_tables:
            return "too_old"
        if self.half:
            return "half"
        if (self.highest or 0) > TARGET:
            return "newer"
        return "older" if self.missing or self.missing_rows else "current"

    @property
    def has_heartbeats(self) -> bool:
        """Whether workers can send heartbeats, and old ones be recovered."""
        return self.has_workers and self.recovery_functions

    @property
    def node(self) -> str | None:
        """The version of Node's Graphile Worker that makes such objects, or None.

        Those of 0.16 and 0.17 are the same; its 0.18 adds missing names only. Rust's functions protect keyed adds since its
        migration 19, or write heartbeats.
        """
        alien = self.has_heartbeat_objects or self.keyed_adds_protected or self.has_retirements
        if alien or not {"jobs_view", "insert_trigger"}.isdisjoint(self.missing):
            return None
        return "0.18" if self.adds_missing_only else "0.16 or 0.17"

    @property
    def found(self) -> str:
        """The state in a few words, for messages."""
        if not self.schema_exists:
            return "no schema"
        if not self.migrations_readable:
            return "a migration this role may not read"
        if self.highest is None:
            return "a schema without Graphile Worker tables"
        return f"migration {self.highest}"


async def probe(connection: SchemaConnection) -> SchemaState:
    """Inspects the catalog; needs no privilege on the schema and changes nothing."""
    row = await connection.fetchrow(statement("schema_state.catalog"))
    assert row is not None  # a select without `from` always returns a row
    tables = set(row["tables"])
    foreign = _foreign(row, tables)
    has_migrations = "migrations" in tables and foreign is None
    ids: dict[int, bool] = {}
    readable = row["migrations_readable"]
    if has_migrations and readable:
        with_flag = "breaking boolean" in row["migrations_columns"]
        query = "schema_state.migrations" if with_flag else "schema_state.migrations_without_breaking"
        ids = {r["id"]: r["breaking"] for r in await connection.fetch(statement(query))}
    functions = set(row["functions"])
    return SchemaState(
        schema_exists=row["schema_exists"],
        migrations_table=has_migrations,
        highest=max(ids, default=None),
        highest_breaking=max((id for id, breaking in ids.items() if breaking), default=None),
        has_jobs=tables.issuperset((*BASE_TABLES, "_private_known_crontabs")),
        has_old_tables=_has_old_tables(tables),
        has_workers="_private_workers" in tables,
        has_heartbeat_objects="_private_workers" in tables or not functions.isdisjoint(RECOVERY_FUNCTIONS),
        has_retirements="_private_job_retirements" in tables,
        has_return_jobs=FUNCTIONS[0] in functions,
        recovery_functions=functions >= RECOVERY_FUNCTIONS,
        keyed_adds_protected=row["keyed_adds_protected"],
        adds_missing_only=row["adds_missing_only"],
        functions_elsewhere=_elsewhere(row),
        foreign=foreign,
        migrations_readable=readable,
        in_recovery=row["in_recovery"],
        read_only=row["read_only"],
        server_version=row["server_version"],
        missing=_missing(row, tables),
        missing_rows=tuple(id for id in range(FLOOR + 1, TARGET + 1) if id not in ids) if readable else (),
        half=_half(row, tables, bool(ids) or not readable),
    )


def _foreign(row: asyncpg.Record, tables: set[str]) -> str | None:
    """Why this schema belongs to another program, or None."""
    columns = set(row["migrations_columns"])
    if "migrations" in tables:
        if not columns >= {"id integer", "ts timestamp with time zone"} or len(columns) > 3:
            return "its table migrations is another program's"
        return None
    if "migrations" in row["others"]:
        return "it holds a view named migrations"
    taken = sorted({*tables, *row["others"]} & (TABLES | {"jobs", "job_spec"}))
    taken += [name for name in row["functions"] if name in FUNCTIONS]
    return f"it holds {taken[0]}, but no table migrations" if taken else None


def _has_old_tables(tables: set[str]) -> bool:
    """Whether the tables have the names from before migration FLOOR."""
    return "migrations" in tables and tables.isdisjoint(BASE_TABLES) and tables >= {"jobs", "job_queues"}


def _half(row: asyncpg.Record, tables: set[str], recorded: bool) -> str | None:
    """What contradicts the recorded migrations and cannot be repaired, or None."""
    gone = [name for name in BASE_TABLES if name not in tables]
    odd = sorted(TABLES & set(row["others"]))
    if recorded and odd:
        return f"{odd[0]} is a view or a foreign table"
    if recorded and gone:
        return f"its migrations are recorded, but {', '.join(gone)} is missing"
    if not recorded and "migrations" in tables and (tables & TABLES):
        return f"it holds {min(tables & TABLES)}, but no migration is recorded"
    wanted = [
        f"{table}.{column}" for table, columns in _COLUMNS.items() if table in tables for column in columns.split()
    ]
    lost = [name for name in wanted if name not in set(row["columns"])]
    return f"the column {lost[0]} is missing" if recorded and lost else None


def _elsewhere(row: asyncpg.Record) -> tuple[str, ...]:
    """The functions whose bodies name another schema, as after the schema was renamed."""
    return tuple(signature for signature in row["functions_elsewhere"] if signature in FUNCTIONS)


def _missing(row: asyncpg.Record, tables: set[str]) -> tuple[str, ...]:
    """The blocks of converge.sql that are needed, in order; `functions` last."""
    indexes, secured, others = set(row["indexes"]), set(row["secured"]), set(row["others"])
    wanted = {
        "breaking_column": "breaking boolean" in row["migrations_columns"],
        "jobs_main_index": "jobs_main_index" in indexes,
        "jobs_no_queue_index": "jobs_no_queue_index" in indexes,
        "known_crontabs": "_private_known_crontabs" in tables,
        "row_security": secured.issuperset(BASE_TABLES),
        "job_spec": "job_spec" in others,
        "jobs_view": "jobs" in others,
        "workers": "_private_workers" in tables,
        "workers_index": "_private_workers_last_heartbeat_at_idx" in indexes,
        "retirements": "_private_job_retirements" in tables,
        "insert_trigger": not row["has_insert_trigger"],
        "functions": set(row["functions"]).issuperset(FUNCTIONS)
        and _KNOW_RETIREMENTS.issubset(row["retirement_functions"])
        and row["keyed_adds_protected"]
        and row["adds_missing_only"]
        and not _elsewhere(row),
    }
    return tuple(name for name, present in wanted.items() if not present)
