"""Preconditions: the values of jobs as the caller last saw them. A job that has changed since is skipped.

They are checked against rows that the action's own transaction has locked, so no change can come in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from graphile_worker.core import validation
from graphile_worker.core.jobs import JobResult, Outcome

Revisions = Mapping[int, int] | None
"""The revision of each job, by id, as the caller read it; None checks no revision."""
Expected = Mapping[int, Mapping[str, Any]] | None
"""Values of each job, by id, as the caller read them; None checks no value. WorkerUtils lists the members."""


@dataclass(frozen=True, slots=True)
class Preconditions:
    """Revisions and values by job id; a job without either has no precondition."""

    revisions: Mapping[int, int] = field(default_factory=dict)
    expected: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def checked(cls, revisions: Revisions, expected: Expected, ids: Sequence[int]) -> Preconditions:
        """Raises InvalidInput("revisions") and InvalidInput("expected")."""
        return cls(validation.revisions(revisions, ids), validation.expected(expected, ids))

    def reason_to_skip(self, row: asyncpg.Record) -> JobResult | None:
        """The first value that has changed, or None."""
        revision = self.revisions.get(row["id"], row["revision"])
        if revision != row["revision"]:
            return _changed(row, f"was replaced meanwhile (revision {row['revision']}, not {revision})")
        for name, value in self.expected.get(row["id"], {}).items():
            same = validation.same_moment(value, row[name]) if name in validation.EXPECTED_TIMES else row[name] == value
            if not same:
                return _changed(row, f"was changed meanwhile ({name} {row[name]}, not {_shown(value)})")
        return None


def _shown(value: Any) -> str:
    return str(value).replace("+00:00", "Z")


def _changed(row: asyncpg.Record, reason: str) -> JobResult:
    return JobResult(row["id"], Outcome.CHANGED, reason)
