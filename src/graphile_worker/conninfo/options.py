"""The resolved options of a connection: immutable, and without a secret in their repr."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from graphile_worker.conninfo.connect.hosts import Host
from graphile_worker.conninfo.connect.sockets import Keepalives
from graphile_worker.conninfo.connect.tls import Tls
from graphile_worker.conninfo.sources.passfile import find_password

if TYPE_CHECKING:
    import asyncpg

DEFAULT_TIMEOUT = 10.0  # seconds for each host


@dataclass(frozen=True)
class ConnectOptions:
    """Where to connect, and how. `resolve` makes it; `connect` opens a connection.

    Attributes:
        hosts: the servers in the order of the address.
        server_settings: settings that are sent at the start of a session.
        connect_timeout: seconds for each host; 0 is no limit; None if it is not set.
        notes: sentences for the user about ignored parameters and files.
    """

    user: str
    database: str
    hosts: tuple[Host, ...]
    notes: tuple[str, ...] = ()
    server_settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tls: Tls = field(default_factory=Tls)
    connect_timeout: float | None = None
    target_session_attrs: str = "any"
    random_order: bool = False
    keepalives: Keepalives = field(default_factory=Keepalives)
    kerberos_service: str = "postgres"
    gss_library: str = "gssapi"
    passfile: Path | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def password_for(self, host: Host) -> str:
        """The password for a server, possibly from the password file; empty if there is none."""
        if self.password:
            return self.password
        if self.passfile is None:
            return ""
        return find_password(self.passfile, host.password_name, host.port, self.database, self.user) or ""

    def named(self, application_name: str) -> ConnectOptions:
        """The same options with this application_name, if none is set."""
        settings = {"application_name": application_name, **self.server_settings}
        return replace(self, server_settings=MappingProxyType(settings))

    @property
    def secrets(self) -> frozenset[str]:
        """All passwords in use, for the redaction of texts."""
        passwords = {self.password_for(host) for host in self.hosts} | {self.tls.key_password}
        return frozenset(passwords - {""})

    async def connect(self, *, timeout: float = DEFAULT_TIMEOUT, **driver: Any) -> asyncpg.Connection[asyncpg.Record]:
        """A connection to the first server that accepts the login and matches target_session_attrs.

        Args:
            timeout: seconds for each host if the address has no connect_timeout.
            driver: further arguments of `asyncpg.connect`, for example `statement_cache_size`.

        Raises the errors of the driver, ServerUnsuitable, PermissionDenied if a password is required and none is set,
        and
        DatabaseUnavailable for a missing certificate and for a login method that the driver lacks.
        """
        from graphile_worker.conninfo.connect.open_connection import open_connection

        return await open_connection(self, timeout, driver)
