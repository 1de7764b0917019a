"""Rules of actions: why a job is skipped, given its row and the arguments of the action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from graphile_worker.core.jobs import JobResult, Outcome


class Row(Protocol):
    """A row of the database."""

    def __getitem__(self, name: str, /) -> Any: ...


def attempts_within_maximum(row: Row, arguments: Mapping[str, Any]) -> JobResult | None:
    """Skips a job that would have more attempts than max_attempts; arguments that change neither pass."""
    attempts, max_attempts = arguments.get("attempts"), arguments.get("max_attempts")
    used = row["attempts"] if attempts is None else attempts
    most = row["max_attempts"] if max_attempts is None else max_attempts
    if (attempts is None and max_attempts is None) or used <= most:
        return None
    return JobResult(row["id"], Outcome.REFUSED, f"attempts ({used}) would be above max_attempts ({most})")


def attempts_left(row: Row, arguments: Mapping[str, Any]) -> JobResult | None:
    """Skips a job that no worker would take, because all its attempts are used."""
    attempts = arguments.get("attempts")
    used = row["attempts"] if attempts is None else attempts
    if (arguments.get("max_attempts") or row["max_attempts"]) > used:
        return None
    reason = "has used all its attempts" if attempts is None else "would have no attempt left"
    return JobResult(row["id"], Outcome.USED_UP, f"{reason}: retry it instead")
