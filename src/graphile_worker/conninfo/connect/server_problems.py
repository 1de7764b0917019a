"""Errors for a server that answers but cannot be used. The rest of the program treats them as connection errors."""

from __future__ import annotations

from graphile_worker.core.exceptions import DatabaseUnavailable

_KINDS = {
    "read-write": "takes writes",
    "read-only": "is read only",
    "primary": "is a primary server",
    "standby": "is a standby",
}

_CHECK = "Check host and port of the address."
_VERSION_SHOWN = 40  # characters
VERSION_HINT = "PostgreSQL's server_version begins with a number, as in 17.5. Check what answers at the address."


class ServerUnsuitable(ConnectionError):
    """A server answers but lacks a feature that the address requires. `hint` says what to do.

    `temporary`: another attempt may succeed without a change of the address or of the server's configuration.
    """

    def __init__(self, message: str, hint: str, *, temporary: bool = False) -> None:
        super().__init__(message)
        self.hint = hint
        self.temporary = temporary


class LoginRefused(ServerUnsuitable):
    """A server sends invalid messages during the login. The attempt is not repeated without TLS."""


def no_such_server(target: str) -> ServerUnsuitable:
    """No server matches target_session_attrs, as during a failover."""
    return ServerUnsuitable(
        "no server of the address is of the kind that target_session_attrs asks for",
        f"target_session_attrs={target} asks for one that {_KINDS[target]}. Where a failover is going on, try again in a moment.",
        temporary=True,
    )


def no_tls(mode: str) -> ServerUnsuitable:
    """The server does not support TLS."""
    return ServerUnsuitable(
        f"the server does not offer TLS, which sslmode={mode} asks for",
        "sslmode=prefer connects without TLS where there is none. Check host and port, too: another program may listen there.",
    )


def no_postgresql() -> LoginRefused:
    """PostgreSQL does not send a message of this kind at this point."""
    return LoginRefused("what answers there is no PostgreSQL server", _CHECK)


def wrong_order() -> LoginRefused:
    """The messages of a SCRAM login are in the wrong order, or one is truncated."""
    return LoginRefused("the server sends the messages of a login in an order that PostgreSQL does not know", _CHECK)


def too_large(size: int) -> LoginRefused:
    """The header of a message announces more bytes than a login needs."""
    return LoginRefused(f"the server announces a message of {size} bytes before the login is done", _CHECK)


def too_many_iterations(most: int) -> LoginRefused:
    """The SCRAM iterations would block the event loop for too long."""
    return LoginRefused(
        f"the server asks for more than {most:,} iterations of SCRAM",
        "Lower scram_iterations on the server and set the role's password again.",
    )


def no_session() -> LoginRefused:
    """An error in the format of PostgreSQL 7.3: the server could not start a process for the connection."""
    hint = "Its log says why: it may have no memory or no process left. Try again in a moment."
    return LoginRefused("the server refuses the connection before the login", hint, temporary=True)


def unknown_version(version: str) -> LoginRefused:
    """The version of the server contains no number."""
    return LoginRefused(f"the server's version cannot be read: {shown_version(version)}", VERSION_HINT)


def shown_version(version: str) -> str:
    """The beginning of the server's version text, on one line."""
    text = "".join(one if one.isprintable() else "?" for one in version)
    return f"{text[:_VERSION_SHOWN]}…" if len(text) > _VERSION_SHOWN else text or "it says none"


def no_direct_tls() -> ServerUnsuitable:
    """The server does not start with a TLS handshake."""
    return ServerUnsuitable(
        "the server does not begin with TLS (sslnegotiation=direct)", "PostgreSQL 17 and later can; leave it away."
    )


def no_gssapi(error: BaseException) -> DatabaseUnavailable:
    """The server requires a login method whose package is not installed."""
    ours = DatabaseUnavailable(
        "the server asks for a login by GSSAPI (Kerberos), which is not installed here",
        hint="Let pg_hba.conf ask this user for scram-sha-256, or install the driver's own support for GSSAPI.",
    )
    ours.detail = f"{type(error).__name__}: {error}"
    return ours
