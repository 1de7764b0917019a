"""SQL with which the owner of a schema lets another role look (viewer) or act (operator). No superuser is needed.

Grants alone are not enough: row security without a policy shows such a role no row and raises no error.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from graphile_worker.core.checks import text
from graphile_worker.core.errors import InvalidInput
from graphile_worker.core.findings import Facts
from graphile_worker.core.schema import MAX_IDENTIFIER_BYTES, quoted_identifier

Kind = Literal["viewer", "operator"]

SECURED = ("_private_jobs", "_private_job_queues", "_private_tasks", "_private_known_crontabs")
UNSECURED = ("_private_workers", "_private_job_retirements")
LOOKED_AT = ("migrations", "jobs")
_TITLES: dict[Kind, str] = {"viewer": "reads everything and writes nothing", "operator": "reads and writes jobs"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """A role and what it is to be. Raises InvalidInput for a name PostgreSQL would cut."""

    kind: Kind
    role: str

    def __post_init__(self) -> None:
        text(self.kind, self.role, most=MAX_IDENTIFIER_BYTES)
        if len(self.role.encode()) > MAX_IDENTIFIER_BYTES:
            raise InvalidInput(self.kind, f"must be at most {MAX_IDENTIFIER_BYTES} bytes")

    def sql(self, facts: Facts) -> str:
        """The statements for the tables that this database has; to be run again after a migrate that adds some."""
        schema, role = facts.schema.quoted, quoted_identifier(self.role)
        tables = [f"{schema}.{name}" for name in (*SECURED, *UNSECURED) if (name, "select") in facts.present]
        shown = [f"{schema}.{name}" for name in LOOKED_AT if (name, "select") in facts.present]
        access = "select" if self.kind == "viewer" else "select, insert, update, delete"
        lines = [
            f"-- {_plain(self.role)}: {_TITLES[self.kind]}, in the schema {_plain(facts.schema.name)}.",
            f"-- To be run by its owner, {_plain(facts.owner or '(nobody yet)')}. The role must exist (create role … login).",
            "begin;",
            "set local lock_timeout = '2s';  -- policies lock each table for a moment; rather fail than make workers wait",
            f"grant usage on schema {schema} to {role};",
            f"grant {access} on {', '.join(tables)} to {role};",
            f"grant select on {', '.join(shown)} to {role};",
            *([f"grant execute on all functions in schema {schema} to {role};"] if self.kind == "operator" else []),
            *(self._policy(f"{schema}.{name}", role) for name in SECURED if (name, "select") in facts.present),
            "commit;",
        ]
        return "\n".join(lines) + "\n"

    def _policy(self, table: str, role: str) -> str:
        name = quoted_identifier(_cut(f"{self.kind} {self.role}"))
        rights = "for select to {0} using (true)" if self.kind == "viewer" else "to {0} using (true) with check (true)"
        return (
            f"drop policy if exists {name} on {table};\ncreate policy {name} on {table} {rights.replace('{0}', role)};"
        )


def _cut(name: str) -> str:
    """The name, or its beginning and a mark that tells it from others that begin so."""
    if len(name.encode()) <= MAX_IDENTIFIER_BYTES:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return name.encode()[: MAX_IDENTIFIER_BYTES - 9].decode("utf-8", "ignore") + " " + mark


def _plain(name: str) -> str:
    """A name inside a comment, which ends with its line."""
    return '"' + "".join(c if c.isprintable() else "\ufffd" for c in name) + '"'
