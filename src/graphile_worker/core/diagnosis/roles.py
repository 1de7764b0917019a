"""Recipes: SQL with which the owner of a schema lets another role read (viewer) or also write jobs (operator). No
superuser is needed.

Grants alone are not enough: row security without a policy shows such a role no row and raises no error.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from graphile_worker.core.diagnosis.facts import PRO_TABLES, SEQUENCES, Facts, Object
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.schema import MAX_IDENTIFIER_BYTES, quoted_identifier, quoted_literal
from graphile_worker.core.validation import text

Kind = Literal["viewer", "operator"]

KINDS: tuple[Kind, ...] = ("viewer", "operator")
# The tables on which the migrations enable row-level security. It may be enabled on others by hand.
SECURED = ("_private_jobs", "_private_job_queues", "_private_tasks", "_private_known_crontabs")
READ_ONLY_TABLES = ("migrations", "jobs", *PRO_TABLES)
_TITLES: dict[Kind, str] = {"viewer": "reads everything and writes nothing", "operator": "reads and writes jobs"}
_WRITING = "insert, update, delete, truncate"
_CHECK = """do $$
declare
  remains text;
begin
  select string_agg(t.name, ', ') into remains from (values {tables}) t (name)
  where has_table_privilege({role}, t.name, {writing}) or has_any_column_privilege({role}, t.name, 'insert, update');
  if remains is not null then
    raise exception 'the role % could still write to %, so nothing was changed', {role}, remains using hint =
      'It is a superuser, or a member of a role that may, or somebody beside the owner, or for everybody, let it.';
  end if;
end
$$;"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A role and the kind that it becomes. Raises InvalidInput for a name that PostgreSQL would truncate."""

    kind: Kind
    role: str

    def __post_init__(self) -> None:
        text(self.kind, self.role, most=MAX_IDENTIFIER_BYTES)
        if len(self.role.encode()) > MAX_IDENTIFIER_BYTES:
            raise InvalidInput(self.kind, f"must be at most {MAX_IDENTIFIER_BYTES} bytes")

    def sql(self, facts: Facts) -> str:
        """The statements for the objects of this database. Afterwards the role has these privileges and no others
        there.

        To be run again after a migrate that adds tables, and where row security was switched on since. Raises
        InvalidInput for an owner as viewer.
        """
        role = quoted_identifier(self.role)
        ours = [thing for thing in facts.objects if _is_ours(thing, facts)]
        if self.kind == "viewer" and any(thing.owner == self.role for thing in ours):
            raise InvalidInput(
                "viewer", "owns tables of this schema and can give itself every right: name another role"
            )
        lines = [
            *self._title(facts, ours),
            "begin;",
            "set local lock_timeout = '2s';  -- a policy locks its table; the script fails where a lock would make workers wait longer",
            *self._grants(facts, [thing for thing in ours if thing.owner != self.role], role),
            *(line for thing in ours for line in self._policies(thing, role)),
            *([_check(self.role, ours)] if self.kind == "viewer" else []),
            "commit;",
        ]
        return "\n".join(lines) + "\n"

    def _title(self, facts: Facts, ours: list[Object]) -> Iterator[str]:
        owners = sorted({thing.owner for thing in ours} | {facts.owner or "(nobody yet)"})
        yield f"-- {_plain(self.role)}: {_TITLES[self.kind]} in the schema {_plain(facts.schema.name)}. Its other privileges there are revoked."
        who = "its owner" if len(owners) == 1 else "a superuser, or a role that is a member of all its owners"
        yield f"-- To be run by {who}, {', '.join(map(_plain, owners))}. The role must exist (create role … login)."

    def _grants(self, facts: Facts, things: list[Object], role: str) -> Iterator[str]:
        """Revokes all privileges of the role, then grants those of its kind. An owner keeps its own."""
        groups = {
            "": [thing for thing in things if thing.kind in ("table", "view")],
            "sequence ": [thing for thing in things if thing.kind == "sequence"],
            "function ": [thing for thing in things if thing.kind == "function"],
        }
        named = {kind: kind + ", ".join(thing.quoted for thing in group) for kind, group in groups.items() if group}
        if facts.owner != self.role:
            yield f"revoke all on schema {facts.schema.quoted} from {role};"
            yield f"grant usage on schema {facts.schema.quoted} to {role};"
        for names in named.values():
            yield f"revoke all on {names} from {role};"
        for kind in ("", "sequence "):
            if kind in named:
                yield f"grant select on {named[kind]} to {role};"
        if self.kind == "operator":
            written = [t.quoted for t in groups[""] if t.name not in READ_ONLY_TABLES]
            if written:
                yield f"grant insert, update, delete on {', '.join(written)} to {role};"
            if "function " in named:
                yield f"grant execute on {named['function ']} to {role};"

    def _policies(self, thing: Object, role: str) -> Iterator[str]:
        """Policies, in place of those of an earlier recipe."""
        if thing.kind != "table" or not (thing.secured or thing.name in SECURED):
            return
        for kind in KINDS:
            yield f"drop policy if exists {self._policy(kind)} on {thing.quoted};"
        reads_only = self.kind == "viewer" or thing.name in READ_ONLY_TABLES
        clause = f"for select to {role} using (true)" if reads_only else f"to {role} using (true) with check (true)"
        yield f"create policy {self._policy(self.kind)} on {thing.quoted} {clause};"

    def _policy(self, kind: Kind) -> str:
        return quoted_identifier(_cut(f"{kind} {self.role}"))


def _is_ours(thing: Object, facts: Facts) -> bool:
    """Whether the object belongs to Graphile Worker and not to an application that shares the schema. A function that
    this version does not know is recognized by its owner."""
    if thing.kind == "function":
        return thing in facts.migrated or thing.owner == facts.worker_owner
    return thing.name.startswith("_private_") or thing.name in (*READ_ONLY_TABLES, *SEQUENCES)


def _check(role: str, ours: list[Object]) -> str:
    """Raises an error where a viewer could still write: a revoke does not remove what other roles have granted."""
    tables = ", ".join(f"({quoted_literal(thing.quoted)})" for thing in ours if thing.kind == "table")
    name = quoted_literal(role)
    tag = "$check$"
    while tag in role + tables:
        tag = tag[:-1] + "k$"
    values = {"{tables}": tables, "{writing}": quoted_literal(_WRITING), "{role}": name, "$$": tag}
    return re.sub(
        "|".join(map(re.escape, values)), lambda match: values[match[0]], _CHECK
    )  # a single pass, so that values are not searched for placeholders


def _cut(name: str) -> str:
    """The name, or its beginning and a hash if PostgreSQL would truncate it."""
    if len(name.encode()) <= MAX_IDENTIFIER_BYTES:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return name.encode()[: MAX_IDENTIFIER_BYTES - 9].decode("utf-8", "ignore") + " " + mark


def _plain(name: str) -> str:
    """A name for an SQL comment, without line ends."""
    return '"' + "".join(c if c.isprintable() else "\ufffd" for c in name) + '"'
