"""Error responses, and the parts of them that other responses have as well.

No postponed annotations here: NotRequired must be evaluated when a class is created.
"""

from typing import TYPE_CHECKING, NotRequired, TypedDict

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.redaction.redact import Redaction
from graphile_worker.admin.api.responses.values import Outcome
from graphile_worker.core.exceptions import GraphileWorkerError

if TYPE_CHECKING:
    from graphile_worker.core.jobs import JobResult


class Result(TypedDict):
    """What an action did to one id."""

    id: int
    outcome: Outcome
    reason: str | None


class ServerMessage(TypedDict):
    """The message that PostgreSQL, or a pooler in its place, sent, in the language of the server."""

    message: str
    sqlstate: str
    hint: NotRequired[str]


class Error(TypedDict):
    """Every response that is not a success.

    `results` only where the outcome of an action is not known, `server` only where the database server sent an error.
    `reason_code` tells apart errors of one `code`: `unreachable`, `whole_number`, `nothing_to_change`.
    """

    error: str
    code: str
    request_id: str
    field: NotRequired[str]
    hint: NotRequired[str]
    reason_code: NotRequired[str]
    results: NotRequired[list[Result]]
    server: NotRequired[ServerMessage]


def result_output(result: "JobResult") -> Result:
    """One entry of `results`."""
    return {"id": result.id, "outcome": result.outcome.value, "reason": result.reason}


def server_output(error: GraphileWorkerError, redaction: Redaction) -> ServerMessage | None:
    """The server's message. With a redaction its text is hidden, because a message about a statement may quote values."""
    server = error.server
    if server is None:
        return None
    if redaction and not server.connecting:
        return {"message": vocabulary.HIDDEN, "sqlstate": server.sqlstate}
    output: ServerMessage = {"message": server.message, "sqlstate": server.sqlstate}
    return {**output, "hint": server.hint} if server.hint else output
