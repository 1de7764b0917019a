"""Facts about one database as one role sees it, as read from the catalog."""

from __future__ import annotations

from typing import NamedTuple

from graphile_worker.core.migration.schema_state import FUNCTIONS, TABLES, SchemaState
from graphile_worker.core.relations import JOBS, Privilege
from graphile_worker.core.schema import Schema

PRO_TABLES = ("_private_pro_workers", "_private_pro_pools")  # Node's commercial Worker Pro; only ever read
SEQUENCES = ("job_queues_id_seq", "jobs_id_seq1", "tasks_id_seq")
_MIGRATED = TABLES | {"migrations", "tg_jobs__after_insert"} | {signature.partition("(")[0] for signature in FUNCTIONS}


class Object(NamedTuple):
    """A table, view, sequence or function of the schema. `owned` = by this role or one that it is a member of."""

    kind: str  # as after "alter"
    name: str
    quoted: str  # with its schema, a function with its arguments
    owner: str
    owned: bool
    secured: bool  # row-level security is enabled on the table
    forced: bool  # row-level security also applies to the owner


class Setting(NamedTuple):
    """A setting of default_transaction_read_only for `role` (None: every role) in `database` (None: every database)."""

    role: str | None
    database: str | None
    on: bool


class Facts(NamedTuple):
    """One database as one role sees it. `present`, `granted` and `open` (no row hidden by row-level security) are
    sets of privileges."""

    schema: Schema
    state: SchemaState
    role: str
    quoted_role: str
    database: str
    quoted_database: str
    server_version: str
    owner: str | None  # of the schema
    can_create_schema: bool
    can_create_in_schema: bool
    can_use_schema: bool
    sees_sessions: bool
    clock_ahead: float
    read_only_source: str | None  # of default_transaction_read_only, as pg_settings calls it; None: not read only
    read_only_settings: tuple[Setting, ...]  # those that apply to this login, the strongest first
    objects: tuple[Object, ...]
    present: frozenset[Privilege]
    granted: frozenset[Privilege]
    open: frozenset[Privilege]
    secured: bool  # row security applies to this role, by whatever policies

    def has(self, table: str, privilege: str) -> bool:
        """Whether this access is granted and row security leaves every row open to it."""
        return (table, privilege) in self.granted and (table, privilege) in self.open

    def of_kind(self, kind: str) -> dict[str, Object]:
        """The objects of one kind by name, in the order of the names."""
        return {thing.name: thing for thing in self.objects if thing.kind == kind}

    @property
    def migrated(self) -> tuple[Object, ...]:
        """The existing objects that a migration changes; only their owner can."""
        return tuple(thing for thing in self.objects if thing.name in _MIGRATED)

    @property
    def owns(self) -> bool:
        """Whether this role can migrate: it may create objects in the schema, and owns all objects of Graphile
        Worker."""
        if self.owner is None:
            return True  # there is nothing to own
        return self.can_create_in_schema and all(thing.owned for thing in self.migrated)

    @property
    def worker_owner(self) -> str | None:
        """The owner of the queue: of the table of jobs, or of the schema where there is no such table."""
        jobs = self.of_kind("table").get(JOBS)
        return jobs.owner if jobs else self.owner
