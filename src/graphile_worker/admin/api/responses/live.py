"""What happens now and what happened lately, as types; see jobs.py.

No postponed annotations here: NotRequired must be seen when a class is made.
"""

from typing import Any, TypedDict

from graphile_worker.admin.api.responses.jobs import Time
from graphile_worker.admin.api.responses.tables import Stats


class HelloEvent(TypedDict):
    """Data of `event: hello`: whether `jobs` events can be expected. The first event, and again when that changes."""

    listening: bool


class CountsEvent(TypedDict):
    """Data of `event: counts`: what the overview counts, when it changes, and every 15 seconds where it does not."""

    stats: Stats
    as_of: Time
    age_ms: int


class JobsEvent(TypedDict):
    """Data of `event: jobs`: how many jobs were added in this database, since the last such event."""

    added: int


EVENTS: dict[str, Any] = {"hello": HelloEvent, "counts": CountsEvent, "jobs": JobsEvent}


class ActivityPoint(TypedDict):
    """`added` and `left` are rows per minute since the point before; null where that cannot be known."""

    at: Time
    added: float | None
    left: float | None
    ready: int
    failed: int
    oldest_ready_secs: float | None


class Activity(TypedDict):
    """The last hour at most, as far as somebody looked; `note` says what is counted."""

    points: list[ActivityPoint]
    as_of: Time
    age_ms: int
    note: str
