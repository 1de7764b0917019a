"""An attempt to connect that fails leaves no open socket, whatever ended it and however long the server keeps its end."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest
import trustme
import uvloop

from graphile_worker.conninfo import resolve
from graphile_worker.conninfo.connect.server_problems import LoginRefused, ServerUnsuitable
from graphile_worker.core.exceptions import DatabaseUnavailable
from tests.conninfo.servers import TlsServer
from tests.support.certificates import Certificates
from tests.support.fake_postgres import FakePostgres, error

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux lists the sockets of a process")

WITHOUT_TLS = ("sslmode=disable", "sslmode=allow", "sslmode=prefer", "")
WITH_TLS = ("sslmode=require", "sslmode=verify-full&sslrootcert={root}")
DIRECT = "sslmode=require&sslnegotiation=direct"


def open_sockets(port: int) -> int:
    """How many sockets of this process are connected to this port of 127.0.0.1."""
    own = set()
    for entry in os.scandir("/proc/self/fd"):
        with suppress(OSError):
            own.add(os.readlink(entry.path))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[2].endswith(f":{port:04X}") and f"socket:[{row[9]}]" in own for row in rows)


ENDINGS: dict[str, tuple[bytes, type[BaseException]]] = {  # what the server sends, and the exception
    "wrong password": (error("28P01", "wrong password"), asyncpg.InvalidPasswordError),
    "no such database": (error("3D000", "no such database"), asyncpg.InvalidCatalogNameError),
    "server starts": (error("57P03", "the database system is starting up"), asyncpg.CannotConnectNowError),
    "no PostgreSQL": (b"SSH-2.0-OpenSSH_9.2\r\n", LoginRefused),
    "login by GSSAPI": (b"R\0\0\0\x08\0\0\0\x07", DatabaseUnavailable),
    "no answer": (b"", TimeoutError),
}


@dataclass
class Server:
    """Sends `data` to each client and keeps the connection until `released`; it does not answer a TLS shutdown."""

    data: bytes
    released: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    clients: int = 0

    async def answer(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        self.clients += 1
        writer.write(self.data)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        try:
            await self.released.wait()
        finally:
            writer.transport.abort()
            self.clients -= 1


@asynccontextmanager
async def server(data: bytes, folder: Path, extra: str) -> AsyncIterator[Server]:
    """A server that offers TLS if the parameters of the address need it."""
    certificates = Certificates(folder)
    certificates.authority.cert_pem.write_to_path(str(folder / "root.crt"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificates.pair())
    made = Server(data)
    fake = FakePostgres(made.answer, tls=tls if extra in WITH_TLS else None)
    async with await asyncio.start_server(fake.carry, "127.0.0.1", ssl=tls if extra == DIRECT else None) as listening:
        made.port = listening.sockets[0].getsockname()[1]
        try:
            yield made
        finally:
            made.released.set()
            while made.clients:
                await asyncio.sleep(0)
            await asyncio.sleep(0.01)  # for clients that never sent a startup message


async def attempt(port: int, extra: str, folder: Path, timeout: float = 5, host: str = "127.0.0.1") -> None:
    """Opens a connection."""
    address = f"postgresql://someone:geheim99@{host}:{port}/somewhere?{extra.format(root=folder / 'root.crt')}"
    await resolve(address, {}, home=folder / "home").connect(timeout=timeout)


async def on_both_loops(run: Callable[[], Coroutine[None, None, None]]) -> None:
    """On asyncio's event loop and on the one of the command line."""
    await run()
    await asyncio.to_thread(uvloop.run, run())


@pytest.mark.parametrize("extra", [*WITHOUT_TLS, *WITH_TLS, DIRECT])
@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_failed_login_leaves_no_socket(ending: str, extra: str, tmp_path: Path) -> None:
    data, raised = ENDINGS[ending]

    async def run() -> None:
        async with server(data, tmp_path, extra) as made:
            with pytest.raises(raised):
                await attempt(made.port, extra, tmp_path, 5 if data else 0.3)
            assert not open_sockets(made.port)

    await on_both_loops(run)


@pytest.mark.parametrize("extra", [WITHOUT_TLS[0], WITHOUT_TLS[-1], *WITH_TLS, DIRECT])
async def test_an_attempt_cancelled_at_any_iteration_of_the_loop_leaves_no_socket(extra: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with server(b"", tmp_path, extra) as made:
            for iterations in range(30):
                opening = asyncio.create_task(attempt(made.port, extra, tmp_path))
                for _ in range(iterations):
                    await asyncio.sleep(0)
                opening.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await opening
                assert not open_sockets(made.port), iterations

    await on_both_loops(run)


async def test_a_certificate_of_an_unknown_authority_leaves_no_socket(tmp_path: Path) -> None:
    other = tmp_path / "other.crt"
    trustme.CA().cert_pem.write_to_path(str(other))

    async def run() -> None:
        async with server(b"", tmp_path, WITH_TLS[0]) as made:
            with pytest.raises(ssl.SSLCertVerificationError):
                await attempt(made.port, f"sslmode=verify-full&sslrootcert={other}", tmp_path)
            assert not open_sockets(made.port)

    await on_both_loops(run)


async def test_a_connection_after_failed_attempts_is_the_only_socket(tls: TlsServer, tmp_path: Path) -> None:
    """The first host of the list refuses the login, and the second one refuses it over TLS."""
    data, _ = ENDINGS["server starts"]

    async def run() -> None:
        async with server(data, tmp_path, WITH_TLS[0]) as made:
            address = tls.address("plain_only", "sslmode=prefer&sslsni=0", host=f"127.0.0.1:{made.port},127.0.0.1")
            connection = await resolve(address, {}, home=tmp_path / "home").connect()
            assert (open_sockets(made.port), open_sockets(tls.server.port)) == (0, 1)
            await connection.close()

    await on_both_loops(run)


async def test_a_server_of_another_kind_leaves_no_socket(tls: TlsServer, tmp_path: Path) -> None:
    async def run() -> None:
        with pytest.raises(ServerUnsuitable, match="target_session_attrs"):
            await resolve(f"{tls.server.dsn()}?target_session_attrs=standby", {}, home=tmp_path).connect()
        assert not open_sockets(tls.server.port)

    await on_both_loops(run)
