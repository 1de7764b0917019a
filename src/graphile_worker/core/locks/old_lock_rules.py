"""Which old locks may go: the statements of old_locks.sql, for what this database has and this role may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg

from graphile_worker.core.diagnosis import remedies
from graphile_worker.core.diagnosis.capabilities import Capabilities
from graphile_worker.core.exceptions import PermissionDenied
from graphile_worker.core.locks.config import OldLocksConfig
from graphile_worker.core.locks.force_unlock import Rule
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import statement, texts

ACTION = "release-old-locks"
Kind = Literal["job", "queue"]
# The tables that tell who is known, and the conditions of old_locks.sql that ask them.
_WITNESSES = {
    "_private_workers": ("beating", "registered"),
    "_private_pro_workers": ("pro_worker",),
    "_private_pro_pools": ("pro_pool",),
}


@dataclass(frozen=True, slots=True)
class OldLockRules:
    """The rules for one age; `witnesses` has the condition asked about holders, or `nobody`, by name."""

    schema: Schema
    config: OldLocksConfig
    witnesses: dict[str, str]

    @classmethod
    def of(cls, schema: Schema, config: OldLocksConfig, capabilities: Capabilities) -> OldLockRules:
        """Raises PermissionDenied where this role may not ask who is alive."""
        return cls(schema, config, _witnesses(capabilities))

    def find(self, kind: Kind) -> str:
        """The query of all old locks of a kind; `kept` says why one stays."""
        return statement(f"old_locks.find_{kind}s", self.schema, held=kind, busy="busy_but_for", **self.witnesses)

    def rule(self, kind: Kind, arguments: Sequence[Any]) -> Rule:
        """How those that may go are let go."""

        def query(lock: str) -> str:
            parts = self.witnesses | {"held": kind, "busy": "busy_since", "lock": lock}
            return statement(f"old_locks.{kind}s", self.schema, **parts)

        free_job = statement("old_locks.free_jobs", self.schema)
        free = free_job if kind == "job" else statement("locks.free_queues", self.schema)
        return Rule(ACTION, query("look"), query(f"skip_held_{kind}s"), free, arguments)

    @property
    def of_jobs(self) -> tuple[float, float, list[str]]:
        """What the statements of jobs take after the ids."""
        usual, flags = float(self.config.older_than_secs), list(self.config.resilient_flags)
        return usual, usual * self.config.resilient_multiplier, flags

    def of_queues(
        self, going: list[asyncpg.Record], minded: list[asyncpg.Record]
    ) -> tuple[float, list[str | None], list[str | None], list[str | None]]:
        """What the statements of queues take after the ids, for jobs whose lock goes.

        `minded` = the jobs of `busy_but_for` in the look, those of `busy_since` when it acts.
        """
        held = [(row["job_queue_id"], row["worker"]) for row in going if row["job_queue_id"] is not None]
        queues, holders = [queue for queue, _ in held], [holder for _, holder in held]
        return float(self.config.older_than_secs), texts(queues), texts(row["id"] for row in minded), holders


def _witnesses(capabilities: Capabilities) -> dict[str, str]:
    facts = capabilities.facts
    chosen = {condition: "nobody" for conditions in _WITNESSES.values() for condition in conditions}
    for finding in capabilities.findings:
        if finding.code == "heartbeats_unseen":
            raise PermissionDenied(finding.message, hint=finding.remedy)
    for table, conditions in _WITNESSES.items():
        if (table, "select") not in facts.present:
            continue
        if not facts.has(table, "select"):
            raise PermissionDenied(
                f'the role "{facts.role}" may not read {table}: which workers are alive is not known',
                hint=remedies.grant_select(facts, table),
            )
        chosen |= {condition: condition for condition in conditions}
    return chosen
