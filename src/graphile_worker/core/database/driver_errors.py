"""Translates errors of the driver and of PostgreSQL into the exceptions of this package.

Their texts are not in a message or a hint. The driver's text is in `detail`, because it may name hosts and ports; the
server's is in `server`, because it may quote values.
"""

from __future__ import annotations

import os
import socket
import ssl
from typing import TypeAlias

import asyncpg

from graphile_worker._patterns import lazy_pattern
from graphile_worker.core import exceptions
from graphile_worker.core.secrets.redaction import redact

WORDS_MAX = 1_000  # characters of a server's message that are passed on
# The exceptions of the driver. It raises InternalClientError if the server has ended the session and the driver has not
# read the end of the stream yet, and PostgresWarning for an error of class 01 or 02, which a trigger may raise.
BROKEN = (
    asyncpg.PostgresError,
    asyncpg.PostgresWarning,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

_LENGTH_RULES = {
    "tasks_identifier_check": ("identifier", "must be at most 128 characters"),
    "job_queues_queue_name_check": ("queue", "must be at most 128 characters"),
    "jobs_key_check": ("key", "must be 1 to 512 characters"),
    "jobs_max_attempts_check": ("max_attempts", "must be between 1 and 32767"),
}


def translate(error: BaseException) -> exceptions.GraphileWorkerError:
    """The exception for an error of the driver."""
    if isinstance(error, asyncpg.InvalidCachedStatementError):  # the next attempt prepares the statement again
        return exceptions.Busy("the schema was changed since this statement was prepared", hint="Try again.")
    if isinstance(error, (asyncpg.PostgresError, asyncpg.PostgresWarning)):
        return _with_words(_translate_state(error, error.sqlstate or ""), error)
    if isinstance(error, asyncpg.InterfaceError) and not _GONE.search(str(error)):
        return exceptions.InvalidInput("value", f"is not accepted by the database driver: {error}")
    return unreachable(error)


def unreachable(error: BaseException) -> exceptions.DatabaseUnavailable:
    """No connection, for a reason of the network or of the driver."""
    ours = exceptions.DatabaseUnavailable(
        "the database could not be reached", hint=f"Check the address and that PostgreSQL runs ({_reason(error)})."
    )
    ours.detail, ours.reason_code = _where(error), "unreachable"
    return ours


def _where(error: BaseException) -> str | None:
    """What the driver's text contains besides `_reason`: the addresses that were tried, or a text that is not the name
    of an errno."""
    text = str(error).strip()
    tried = dict.fromkeys(f"{host} port {port}" for host, port in _TRIED.findall(text))
    if tried:
        return "tried " + ", ".join(tried)
    repeats = isinstance(error, socket.gaierror) or isinstance(error, OSError) and error.errno and not error.filename
    return None if repeats or not text else text


def server_message(error: BaseException, *, connecting: bool = False) -> exceptions.ServerMessage | None:
    """The primary message and the HINT of an ErrorResponse, each on one line, without passwords; None for errors that
    the driver made itself.

    DETAIL and CONTEXT are left out: they quote rows and statements.
    """
    if getattr(error, "severity", None) is None:
        return None
    state = getattr(error, "sqlstate", None) or "XX000"
    return exceptions.ServerMessage(_short(error, "message"), state, connecting, _short(error, "hint") or None)


def _short(error: BaseException, part: str) -> str:
    text = " ".join(redact(str(getattr(error, part, None) or "")).split())
    text = text.partition(_NOTE_OF_DRIVER)[0].rstrip()
    return text if len(text) <= WORDS_MAX else text[:WORDS_MAX] + "…"


def _with_words(ours: exceptions.GraphileWorkerError, error: BaseException) -> exceptions.GraphileWorkerError:
    if not isinstance(ours, exceptions.InvalidInput):  # its message names the violated rule
        ours.server = server_message(error)
    return ours


def at_begin(error: BaseException) -> exceptions.GraphileWorkerError:
    """As `translate`, for the start of a transaction, which names no object of a schema.

    A standby refuses a read-write one as not supported (0A000); a setting may be unknown to another version of
    PostgreSQL.
    """
    if getattr(error, "sqlstate", None) == "0A000":
        return _with_words(answered(_BY_STATE["25006"]), error)
    if getattr(error, "sqlstate", None) in _OF_SETTINGS:
        return _with_words(answered(_SETTING), error)
    return translate(error)


def in_read(error: BaseException) -> exceptions.GraphileWorkerError:
    """As `translate`, for a read-only transaction: only a standby ends one with 40001."""
    state = getattr(error, "sqlstate", None)
    if state in ("40001", "57014") and _raised_by_code(error):
        return translate(error)
    if state == "57014":
        return _with_words(answered(_SLOW_READ), error)
    if state == "40001":
        message = "the standby ended this read to apply a change of the primary server"
        return _with_words(exceptions.Busy(message, hint="Try again."), error)
    return translate(error)


def at_commit(error: BaseException) -> exceptions.GraphileWorkerError:
    """As `translate` where the server refused the commit; where it did not answer, the outcome is not known."""
    refused = getattr(error, "severity_en", None) == "ERROR" and not _ends_connection(error)
    unsent = isinstance(error, asyncpg.InterfaceError)
    return translate(error) if refused or unsent else exceptions.OutcomeUnknown()


def interrupted(error: exceptions.GraphileWorkerError) -> bool:
    """Whether the server ended a read that may succeed at once: a recovery conflict, a terminated backend, or a prepared
    statement whose columns have other types now."""
    cause = error.__cause__
    if isinstance(cause, asyncpg.InvalidCachedStatementError):
        return True
    if isinstance(cause, asyncpg.InterfaceError | asyncpg.InternalClientError):
        return (
            _ENDED.search(str(cause)) is not None
        )  # it ended between two statements, and the server's message is lost
    while cause is not None and getattr(cause, "sqlstate", None) not in _INTERRUPTED:
        cause = cause.__cause__  # the driver chains the last message of the server below "the connection was closed"
    return cause is not None


def _reason(error: BaseException) -> str:
    """Why there is no connection, without the host and port of the driver's text."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {getattr(error, 'reason', None) or type(error).__name__}"
    if isinstance(error, socket.gaierror):
        return "the host name is not known"
    if "rejected SSL upgrade" in str(error):
        return "the server does not offer TLS, which sslmode asks for"
    if "connection_lost" in str(error):
        return "the connection was closed before an answer"
    if isinstance(error, OSError):
        numbers = [error.errno] if error.errno else [int(number) for number in _ERRNO.findall(str(error))]
        return ", ".join(dict.fromkeys(os.strerror(number) for number in numbers)) or type(error).__name__
    return "the connection was closed"


def _ends_connection(error: BaseException) -> bool:
    return (getattr(error, "sqlstate", None) or "")[:2] == "08"


def _raised_by_code(error: BaseException) -> bool:
    """Whether a function or trigger raised this SQLSTATE itself. It then describes neither the server, nor the schema,
    nor the connection.

    An error of PL/pgSQL or PL/Python is recognized by the name of the C function that reported it. An error of another
    language is recognized by a severity of ERROR with a SQLSTATE that PostgreSQL itself only sends when a session ends
    or a login fails.
    """
    if getattr(error, "server_source_function", None) in _RAISING:
        return True
    state = getattr(error, "sqlstate", None) or ""
    return getattr(error, "severity_en", None) == "ERROR" and state[:2] in ("08", "28", "3D", "57") and state != "57014"


def _translate_state(error: _State, state: str) -> exceptions.GraphileWorkerError:
    if state[:2] == "08" and "statement pooling" in str(error):  # PgBouncer's messages are always in English
        return answered(_STATEMENT_MODE)
    if state == "GWNOR" and _UNSCHEDULED.match(str(error)):
        return exceptions.JobNotScheduled("the job was not scheduled", hint="Try again.")
    if _raised_by_code(error):
        return answered(_AGAIN if state in _REPEATABLE else _BY_STATE["P0001"])
    if state == "23514":
        name = getattr(error, "constraint_name", None) or ""
        if name in _LENGTH_RULES:
            return exceptions.InvalidInput(*_LENGTH_RULES[name])
        return exceptions.Refused(
            f"the database's rule {name} refuses this" if name else "a check of the database refuses this"
        )
    fixed = _BY_STATE.get(state) or _BY_CLASS.get(state[:2])
    if fixed is None and (error.context or state[:1] in _OWN) and state[:2] not in _OF_SERVER:
        fixed = _BY_STATE["P0001"]
    return (
        answered(fixed) if fixed else exceptions.DatabaseError(f"the database refused the statement (SQLSTATE {state})")
    )


def answered(answer: Answer) -> exceptions.GraphileWorkerError:
    """The exception for a row of the tables of answers."""
    kind, message, hint = answer
    return kind(message, hint=hint)


_State: TypeAlias = "asyncpg.PostgresError | asyncpg.PostgresWarning"
_GONE = lazy_pattern("is closing|closed|released back to the pool")
# In the last case the driver has read the server's error but not the end of the stream (it is in its state 2).
_ENDED = lazy_pattern(r"connection is closed|released back to the pool|another operation \(2\) is in progress")
_NOTE_OF_DRIVER = "NOTE: pgbouncer with pool_mode"  # the driver appends it to the hint of some errors
_TRIED = lazy_pattern(r"Connect call failed \('([^']+)', (\d+)")
_ERRNO = lazy_pattern(r"\[Errno (\d+)\]")
_INTERRUPTED = frozenset({"40001", "40P01", "57P01", "57P02", "57P04"})
# The C functions that report errors of RAISE and ASSERT in PL/pgSQL, and of plpy.error in PL/Python.
_RAISING = frozenset({"exec_stmt_raise", "exec_stmt_assert", "PLy_output"})
_REPEATABLE = frozenset({"40001", "40P01", "55P03"})
_UNSCHEDULED = lazy_pattern(r"only \d+ of \d+ jobs could be scheduled|the job could not be scheduled")  # functions.sql
_OF_SERVER = frozenset({"58", "XX"})  # a failing disk or a damaged row is not an error of the application's code
Answer: TypeAlias = "tuple[type[exceptions.GraphileWorkerError], str, str | None]"
_AGAIN: Answer = (exceptions.Busy, "a trigger or a function of the database wants this to be tried again", "Try again.")
_SLOW_READ: Answer = (
    exceptions.QueryTimeout,
    "the query was ended at its time limit",
    "Narrow the filter and try again.",
)
_STATEMENT_MODE: Answer = (
    exceptions.DatabaseUnavailable,
    "PgBouncer is in statement mode, in which no transaction can run",
    "Set pool_mode = transaction in PgBouncer, or connect to PostgreSQL itself.",
)
_OF_SETTINGS = frozenset(
    {"42704", "22023", "55P02"}
)  # unknown parameter, invalid value, parameter that cannot be changed now
_SETTING: Answer = (
    exceptions.DatabaseError,
    "the database refused a setting that each transaction of graphile-worker begins with",
    "Look for a version of graphile-worker that knows this version of PostgreSQL.",
)
# Errors at the start or the end of a session. Behind a pooler, which connects late, statements can fail with them too.
SESSION_STATES: dict[str, Answer] = {
    "28P01": (exceptions.PermissionDenied, "the database refused the password", "Check user and password."),
    "28000": (exceptions.PermissionDenied, "the database refused this user", "Check user, database and pg_hba.conf."),
    "3D000": (
        exceptions.DatabaseUnavailable,
        "the database does not exist",
        "Check the database's name in the address.",
    ),
}
SESSION_CLASSES: dict[str, Answer] = {
    "57": (exceptions.DatabaseUnavailable, "the database is shutting down or restarting", "Try again in a moment."),
    "53": (exceptions.DatabaseUnavailable, "the database is out of resources", "Try again in a moment."),
    "28": (exceptions.PermissionDenied, "the database refused the login", "Check user and password."),
}
_MIGRATE = "Run `graphile-worker migrate`, or check the schema name."
_BY_STATE: dict[str, Answer] = {
    "42P01": (exceptions.SchemaMissing, "the Graphile Worker tables are not in this schema", _MIGRATE),
    "3F000": (exceptions.SchemaMissing, "the schema does not exist", _MIGRATE),
    "42883": (
        exceptions.SchemaMissing,
        "a Graphile Worker function is missing in this schema, or a column has another type",
        _MIGRATE,
    ),
    "42703": (exceptions.SchemaUnsupported, "a column of the Graphile Worker tables is missing", _MIGRATE),
    "42704": (exceptions.SchemaMissing, "a Graphile Worker type is missing in this schema", _MIGRATE),
    "55000": (exceptions.Refused, "an object of the schema is not of the kind it should be", None),
    "P0001": (exceptions.Refused, "a trigger or a function of the database refuses this", None),
    "42501": (
        exceptions.PermissionDenied,
        "the database role has no right to do this",
        "Connect as the owner of the schema, or have the right granted.",
    ),
    **SESSION_STATES,
    "25006": (exceptions.DatabaseReadOnly, "the database is read only (a standby?)", "Connect to the primary server."),
    "57014": (
        exceptions.QueryTimeout,
        "the change was ended at its time limit",
        "Try again, with fewer jobs at once. If it takes as long for one, look at the triggers of the jobs.",
    ),
    "55P03": (exceptions.Busy, "somebody else holds a lock on this", "Try again in a moment."),
    "40001": (exceptions.Busy, "the database could not serialize this", "Try again."),
    "40P01": (exceptions.Busy, "the database ended a deadlock", "Try again."),
    "54000": (
        exceptions.Refused,
        "the answer is larger than the database can build",
        "Ask for fewer rows or payload=none.",
    ),
    "2200H": (
        exceptions.Refused,
        "an identity sequence of the schema is used up",
        "Migrate, then restart the sequence.",
    ),
    "21000": (exceptions.Refused, "the same key stands twice in one batch", None),
    "22021": (
        exceptions.Refused,
        "text in the database is not UTF-8, so it cannot be shown",
        "Its encoding is SQL_ASCII, which takes any bytes: correct the row, or ask for other rows.",
    ),
    "22P05": (
        exceptions.Refused,
        "the database cannot hold a character of this request",
        "A database with the encoding UTF8 holds every character but \\u0000.",
    ),
    "23502": (exceptions.Refused, "a value that must be given is missing", None),
    "53300": (exceptions.DatabaseUnavailable, "the database has no connection left", "Raise max_connections or wait."),
}
_OWN = frozenset(
    "IJKLMNOPQRSTUVWXYZ"
)  # the first characters of the classes that the SQL standard reserves for implementations
_BY_CLASS: dict[str, Answer] = {
    "23": (exceptions.Refused, "a constraint of the database refuses this (a foreign key on the jobs?)", None),
    "27": (exceptions.Refused, "a trigger or a function of the database refuses this", None),
    "22": (exceptions.Refused, "the database does not accept a value of this request", None),
    "08": (exceptions.DatabaseUnavailable, "the connection to the database broke", "Try again."),
    **SESSION_CLASSES,
}
