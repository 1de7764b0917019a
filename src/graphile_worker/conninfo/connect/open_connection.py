"""Opens a connection: one server after the other, with explicit arguments for the driver."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import asyncpg

from graphile_worker.conninfo.connect import login_guard
from graphile_worker.conninfo.connect.hosts import Host
from graphile_worker.conninfo.connect.server_problems import (
    LoginRefused,
    no_direct_tls,
    no_gssapi,
    no_postgresql,
    no_such_server,
    no_tls,
)
from graphile_worker.conninfo.connect.target_session import fits
from graphile_worker.conninfo.connect.tls import Tls
from graphile_worker.core.exceptions import DatabaseUnavailable, InvalidInput, PermissionDenied

if TYPE_CHECKING:
    from graphile_worker.conninfo.options import ConnectOptions

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_OF_DRIVER = ("PGSSLCERT", "PGSSLKEY", "PGSSLMINPROTOCOLVERSION", "PGSSLMAXPROTOCOLVERSION")
CLOSE_SECONDS = 2.0
_LOGIN = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidPasswordError)


async def open_connection(options: ConnectOptions, timeout: float, driver: dict[str, Any]) -> Connection:
    """See ConnectOptions.connect."""
    try:
        if options.target_session_attrs != "prefer-standby":
            return await _first(options, options.target_session_attrs, timeout, driver)
        try:
            return await _first(options, "standby", timeout, driver)
        except (OSError, asyncpg.PostgresError):
            return await _first(options, "any", timeout, driver)
    except asyncpg.InvalidPasswordError as error:
        if any(options.password_for(host) for host in options.hosts):
            raise
        raise _no_password() from error


def _no_password() -> PermissionDenied:
    hint = "Give it in the address, in PGPASSWORD or in a password file."
    return PermissionDenied("the server asks for a password, and none was given", hint=hint)


async def _first(options: ConnectOptions, target: str, timeout: float, driver: dict[str, Any]) -> Connection:
    """The first server that matches. A server that refuses the login ends the search, as with libpq."""
    hosts = list(options.hosts)
    if options.random_order:
        random.shuffle(hosts)
    problem: BaseException | None = None
    unfit = False
    for host in hosts:
        try:
            connection = await _in_time(options, host, target, timeout, driver)
        except (asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError, OSError) as error:
            problem = error  # the next host may work
            continue
        if connection is not None:
            return connection
        unfit = True
    if problem is not None and not unfit:
        raise problem
    raise no_such_server(target) from problem


async def _in_time(
    options: ConnectOptions, host: Host, target: str, timeout: float, driver: dict[str, Any]
) -> Connection | None:
    """A connection; None if the server does not match target_session_attrs."""
    seconds = timeout if options.connect_timeout is None else options.connect_timeout
    async with asyncio.timeout(seconds if seconds > 0 else None):
        connection = await _with_sslmode(options, host, driver)
        try:
            _set_keepalives(options, connection)
            if await fits(connection, target):
                return connection
        except BaseException:
            connection.terminate()
            raise
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        await connection.close(timeout=CLOSE_SECONDS)
    return None


async def _with_sslmode(options: ConnectOptions, host: Host, driver: dict[str, Any]) -> Connection:
    """With sslmode=prefer, a failed attempt with TLS is followed by one without; with sslmode=allow, the reverse."""
    mode = "disable" if host.is_socket else options.tls.mode
    if mode == "disable":
        return await _try(options, host, None, driver)
    if options.tls == Tls() and host.address == host.host and not _driver_finds_files():
        return await _try(options, host, "prefer", driver)  # the same on one connection if the server has no TLS
    context = _context(options, host)
    if mode == "allow":
        try:
            return await _try(options, host, None, driver)
        except _LOGIN as error:
            return await _second(_try(options, host, context, driver), error)
    if mode == "prefer":
        try:
            return await _try(options, host, context, driver)
        except _LOGIN as error:
            return await _second(_try(options, host, None, driver), error)
        except (TimeoutError, ConnectionRefusedError, socket.gaierror, LoginRefused):
            raise
        except OSError:  # no TLS, or no common version
            return await _try(options, host, None, driver)
    return await _try(options, host, context, driver)


def _driver_finds_files() -> bool:
    """Whether the driver's own sslmode=prefer would use more than its defaults."""
    if any(name in os.environ for name in _OF_DRIVER):
        return True
    try:
        return Path("~/.postgresql/postgresql.crt").expanduser().exists()
    except (OSError, RuntimeError):
        return True


def _context(options: ConnectOptions, host: Host) -> ssl.SSLContext:
    try:
        return options.tls.context(host.host)
    except InvalidInput as error:  # the file existed when the address was resolved
        raise DatabaseUnavailable(error.message, hint=error.hint) from error


async def _second(attempt: Any, first: Exception) -> Connection:
    """The second attempt. If it fails too and the first error was a wrong password, that error is raised."""
    try:
        connection: Connection = await attempt
    except (*_LOGIN, OSError) as second:
        if isinstance(first, asyncpg.InvalidPasswordError) or isinstance(second, OSError):
            raise first from None
        raise
    return connection


async def _try(
    options: ConnectOptions, host: Host, context: ssl.SSLContext | Literal["prefer"] | None, driver: dict[str, Any]
) -> Connection:
    """All arguments are passed, because the driver reads missing ones from the environment. It searches TLS files
    itself
    only for `ssl="prefer"` (see _driver_finds_files)."""
    arguments: dict[str, Any] = {
        "host": host.address,
        "port": host.port,
        "user": options.user,
        "password": options.password_for(host),
        "database": options.database,
        "ssl": context or False,
        "direct_tls": context is not None and options.tls.direct,
        "server_settings": dict(options.server_settings),
        "target_session_attrs": "any",
        "krbsrvname": options.kerberos_service,
        "gsslib": options.gss_library,
        "timeout": None,  # _in_time limits the time
    }
    try:
        connection = await login_guard.connect(**arguments | driver)
    except LoginRefused:
        raise
    except OSError as error:
        explained = _explained(error, options, context)
        if explained is None:
            raise
        raise explained from error
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if "gssapi" not in str(error).lower():
            raise
        raise no_gssapi(error) from error
    return connection


def _explained(error: OSError, options: ConnectOptions, context: object) -> OSError | None:
    """The error message for a TLS failure; None for any other error."""
    if context is not None and "rejected SSL upgrade" in str(error):
        return no_postgresql() if context == "prefer" else no_tls(options.tls.mode)  # a plain "no" is accepted then
    verified = isinstance(error, ssl.SSLCertVerificationError)
    unreached = isinstance(error, (ConnectionRefusedError, TimeoutError, socket.gaierror))
    if context is not None and options.tls.direct and not verified and not unreached:
        return no_direct_tls()
    return None


def _set_keepalives(options: ConnectOptions, connection: Connection) -> None:
    transport = getattr(connection, "_transport", None)
    found = transport.get_extra_info("socket") if transport is not None else None
    if found is not None and found.family in (socket.AF_INET, socket.AF_INET6):
        with socket.fromfd(found.fileno(), found.family, found.type) as one:
            options.keepalives.apply(one)
