"""The errors of the library.

GraphileWorkerError
├─ InvalidInput           a value of the caller breaks a rule; `field` names it
├─ NotFound               the named job, key or task does not exist
├─ Refused                a rule of the library or of the database forbids the action now
├─ JobNotScheduled        an add lost a race and may be repeated
├─ SchemaError
│  ├─ SchemaMissing       the schema or its tables do not exist; run migrate
│  └─ SchemaUnsupported   the schema is too old, incomplete, foreign or too new
├─ AccessError
│  ├─ PermissionDenied    the database role lacks a privilege
│  └─ RowSecurity         row-level security hides the rows from the role
└─ DatabaseError
   ├─ DatabaseUnavailable no connection could be opened, or it broke
   ├─ OutcomeUnknown      the connection broke during the commit
   ├─ DatabaseReadOnly    the server is a standby, or the session is read-only
   ├─ QueryTimeout        the statement reached its time limit
   └─ Busy                a lock was not available in time
      └─ PoolBusy         all connections of the pool were in use
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from graphile_worker.core.jobs import JobResult


@dataclass(frozen=True, slots=True)
class ServerMessage:
    """An error message of the database server, or of a pooler in front of it.

    `message` is the primary message in the language of the server, `hint` its HINT. `connecting` is true for an error
    of opening a connection. In an error of a statement, the message and the hint may quote values of a payload.
    """

    message: str
    sqlstate: str
    connecting: bool = False
    hint: str | None = None

    def __str__(self) -> str:
        """`too many connections (SQLSTATE 53300)`, with `; hint: Wait` where there is one."""
        hint = f"; hint: {self.hint.rstrip('.')}" if self.hint else ""
        return f"{self.message} (SQLSTATE {self.sqlstate}){hint}"


class GraphileWorkerError(Exception):
    """Base of all errors. `hint` says what to do. `server` is the message of the database server, or None. `reason_code`
    tells apart errors of one `code` for which a client has words of its own."""

    code = "error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field: str | None = None
        self.reason_code: str | None = None
        self.detail: str | None = None  # may name hosts and ports: for the command line, never for HTTP
        self.server: ServerMessage | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles an error without calling `__init__`, whose arguments differ from class to class."""
        return _blank, (type(self), self.args), vars(self).copy()


E = TypeVar("E", bound=GraphileWorkerError)


def _blank(kind: type[E], args: tuple[Any, ...]) -> E:
    """Makes an error without calling its `__init__`; `copy` and `pickle` then restore its attributes."""
    return kind.__new__(kind, *args)


def fresh(error: E) -> E:
    """A copy with the same cause and without a traceback, for an error that is raised to several callers."""
    one = copy.copy(error)
    one.__cause__ = error.__cause__
    return one


def reason_of(error: GraphileWorkerError) -> str:
    """The message followed by the message of the server, for the result of one job."""
    return error.message if error.server is None else f"{error.message}: {error.server}"


class InvalidInput(GraphileWorkerError):
    """A value breaks a rule, for example `InvalidInput("priority", "must be between 0 and 9")`."""

    code = "invalid_input"

    def __init__(self, field: str, rule: str, *, hint: str | None = None, reason_code: str | None = None) -> None:
        super().__init__(f"{field} {rule}", hint=hint)
        self.field = field
        self.reason_code = reason_code

    @classmethod
    def saying(cls, field: str, message: str, *, reason_code: str | None = None) -> InvalidInput:
        """An error with this message, which is not built from a field and a rule."""
        error = cls(field, "", reason_code=reason_code)
        error.message, error.args = message, (message,)
        return error


class NotFound(GraphileWorkerError):
    """The named job, key or task does not exist."""

    code = "not_found"


class Refused(GraphileWorkerError):
    """The request is valid, but a rule of the library or of the database forbids it now."""

    code = "refused"


class JobNotScheduled(GraphileWorkerError):
    """An add found no row to write after several attempts. Nothing was stored; the add may be repeated."""

    code = "job_not_scheduled"


class SchemaError(GraphileWorkerError):
    """The database has no schema that this library supports."""

    code = "schema_unsupported"


class SchemaMissing(SchemaError):
    """The schema or its tables do not exist."""

    code = "schema_missing"


class SchemaUnsupported(SchemaError):
    """The schema is too old, incomplete, made by another program, or too new."""


class AccessError(GraphileWorkerError):
    """The database role has no permission for this."""

    code = "permission_denied"


class PermissionDenied(AccessError):
    """The database role lacks a privilege."""


class RowSecurity(AccessError):
    """Row-level security hides the rows from this database role."""

    code = "row_security"


class DatabaseError(GraphileWorkerError):
    """The database did not answer, or answered with an error."""

    code = "database_error"


class DatabaseUnavailable(DatabaseError):
    """No connection could be opened, or it broke."""

    code = "database_unavailable"


class OutcomeUnknown(DatabaseError):
    """The connection broke after the commit was sent, so the change may or may not be done.

    `results` has an outcome for each id of an action on ids. `hint` says how to find out.
    """

    code = "outcome_unknown"
    CAUSE = "the connection to the database broke during the commit"

    def __init__(self, *, hint: str | None = "Look before you repeat it.", results: Sequence[JobResult] = ()) -> None:
        super().__init__(f"{self.CAUSE}: the change may or may not be done", hint=hint)
        self.results = results


class DatabaseReadOnly(DatabaseError):
    """The server is a standby, or the session is read-only."""

    code = "database_read_only"


class QueryTimeout(DatabaseError):
    """The statement reached its time limit."""

    code = "query_timeout"


class Busy(DatabaseError):
    """A lock was not available in time."""

    code = "busy"


class PoolBusy(Busy):
    """All connections of the pool were in use. Nothing was started."""


DATABASE_ERRORS = DatabaseError, SchemaError, AccessError  # end an action midway: results collected so far are kept
