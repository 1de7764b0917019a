"""The servers that the addresses lead to: two with data of their own, a standby of the first, and a TLS proxy before them.

Every server says its name (`cluster_name`), so that an answer shows which one was reached.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg

from graphile_worker.core.schema import quoted_identifier, quoted_literal
from graphile_worker.demo.server import binaries, supervisor
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from tests.connection.tls import TlsProxy
from tests.support.certificates import Certificates

ME = pwd.getpwuid(os.geteuid()).pw_name  # libpq's default for the user, and so for the database
ODD = "o'dd \\u:s@r/é"  # a role whose name needs every kind of escape
# Roles whose passwords hold one character each that some reader of addresses takes for a mark.
MARKS = {f"role{n}": f"left{mark}right" for n, mark in enumerate("#/?@:[]&=+% '\"\\;,$é")}
MARKS |= {"percent": "p%ss", "twice": "100%25", "pair": "a[b]1", "ends": "end#", "begins": "/begin"}
PASSWORDS = {
    "app": "app-secret",
    "other": "other secret",
    "app@one": "azure-secret",
    ODD: "p@:/?#[]%&=+ '\"\\é北",
    ME: "my-secret",
    **MARKS,
}
DATABASES = ["app", "other", "a", "b", "with space", "per%cent", "q?u#e/s+t=", "ünï", ME]


class Servers:
    """The servers that run, and what stands for them in the text of a case: `<one>` is the port of the first server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificates = Certificates(folder)
        self.places: dict[str, str] = {"<me>": ME}

    def filled(self, text: str) -> str:
        """A text of a case with the ports and paths of this run."""
        for name, place in self.places.items():
            text = text.replace(name, place)
        return text

    def server(self, name: str, stack: ExitStack) -> EmbeddedPostgres:
        """Starts a server, whose data may be there already."""
        sockets = self.folder / f"sockets {name}"
        sockets.mkdir()
        binaries.give(sockets, binaries.server_user())
        settings = {
            "cluster_name": name,
            "unix_socket_directories": f'"{sockets}"',
            "listen_addresses": "127.0.0.1,::1",
        }
        server = stack.enter_context(EmbeddedPostgres(self.folder / name, durable=False, settings=settings))
        self.places |= {
            f"<{name}>": str(server.port), f"<{name}-dir>": str(sockets), f"<{name}-dir%>": quote(str(sockets), safe=""),
        }  # fmt: skip
        return server


@contextmanager
def started(folder: Path) -> Iterator[Servers]:
    """All servers with their roles and databases, ended with the block."""
    folder.chmod(0o711)  # run as root, the servers are another user that must walk through here
    servers = Servers(folder)
    servers.places |= {
        **_authority(folder, "ca", servers.certificates),
        **_authority(folder, "other-ca", Certificates(folder)),
    }
    with ExitStack() as stack:
        one, two = servers.server("one", stack), servers.server("two", stack)
        for server in (one, two):
            _fill(server)
        _base_backup(one, folder / "standby")
        servers.server("standby", stack)
        proxy = stack.enter_context(TlsProxy(one.port, two.port, servers.certificates.pair()))
        dead = stack.enter_context(socket.socket())  # bound and not listening: refuses, and no other takes it
        dead.bind(("127.0.0.1", 0))
        servers.places |= {"<tls>": str(proxy.port), "<dead>": str(dead.getsockname()[1])}
        yield servers


def _authority(folder: Path, name: str, certificates: Certificates) -> dict[str, str]:
    """Where an authority's certificate is, and its text."""
    file = folder / f"{name}.crt"
    certificates.authority.cert_pem.write_to_path(str(file))
    return {f"<{name}>": str(file), f"<{name}%>": quote(str(file), safe=""), f"<{name}-text>": file.read_text()}


def _fill(server: EmbeddedPostgres) -> None:
    statements = [
        *(f"create role {quoted_identifier(role)} login password {quoted_literal(word)}" for role, word in PASSWORDS.items()),
        *(f"create database {quoted_identifier(name)}" for name in DATABASES),
    ]  # fmt: skip

    async def run() -> None:
        connection = await asyncpg.connect(server.dsn())
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


def _base_backup(server: EmbeddedPostgres, folder: Path) -> None:
    """The folder of a standby of `server`, ready to start."""
    owner = binaries.server_user()
    folder.mkdir(mode=0o700)
    binaries.give(folder, owner)
    (folder / "password").write_text(server.password)
    program = binaries.folder(owner, copy_to=folder.parent) / "pg_basebackup"
    command = [str(program), "-D", str(folder / "data"), "-R", "-c", "fast", "--no-sync", "-d", server.dsn("")]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, **supervisor.as_user(*owner))
