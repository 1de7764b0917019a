"""Every error this library raises on purpose.

GraphileWorkerError
├─ InvalidInput           a value given by the caller breaks a rule; names the field
├─ NotFound               what was named is not there
├─ Refused                a rule of ours or of the database forbids it now
├─ JobNotScheduled        an add was lost to a race and may be repeated
├─ SchemaError
│  ├─ SchemaMissing       the schema or its tables are not there: migrate
│  └─ SchemaUnsupported   too old, half made, foreign or newer than we know
├─ AccessError
│  ├─ PermissionDenied    the role lacks a right
│  └─ RowSecurity         the role has the rights, but row security hides the rows
└─ DatabaseError
   ├─ DatabaseUnavailable no connection to be had, or it broke
   ├─ OutcomeUnknown      the connection broke during the commit: done, or not
   ├─ DatabaseReadOnly    a standby, or a read-only role
   ├─ QueryTimeout        the statement was ended at its time limit
   └─ Busy                a lock was not to be had in time
      └─ PoolBusy         nor a connection: nothing was begun
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
    """What the server, or a pooler in its place, sent: its primary message, in its own language, the SQLSTATE, its
    HINT.

    `connecting` is false for what is about a statement: message and hint may quote values of a payload.
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
    """Base of all errors; `code` is stable, `hint` says what to do, `server` is what the server itself sent, if it
    did."""

    code = "error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field: str | None = None
        self.detail: str | None = None  # may name hosts and ports: for the command line, never for HTTP
        self.server: ServerMessage | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy needs no arguments of `__init__`, which differ from class to class."""
        return _blank, (type(self), self.args), vars(self).copy()


E = TypeVar("E", bound=GraphileWorkerError)


def _blank(kind: type[E], args: tuple[Any, ...]) -> E:
    """An error without attributes, for `copy` and `pickle`."""
    return kind.__new__(kind, *args)


def fresh(error: E) -> E:
    """A copy with the same cause and without a traceback, for an error that several callers get."""
    one = copy.copy(error)
    one.__cause__ = error.__cause__
    return one


def reason_of(error: GraphileWorkerError) -> str:
    """The message with what the server sent, for a result among others."""
    return error.message if error.server is None else f"{error.message}: {error.server}"


class InvalidInput(GraphileWorkerError):
    """A value breaks a rule: `InvalidInput("priority", "must be between 0 and 9")`."""

    code = "invalid_input"

    def __init__(self, field: str, rule: str, *, hint: str | None = None) -> None:
        super().__init__(f"{field} {rule}", hint=hint)
        self.field = field

    @classmethod
    def saying(cls, field: str, message: str) -> InvalidInput:
        """An error whose whole message is fixed by the contract."""
        error = cls(field, "")
        error.message, error.args = message, (message,)
        return error


class NotFound(GraphileWorkerError):
    """What was named does not exist."""

    code = "not_found"


class Refused(GraphileWorkerError):
    """The request is well formed, but a rule forbids it now."""

    code = "refused"


class JobNotScheduled(GraphileWorkerError):
    """An add found no row to write after several tries; nothing was stored."""

    code = "job_not_scheduled"


class SchemaError(GraphileWorkerError):
    """The database does not hold a schema we can work with."""

    code = "schema_unsupported"


class SchemaMissing(SchemaError):
    """The schema, or its tables, are not there."""

    code = "schema_missing"


class SchemaUnsupported(SchemaError):
    """The schema is too old, half made, foreign, or newer than we know."""


class AccessError(GraphileWorkerError):
    """The database role may not do this."""

    code = "permission_denied"


class PermissionDenied(AccessError):
    """The role lacks a right."""


class RowSecurity(AccessError):
    """Row security hides the rows from this role."""

    code = "row_security"


class DatabaseError(GraphileWorkerError):
    """The database could not answer."""

    code = "database_error"


class DatabaseUnavailable(DatabaseError):
    """No connection could be had, or it broke."""

    code = "database_unavailable"


class OutcomeUnknown(DatabaseError):
    """The connection broke after the commit was sent: the change may or may not be done.

    `results` has an outcome for each id where the change was asked for by id, `hint` says how to find out.
    """

    code = "outcome_unknown"
    CAUSE = "the connection to the database broke during the commit"

    def __init__(self, *, hint: str | None = "Look before you repeat it.", results: Sequence[JobResult] = ()) -> None:
        super().__init__(f"{self.CAUSE}: the change may or may not be done", hint=hint)
        self.results = results


class DatabaseReadOnly(DatabaseError):
    """The server is a standby or the session may only read."""

    code = "database_read_only"


class QueryTimeout(DatabaseError):
    """The statement was ended at its time limit."""

    code = "query_timeout"


class Busy(DatabaseError):
    """A lock was not to be had in time."""

    code = "busy"


class PoolBusy(Busy):
    """All connections of the pool were in use; nothing was begun."""


DATABASE_ERRORS = DatabaseError, SchemaError, AccessError  # end an action midway: results collected so far are kept
