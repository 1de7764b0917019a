"""Types of values that several responses contain."""

from __future__ import annotations

from typing import Literal, TypedDict

Time = str  # RFC 3339 in UTC; PostgreSQL's own text for what has no such form, as `infinity`
Flags = dict[str, bool] | None
State = Literal["ready", "scheduled", "locked", "failed"]
Outcome = Literal["done", "not_found", "running", "busy", "changed", "used_up", "refused", "unknown"]


class Stats(TypedDict):
    """The number of jobs by state, as JSON of core.job_stats.JobStats; `blocked` of the ready ones are in a locked queue.

    `retrying` of the ready and scheduled ones have an error of their last attempt.
    """

    total: int
    ready: int
    scheduled: int
    locked: int
    failed: int
    blocked: int
    retrying: int
