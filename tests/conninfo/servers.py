"""A PostgreSQL with TLS, and roles that are let in only with it, only without it, or by GSSAPI."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from graphile_worker.demo.server import binaries
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from tests.support.certificates import Certificates

PASSWORD = "geHeim99x"
_RULES = """\
hostssl all tls_only 127.0.0.1/32 scram-sha-256
host all tls_only 127.0.0.1/32 reject
hostnossl all plain_only 127.0.0.1/32 scram-sha-256
host all plain_only 127.0.0.1/32 reject
hostssl all certified 127.0.0.1/32 cert
host all kerberos 127.0.0.1/32 gss
"""


@dataclass(frozen=True)
class TlsServer:
    """The server, its authority's certificate, and a certificate for the role `certified`."""

    server: EmbeddedPostgres
    folder: Path
    root: str
    certificate: str
    key: str

    def address(self, user: str, extra: str = "", *, host: str = "127.0.0.1") -> str:
        """An address of the database `postgres`."""
        return f"postgresql://{user}:{PASSWORD}@{host}:{self.server.port}/postgres?{extra}"


def _programs() -> Path:
    """The distribution's PostgreSQL: the one of the wheel is built without TLS."""
    servers = Path("/usr/lib/postgresql").glob("*/bin/postgres")  # of some versions only psql may be there
    return max((path.parent for path in servers), key=lambda path: int(path.parent.name))


@contextmanager
def tls_server() -> Iterator[TlsServer]:
    """Started, with certificates that name `localhost` and 127.0.0.1."""
    with tempfile.TemporaryDirectory(prefix="graphile-worker-tls-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        certificates = Certificates(folder)
        root = folder / "root.crt"
        certificates.authority.cert_pem.write_to_path(str(root))
        client = certificates.authority.issue_cert("certified.example", common_name="certified")
        (folder / "client.crt").write_bytes(client.cert_chain_pems[0].bytes())
        (folder / "client.key").write_bytes(client.private_key_pem.bytes())
        (folder / "client.key").chmod(0o600)
        server = EmbeddedPostgres(folder / "server", durable=False, programs=_programs())
        with server:
            for source, target in zip(certificates.pair(), ("server.crt", "server.key"), strict=True):
                shutil.copy(source, server.data / target)
            shutil.copy(root, server.data / "root.crt")
            for path in ("server.crt", "server.key", "root.crt"):
                binaries.give(server.data / path, server._owner)
                (server.data / path).chmod(0o600)
            rules = server.data / "pg_hba.conf"
            rules.write_text(_RULES + rules.read_text())
            yield TlsServer(server, folder, str(root), str(folder / "client.crt"), str(folder / "client.key"))


async def configure(server: TlsServer) -> None:
    """Turns TLS on and makes the roles."""
    async with connected(server.server.dsn()) as connection:
        for statement in ("alter system set ssl = on", "alter system set ssl_ca_file = 'root.crt'"):
            await connection.execute(statement)
        await connection.execute("select pg_reload_conf()")
        for role in ("tls_only", "plain_only", "certified", "kerberos"):
            await connection.execute(f"create role {role} login password '{PASSWORD}'")
    while True:  # the reload is not immediate
        async with connected(server.server.dsn()) as connection:
            if await connection.fetchval("show ssl") == "on":
                return


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection of the driver's own."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()
