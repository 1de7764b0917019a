"""The objects of a queue: a job, a job to add, and the outcomes of actions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import asyncpg

Rows = Literal["whole", "large", "small"]
"""How much of `payload` and `last_error` a report holds: all, up to 1 MiB, up to 8 KiB. Both are None above that."""


class JobKeyMode(StrEnum):
    """What an add does when a job has its key.

    `replace`: the waiting job gets the new values; `preserve-run-at`: all but its time; `unsafe-dedupe`: it stays as it
    is, also when it runs or has used up its attempts.
    """

    REPLACE = "replace"
    PRESERVE_RUN_AT = "preserve-run-at"
    UNSAFE_DEDUPE = "unsafe-dedupe"


class Outcome(StrEnum):
    """The outcome of an action on one id; `unknown`: the connection broke during the commit, so it may or may not be done."""

    DONE = "done"
    NOT_FOUND = "not_found"
    RUNNING = "running"
    BUSY = "busy"
    CHANGED = "changed"
    USED_UP = "used_up"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RawJson:
    """JSON that is already text and is stored byte for byte."""

    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """One row of `_private_jobs`. Times are RFC 3339 text in UTC, payload is the stored JSON text.

    After `WorkerUtils.with_rows("small")` the payload and the error of a large job are None.
    """

    id: int
    task_id: int
    task_identifier: str | None
    job_queue_id: int | None
    payload: str
    priority: int
    run_at: str
    attempts: int
    max_attempts: int
    last_error: str | None
    created_at: str
    updated_at: str
    key: str | None
    revision: int
    locked_at: str | None
    locked_by: str | None
    flags: dict[str, bool] | None

    def payload_value(self) -> Any:
        """The payload as Python values; raises ValueError or RecursionError where Python cannot hold it."""
        return json.loads(self.payload)


class AddOutcome(StrEnum):
    """The outcome of an add."""

    NEW = "new"
    REPLACED = "replaced"
    SPLIT = "split"
    DEDUPLICATED = "deduplicated"


@dataclass(frozen=True, slots=True)
class AddedJob(Job):
    """The row that an add left, and its outcome.

    `new`; `replaced` (the waiting job with this key, same id); `deduplicated` (it was left as it is); `split`: the
    job `previous_id` with this key runs, lost the key, finishes its attempt and is not tried again. A new job may have
    a `previous_id` too: the job that had the key before, had used up its attempts and lost the key.

    The row is exact. The outcome is inferred from reads before and after the add: where another session adds, takes or
    finishes the job with the key in the microseconds between them, a split can be reported as `new`.
    """

    outcome: AddOutcome
    previous_id: int | None


@dataclass(frozen=True, slots=True)
class AddPlan:
    """The outcome that an add would have now, and the job that has the key (see AddedJob)."""

    outcome: AddOutcome
    previous_id: int | None


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A job to add. `run_at` is an aware datetime or RFC 3339 text; None means the database's default."""

    identifier: str
    payload: Any = field(default_factory=dict)
    queue: str | None = None
    run_at: datetime | str | None = None
    max_attempts: int | None = None
    key: str | None = None
    job_key_mode: JobKeyMode | str | None = None
    priority: int | None = None
    flags: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class JobResult:
    """The outcome of one id; `reason` is a sentence, None for done."""

    id: int
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class JobReport:
    """Results in the order given, one per distinct id, and the rows of the jobs that were done."""

    results: list[JobResult]
    jobs: list[Job]

    @property
    def done(self) -> int:
        """How many ids were done."""
        return sum(result.outcome is Outcome.DONE for result in self.results)


class RemoveOutcome(StrEnum):
    """The outcome of a removal by key."""

    REMOVED = "removed"
    KEY_RELEASED = "key_released"
    NOT_FOUND = "not_found"
    CHANGED = "changed"  # nothing was done: the job with the key is not the expected one, or would have another outcome


@dataclass(frozen=True, slots=True)
class RemoveReport:
    """The outcome and the row it concerned (None when no job had the key).

    `marked`: a running job that loses its key has a mark in the schema that it was given up. Without the mark, a
    recovery of dead workers that lowers attempts may run it again.
    """

    outcome: RemoveOutcome
    job: Job | None
    marked: bool = False


def job_of(row: asyncpg.Record) -> Job:
    """A Job from a row of the `columns` block."""
    return Job(**job_values(row))


def job_values(row: asyncpg.Record) -> dict[str, Any]:
    """The members of a Job from such a row."""
    values = {name: row[name] for name in Job.__dataclass_fields__}
    values["flags"] = None if row["flags"] is None else _flags(row["flags"])
    return values


def _flags(text: str) -> dict[str, bool] | None:
    """The flags; None where another program stored JSON that Python cannot read, so that the action still commits."""
    try:
        flags: dict[str, bool] | None = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return flags
