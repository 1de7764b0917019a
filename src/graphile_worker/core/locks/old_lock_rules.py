"""Which old locks are released: the statements of old_locks.sql, for the tables that this database has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg

from graphile_worker.core.diagnosis.capabilities import Capabilities
from graphile_worker.core.locks.config import (
    MAXIMUM_SECONDS,
    OLD_LOCK_MINIMUM,
    OLD_LOCK_SECONDS,
    RESILIENT_FLAGS,
    RESILIENT_MULTIPLIER,
)
from graphile_worker.core.locks.liveness import holder_parts
from graphile_worker.core.locks.release import ReleaseRule
from graphile_worker.core.locks.sql import statement
from graphile_worker.core.sql import Statement, texts
from graphile_worker.core.validation import integer

ACTION = "release-old-locks"
Kind = Literal["job", "queue"]


@dataclass(frozen=True, slots=True)
class OldLocksConfig:
    """A lock is old after `older_than_secs`; with a resilient flag of its job, after `resilient_multiplier` times that.

    Raises InvalidInput.
    """

    older_than_secs: int = OLD_LOCK_SECONDS
    resilient_flags: tuple[str, ...] = RESILIENT_FLAGS
    resilient_multiplier: int = RESILIENT_MULTIPLIER

    def __post_init__(self) -> None:
        integer("older_than_secs", self.older_than_secs, OLD_LOCK_MINIMUM, MAXIMUM_SECONDS)


@dataclass(frozen=True, slots=True)
class OldLockRules:
    """The rules for one age; `holder` has the conditions on the holder of a lock (liveness.holder_parts)."""

    config: OldLocksConfig
    holder: dict[str, str]

    @classmethod
    def of(cls, config: OldLocksConfig, capabilities: Capabilities) -> OldLockRules:
        """Raises PermissionDenied where this role may not read which workers are alive."""
        return cls(config, holder_parts(capabilities))

    def find(self, kind: Kind) -> Statement:
        """The query of all old locks of a kind; `kept` is the reason why one stays."""
        return statement(f"old_locks.find_{kind}s", busy="busy_but_for", **self.holder)

    def rule(self, kind: Kind, parameters: Mapping[str, Any]) -> ReleaseRule:
        """The statements that find and release the old locks of a kind."""

        def query(lock: str) -> Statement:
            return statement(f"old_locks.{kind}s", busy="busy_since", lock=lock, **self.holder)

        free = statement("old_locks.free_jobs" if kind == "job" else "locks.free_queues")
        return ReleaseRule(ACTION, query("without_lock"), query(f"skip_locked_{kind}s"), free, parameters)

    @property
    def of_jobs(self) -> dict[str, Any]:
        """The parameters of the statements about jobs, besides the ids."""
        usual, flags = float(self.config.older_than_secs), list(self.config.resilient_flags)
        return {"age_secs": usual, "resilient_secs": usual * self.config.resilient_multiplier, "flags": flags}

    def of_queues(self, going: list[asyncpg.Record], others: list[asyncpg.Record]) -> dict[str, Any]:
        """The parameters of the statements about queues, besides the ids, for jobs whose lock is released.

        `others` = the jobs of `busy_but_for` when locks are searched, those of `busy_since` when they are released.
        """
        held = [(row["job_queue_id"], row["worker"]) for row in going if row["job_queue_id"] is not None]
        queues, holders = [queue for queue, _ in held], [holder for _, holder in held]
        return {
            "age_secs": float(self.config.older_than_secs),
            "queues": texts(queues),
            "jobs": texts(row["id"] for row in others),
            "holders": holders,
        }
