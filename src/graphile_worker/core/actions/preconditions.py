"""What somebody saw of the jobs they act on: a job that is no longer so was changed by somebody else, and is left alone.

Looked at in the statement that takes the rows, so nothing comes between the look and the verb.
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
class Seen:
    """Revisions and values by job id; a job that is in neither is asked nothing."""

    revisions: Mapping[int, int] = field(default_factory=dict)
    expected: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def checked(cls, revisions: Revisions, expected: Expected, asked: Sequence[int]) -> Seen:
        """Raises InvalidInput("revisions") and InvalidInput("expected")."""
        return cls(validation.revisions(revisions, asked), validation.expected(expected, asked))

    def objection(self, row: asyncpg.Record) -> JobResult | None:
        """What is not as it was seen, or None."""
        seen = self.revisions.get(row["id"], row["revision"])
        if seen != row["revision"]:
            return _changed(row, f"was replaced meanwhile (revision {row['revision']}, not {seen})")
        for name, value in self.expected.get(row["id"], {}).items():
            same = validation.same_moment(value, row[name]) if name in validation.EXPECTED_TIMES else row[name] == value
            if not same:
                return _changed(row, f"was changed meanwhile ({name} {row[name]}, not {_shown(value)})")
        return None


def _shown(value: Any) -> str:
    return str(value).replace("+00:00", "Z")


def _changed(row: asyncpg.Record, reason: str) -> JobResult:
    return JobResult(row["id"], Outcome.CHANGED, reason)
