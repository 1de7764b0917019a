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
   ├─ DatabaseReadOnly    a standby, or a read-only role
   ├─ QueryTimeout        the statement was ended at its time limit
   └─ Busy                a lock was not to be had in time
      └─ PoolBusy         nor a connection: nothing was begun
"""

from __future__ import annotations


class GraphileWorkerError(Exception):
    """Base of all errors; `code` is stable, `hint` says what to do."""

    code = "error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field: str | None = None


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
