"""Responses about the present and the last hour: the data of events, and the activity.

No postponed annotations here: NotRequired must be evaluated when a class is created.
"""

from typing import Any, NotRequired, TypedDict

from graphile_worker.admin.api.redaction.redact import Redaction
from graphile_worker.admin.api.responses.errors import ServerMessage, server_output
from graphile_worker.admin.api.responses.overview import Rate
from graphile_worker.admin.api.responses.values import Stats, Time
from graphile_worker.core.exceptions import GraphileWorkerError


class HelloEvent(TypedDict):
    """Data of `event: hello`: whether `jobs` events can be expected. The first event, repeated when that changes."""

    listening: bool


class CountsEvent(TypedDict):
    """Data of `event: counts`: the counts of the overview, when they change, and at least every 15 seconds."""

    stats: Stats
    as_of: Time
    age_ms: int
    rate: NotRequired[Rate]


class JobsEvent(TypedDict):
    """Data of `event: jobs`: the number of jobs added in this database since the previous event of this kind."""

    added: int


class DatabaseError(TypedDict):
    """Why the database does not answer, as in the error responses."""

    error: str
    code: str
    hint: NotRequired[str]
    reason_code: NotRequired[str]
    server: NotRequired[ServerMessage]


class DatabaseEvent(TypedDict):
    """Data of `event: database`: the database does not answer any more (`error` has the reason), or answers again."""

    available: bool
    error: NotRequired[DatabaseError]


EVENTS: dict[str, Any] = {"hello": HelloEvent, "counts": CountsEvent, "jobs": JobsEvent, "database": DatabaseEvent}


def database_output(error: GraphileWorkerError | None, redaction: Redaction) -> DatabaseEvent:
    """The data of `event: database`; None where the database answers."""
    if error is None:
        return {"available": True}
    output: DatabaseError = {"error": error.message, "code": error.code}
    if error.hint is not None:
        output["hint"] = error.hint
    if error.reason_code is not None:
        output["reason_code"] = error.reason_code
    if (server := server_output(error, redaction)) is not None:
        output["server"] = server
    return {"available": False, "error": output}


class Rates(TypedDict):
    """Rows per minute since the previous point; null where the rate is not known."""

    added: float | None
    left: float | None


class ActivityPoint(Rates):
    """`added` and `left` are rows per minute since the previous point; null where the rate is not known."""

    at: Time
    ready: int
    failed: int
    oldest_ready_secs: float | None


class Activity(TypedDict):
    """At most the last hour, for the times at which counts were read; `note` explains what is counted."""

    points: list[ActivityPoint]
    as_of: Time
    age_ms: int
    note: str
