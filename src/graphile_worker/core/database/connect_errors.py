"""Translates errors while connecting into the exceptions of this package. None of them is about a table, a value or a
trigger.

A login that was refused is PermissionDenied, an address that the driver cannot read InvalidInput, any other one
DatabaseUnavailable: the database may be available later. What the server sent is in `server`.
"""

from __future__ import annotations

import re
import ssl
import traceback
from typing import TypeAlias

import asyncpg

from graphile_worker.conninfo.connect.server_problems import VERSION_HINT, ServerUnsuitable, no_gssapi, shown_version
from graphile_worker.core import exceptions
from graphile_worker.core.database.driver_errors import (
    SESSION_CLASSES,
    SESSION_STATES,
    Answer,
    answered,
    server_message,
    unreachable,
)

_Refusal: TypeAlias = "asyncpg.PostgresError | asyncpg.PostgresWarning"
_LATER = "Try again in a moment."
_BY_STATE: dict[str, Answer] = {
    **SESSION_STATES,
    "42501": (
        exceptions.PermissionDenied,
        "the database refused to begin the session",
        "Have CONNECT on the database granted to the role, or take the setting that it may not set out of `options` or PGOPTIONS.",
    ),
    "53300": (
        exceptions.DatabaseUnavailable,
        "the database has no connection left",
        "Raise max_connections or the limit of the role or database, or wait.",
    ),
    "55000": (
        exceptions.DatabaseUnavailable,
        "the database accepts no connections",
        "Ask its owner for `alter database … allow_connections true`.",
    ),
    "57P03": (exceptions.DatabaseUnavailable, "the database is starting up or shutting down", _LATER),
}
_BY_CLASS: dict[str, Answer] = {
    **SESSION_CLASSES,
    "08": (exceptions.DatabaseUnavailable, "the pooler has no connection to the database", _LATER),
}
_ANY: Answer = (exceptions.DatabaseUnavailable, "the database refused the connection", "Check the address.")
_FULL: Answer = (
    exceptions.DatabaseUnavailable,
    "the pooler has no connection left",
    "Raise its limit (PgBouncer: max_client_conn), or wait.",
)
# PgBouncer uses 08P01 for all its errors, in English
_OF_POOLER = (("unsupported startup parameter", _ANY), ("no such ", _ANY), ("no more connections allowed", _FULL))


def at_connect(error: BaseException) -> exceptions.GraphileWorkerError:
    """The exception for any error while connecting, a new one at each call.

    A pool's own `connect`, `init` and `setup` may raise anything, an error of ours included.
    """
    if isinstance(error, exceptions.GraphileWorkerError):
        return _of_resolver(error)
    if isinstance(error, (asyncpg.PostgresError, asyncpg.PostgresWarning)):
        return _of_server(error)
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return exceptions.DatabaseUnavailable(
            "no server of the address is of the kind that target_session_attrs asks for",
            hint="Where a failover is going on, try again in a moment.",
        )
    if isinstance(error, ServerUnsuitable):
        return exceptions.DatabaseUnavailable(str(error), hint=error.hint)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error)
    if isinstance(error, (OSError, TimeoutError)):
        return unreachable(error)
    if isinstance(error, asyncpg.InterfaceError) and "pool is" in str(error):
        return exceptions.DatabaseUnavailable(f"the connection {error}")
    return _of_driver(error) if _raised_in(error, *_CONNECTING) else _setup_failed(error)


def is_temporary(error: exceptions.GraphileWorkerError) -> bool:
    """Whether a later attempt may succeed with the same address, after this error while connecting.

    False where the server refuses the login, where the database does not exist, where the certificate is not trusted,
    and where the driver does not support what the server requires.
    """
    cause = error.__cause__
    if isinstance(cause, ServerUnsuitable):
        return cause.temporary
    if isinstance(cause, (asyncpg.PostgresError, asyncpg.PostgresWarning)):
        return isinstance(error, exceptions.DatabaseUnavailable) and cause.sqlstate != "3D000"
    passing = isinstance(cause, (OSError, TimeoutError, asyncpg.TargetServerAttributeNotMatched))
    return passing and not isinstance(cause, ssl.SSLError)


def bad_address(error: Exception) -> exceptions.InvalidInput:
    """The error for the address of a pool that the application made, and that the driver cannot parse.

    The driver's text is not in it: it quotes what it takes for a port or a host, which may be a part of the password.
    """
    hint = "Write /, ?, #, @, [ and ] in user name and password as %2F, %3F, %23, %40, %5B and %5D."
    return exceptions.InvalidInput(
        "database-url", f"is refused by the database driver ({type(error).__name__})", hint=hint
    )


def _of_resolver(error: exceptions.GraphileWorkerError) -> exceptions.GraphileWorkerError:
    """A copy with the server's message, where that message made conninfo raise the error."""
    ours = exceptions.fresh(error)
    if ours.server is None and ours.__cause__ is not None:
        ours.server = server_message(ours.__cause__, connecting=True)
    return ours


def _of_server(error: _Refusal) -> exceptions.GraphileWorkerError:
    """The server refused the session, or a statement of the application's own `init` or `setup`."""
    connected = not _raised_in(error, *_CONNECTING)
    if not error.severity:
        ended = not connected or (error.sqlstate or "")[:2] in ("", "08")
        return unreachable(error) if ended else _setup_failed(error)
    if not connected or error.severity in _ENDS_SESSION or getattr(error, "severity_en", None) in _ENDS_SESSION:
        return _refused(error)
    ours = exceptions.DatabaseUnavailable(
        "the database refused a statement while the application prepared the connection", hint=_SETUP
    )
    ours.server = server_message(error)
    return ours


def _refused(error: _Refusal) -> exceptions.GraphileWorkerError:
    state = error.sqlstate or ""
    answer = _BY_STATE.get(state) or _BY_CLASS.get(state[:2]) or _ANY
    if state[:2] == "08":
        answer = next((one for words, one in _OF_POOLER if words in str(error)), answer)
    ours = answered(answer)
    ours.server = server_message(error, connecting=True)
    return ours


def _certificate(error: ssl.SSLCertVerificationError) -> exceptions.GraphileWorkerError:
    """OpenSSL's own sentence, except for sentences that name the host."""
    named = "host" in error.verify_message.lower() or "ip address" in error.verify_message.lower()
    reason = "it is for another host name" if named else error.verify_message
    ours = exceptions.DatabaseUnavailable(
        f"the server's certificate is not trusted: {reason}", hint="Check sslrootcert and the host of the address."
    )
    ours.detail = str(error)
    return ours


def _of_driver(error: BaseException) -> exceptions.GraphileWorkerError:
    """The driver cannot do or parse something, or the server does not speak PostgreSQL's protocol."""
    if isinstance(
        error, UnicodeDecodeError
    ):  # the server sent bytes that are not UTF-8 before the encoding was negotiated
        return exceptions.DatabaseUnavailable("the database refused the connection in an unknown encoding")
    if isinstance(error, ValueError) and _raised_in(error, "asyncpg.serverversion"):
        return exceptions.DatabaseUnavailable(f"the server's version cannot be read{_quoted(error)}", hint=VERSION_HINT)
    if isinstance(error, (ValueError, OverflowError)):
        return bad_address(error)
    text = str(error)
    if "gssapi" in text.lower():
        return no_gssapi(error)
    if "authentication" in text.lower():
        message, hint = "the server asks for a kind of login that the driver does not know", "See pg_hba.conf."
    else:
        message, hint = "the driver could not make a connection", "Check that the address leads to PostgreSQL."
    ours = exceptions.DatabaseUnavailable(message, hint=hint)
    ours.detail = f"{type(error).__name__}: {text}".strip() if isinstance(error, _OF_DRIVER) else type(error).__name__
    return ours


def _quoted(error: ValueError) -> str:
    """The version in the driver's text, or an empty text."""
    found = re.search('from "(.*)"$', str(error), re.DOTALL)
    return f": {shown_version(found[1])}" if found else ""


def _setup_failed(error: BaseException) -> exceptions.DatabaseUnavailable:
    """`connect`, `init` or `setup` of the application's pool raised an error; its text may contain secrets."""
    message = f"the application's own setup of connections failed ({type(error).__name__})"
    return exceptions.DatabaseUnavailable(message, hint=_SETUP)


def _raised_in(error: BaseException, *modules: str) -> bool:
    """Whether one of these modules was running when the error was raised."""
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_globals.get("__name__") in modules for frame, _ in frames)


_OF_DRIVER = (asyncpg.InterfaceError, asyncpg.InternalClientError)
_CONNECTING = (
    "asyncpg.connect_utils",
    "graphile_worker.conninfo.connect.open_connection",
)  # the address, the network, the login
_ENDS_SESSION = ("FATAL", "PANIC")
_SETUP = "See `connect`, `init` and `setup` of the application's pool."
