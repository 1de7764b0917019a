"""What a server sends while it lets us in is looked at before the driver gets it; where a socket is looked for."""

from __future__ import annotations

import asyncio
import re
import ssl
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import uvloop

from graphile_worker.conninfo import resolve
from graphile_worker.conninfo.connect import hosts
from graphile_worker.conninfo.connect.login_guard import ITERATIONS_MAX, MESSAGE_MAX
from graphile_worker.conninfo.connect.open_connection import Connection
from graphile_worker.conninfo.connect.server_problems import LoginRefused, ServerUnsuitable
from graphile_worker.core.database.connect_errors import at_connect, is_temporary
from graphile_worker.core.database.transactions import Database, connect
from graphile_worker.core.exceptions import DatabaseUnavailable
from tests.cli.support import Program
from tests.conninfo.servers import TlsServer
from tests.support.certificates import Certificates
from tests.support.fake_postgres import Answer, FakePostgres, asking_for, error, fake_postgres, saying

IN_GERMAN = "Passwort für »x« falsch".encode("latin-1")
ORDERS = {  # messages of a login by SCRAM out of their order
    "continued before it began": asking_for(11, b"r=x,s=YWJj,i=4096"),
    "ended before it began": asking_for(12, b"v=YWJj"),
}


def message(kind: bytes, body: bytes) -> bytes:
    """One message of the server."""
    return kind + struct.pack("!i", len(body) + 4) + body


def asks(code: int, rest: bytes = b"") -> bytes:
    """An AuthenticationRequest."""
    return message(b"R", struct.pack("!i", code) + rest)


def welcome(version: bytes = b"17.5") -> bytes:
    """A login that asks for nothing."""
    return asks(0) + message(b"S", b"server_version\0" + version + b"\0") + message(b"Z", b"I")


def scram(iterations: int, then: bytes = b"") -> Answer:
    """Asks for so many iterations."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(asks(10, b"SCRAM-SHA-256\0\0"))
        found = re.search(rb"r=([^,]+)", await reader.read(999))
        assert found is not None
        writer.write(asks(11, b"r=%bx,s=YWJj,i=%d" % (found[1], iterations)) + then)
        await reader.read()

    return answer


def announcing(size: int, kind: bytes = b"E") -> Answer:
    """Announces a message of this size, begins it, and keeps the connection."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(kind + struct.pack("!I", size) + b"x" * 100)
        await reader.read()

    return answer


@pytest.fixture
async def fake() -> AsyncIterator[FakePostgres]:
    """A server that says what a test makes it say."""
    async with fake_postgres(saying(b"")) as fake:
        yield fake


async def opened(address: str, home: Path, timeout: float = 5) -> Connection:
    """A connection, with nothing around the address."""
    return await resolve(address, {}, home=home).connect(timeout=timeout)


async def refusal(fake: FakePostgres, answer: Answer, home: Path) -> LoginRefused:
    """Why a login is refused: for good, and not a second time on the same address."""
    fake.answer = answer
    with pytest.raises(LoginRefused) as raised:
        await opened(fake.dsn, home)
    assert fake.asked == 1
    ours = at_connect(raised.value)
    ours.__cause__ = raised.value
    assert isinstance(ours, DatabaseUnavailable) and is_temporary(ours) is raised.value.temporary
    return raised.value


@pytest.mark.parametrize("name", ORDERS)
async def test_messages_out_of_order_do_not_kill_the_program(name: str, fake: FakePostgres) -> None:
    fake.answer = ORDERS[name]
    ran = await asyncio.to_thread(Program(fake.dsn), "stats")
    assert (ran.code, ran.out) == (3, "") and "in an order that PostgreSQL does not know" in ran.err, ran


@pytest.mark.parametrize(
    "sent",
    [
        asks(10, b"SCRAM-SHA-256\0\0") + asks(12, b"v=YWJj"),
        asks(10, b"SCRAM-SHA-256\0\0") * 2,
        asks(3) + asks(11, b"r=x,s=YWJj,i=4096"),
        message(b"R", b"\0\0"),
    ],
)
async def test_other_messages_out_of_order(sent: bytes, fake: FakePostgres, tmp_path: Path) -> None:
    assert "order" in str(await refusal(fake, saying(sent), tmp_path))


async def test_a_login_that_would_take_long(fake: FakePostgres, tmp_path: Path) -> None:
    for iterations in (ITERATIONS_MAX + 1, 10**4000):
        fake.asked = 0
        assert "iterations" in str(await refusal(fake, scram(iterations), tmp_path))


async def test_scram_goes_on_after_what_is_allowed(fake: FakePostgres, tmp_path: Path) -> None:
    fake.answer = scram(4096, error("28P01", IN_GERMAN))
    with pytest.raises(asyncpg.InvalidPasswordError):
        await opened(fake.dsn, tmp_path)


@pytest.mark.parametrize("kind", [b"E", b"R", b"N", b"v"])
async def test_a_message_of_any_size(kind: bytes, fake: FakePostgres, tmp_path: Path) -> None:
    for size in (MESSAGE_MAX + 1, 2**31 - 1, 2**32 - 1):
        fake.asked = 0
        assert f"a message of {size} bytes" in str(await refusal(fake, announcing(size, kind), tmp_path))


async def test_a_message_of_the_largest_size(fake: FakePostgres, tmp_path: Path) -> None:
    fake.answer = saying(error("28P01", b"x" * (MESSAGE_MAX - 40)))
    with pytest.raises(asyncpg.InvalidPasswordError):
        await opened(fake.dsn, tmp_path)


async def test_a_postmaster_that_cannot_start_a_process(fake: FakePostgres, tmp_path: Path) -> None:
    """PostgreSQL says so in the form of its second protocol, which has no size; it may pass."""
    said = saying(b"Ecould not fork new process for connection: Cannot allocate memory\n\0")
    found = await refusal(fake, said, tmp_path)
    assert found.temporary and "before the login" in str(found)


async def test_a_server_whose_messages_are_no_utf_8(fake: FakePostgres, tmp_path: Path) -> None:
    for before in (b"", error("01000", IN_GERMAN, "NOTICE").replace(b"E", b"N", 1)):
        for state, kind in (("28P01", asyncpg.InvalidPasswordError), ("3D000", asyncpg.InvalidCatalogNameError)):
            fake.answer = saying(before + error(state, IN_GERMAN))
            with pytest.raises(kind) as raised:
                await opened(fake.dsn, tmp_path)
            assert str(raised.value) == "Passwort f\ufffdr \ufffdx\ufffd falsch"


async def test_what_follows_an_error_is_not_read(fake: FakePostgres, tmp_path: Path) -> None:
    fake.answer = saying(error("28P01", b"no") + asks(11, b"r=x,s=YWJj,i=1") + b"rubbish" * 9)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await opened(fake.dsn, tmp_path)


async def test_a_version_that_is_none(fake: FakePostgres, tmp_path: Path, dsn: str) -> None:
    for version in (b"devel", b"\xff\n\x1b[m" + b"x" * 9999, b""):
        fake.asked = 0
        told = str(await refusal(fake, saying(welcome(version)), tmp_path))
        assert "version" in told and len(told) < 200 and told.isprintable()
    fake.answer = saying(welcome(b"devel"))
    for pool in (
        await connect(fake.dsn),
        await asyncpg.create_pool(fake.dsn, min_size=0),
    ):  # the second the application's own
        with pytest.raises(DatabaseUnavailable) as raised:
            await Database(pool).connections.acquire()
        assert "devel" in str(raised.value) and not is_temporary(raised.value)
        pool.terminate()


async def test_a_server_that_does_not_say_its_version(fake: FakePostgres, tmp_path: Path) -> None:
    assert "version" in str(await refusal(fake, saying(asks(0) + message(b"Z", b"I")), tmp_path))


@pytest.mark.parametrize(
    "sent", [b"SSH-2.0-OpenSSH_9.2\r\n", message(b"Z", b"I"), b"E\0\0\0\1", asks(0) + b"D\0\0\0\4"]
)
async def test_what_is_no_login(sent: bytes, fake: FakePostgres, tmp_path: Path) -> None:
    assert "no PostgreSQL server" in str(await refusal(fake, saying(sent), tmp_path))


async def test_a_message_in_pieces_and_what_comes_behind_the_login(fake: FakePostgres, tmp_path: Path) -> None:
    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in welcome():
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        await reader.read(1)

    async def at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            welcome() + message(b"S", b"a_setting\0with a value\0") + message(b"S", b"another\0" + b"x" * 9)[:-4]
        )
        await reader.read(1)

    for answer in (slowly, at_once):
        fake.answer = answer
        connection = await opened(fake.dsn, tmp_path)
        assert connection.get_server_version().major == 17
        assert answer is slowly or connection.get_settings().a_setting == "with a value"
        check_unguarded(connection)
        connection.terminate()


def check_unguarded(connection: Connection) -> None:
    """Nothing of the guard is left between the driver and its connection."""
    within: Any = connection
    assert within._transport.get_protocol() is within._protocol
    assert within._loop is asyncio.get_running_loop()


WAYS = ["", "sslmode=disable", "sslmode=allow", "sslmode=prefer&ssl_min_protocol_version=TLSv1.3", "sslmode=require"]


@pytest.mark.parametrize("extra", WAYS)
async def test_after_the_login_the_driver_is_alone(extra: str, tls: TlsServer, tmp_path: Path) -> None:
    """With asyncio's loop, and with the one of the command line."""
    address = f"{tls.server.dsn()}?{extra}"
    await used(address, tmp_path)
    await asyncio.to_thread(uvloop.run, used(address, tmp_path))


async def used(address: str, home: Path) -> None:
    """A connection that is used, and whose statement is cancelled."""
    connection = await opened(address, home)
    check_unguarded(connection)
    assert await connection.fetchval("select repeat('x', 1000000)") == "x" * 1_000_000
    with pytest.raises(TimeoutError):  # the driver cancels the statement on a connection of its own
        await connection.execute("select pg_sleep(9)", timeout=0.1)
    assert await connection.fetchval("select 1") == 1
    await connection.close()


async def test_connections_of_the_application_are_not_guarded(fake: FakePostgres, tmp_path: Path) -> None:
    """The driver itself is as it was, also while one of ours is being opened."""
    fake.answer = saying(error("28P01", IN_GERMAN))
    async with fake_postgres(announcing(1000)) as other:
        ours = asyncio.create_task(opened(other.dsn, tmp_path))
        while not other.asked:
            await asyncio.sleep(0)
        with pytest.raises(asyncpg.ConnectionDoesNotExistError):  # it reads no text but UTF-8
            await asyncpg.connect(fake.dsn)
        ours.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ours


@pytest.mark.parametrize("extra", ["", "sslmode=prefer&ssl_min_protocol_version=TLSv1.3", "sslmode=require"])
async def test_a_refusal_within_tls_is_not_tried_without_it(extra: str, fake: FakePostgres, tmp_path: Path) -> None:
    fake.tls = context(tmp_path)
    fake.answer = scram(ITERATIONS_MAX + 1)
    with pytest.raises(LoginRefused, match="iterations"):
        await opened(f"{fake.dsn}?{extra}", tmp_path)
    assert fake.asked == 1


async def test_direct_tls(fake: FakePostgres, tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await saying(welcome())(reader, writer)
        await reader.read(1)

    fake.answer = answer
    async with await asyncio.start_server(fake.carry, "127.0.0.1", 0, ssl=context(tmp_path)) as server:
        fake.port = server.sockets[0].getsockname()[1]
        address = f"{fake.dsn}?sslmode=require&sslnegotiation=direct"
        connection = await opened(address, tmp_path)
        check_unguarded(connection)
        connection.terminate()
        fake.answer = scram(ITERATIONS_MAX + 1)
        with pytest.raises(LoginRefused, match="iterations"):
            await opened(address, tmp_path)


def context(folder: Path) -> ssl.SSLContext:
    """A server's, for 127.0.0.1."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*Certificates(folder).pair())
    return made


@pytest.mark.parametrize("name", ["sockets", "a.s.PGSQL.5432"])
async def test_a_socket_folder_of_any_name(name: str, fake: FakePostgres, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    fake.answer = saying(error("28P01", IN_GERMAN))
    async with await asyncio.start_unix_server(fake.carry, folder / ".s.PGSQL.6543"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await opened(f"host={folder} port=6543 user=u password=geheim99", tmp_path)
        fake.answer = saying(welcome(b"devel"))
        with pytest.raises(ServerUnsuitable, match="devel"):
            await opened(f"host={folder} port=6543 user=u password=geheim99", tmp_path)


async def test_a_socket_beside_a_folder_is_not_taken(fake: FakePostgres, tmp_path: Path) -> None:
    """The driver takes every path with `.s.PGSQL.` in it for the socket itself."""
    async with await asyncio.start_unix_server(fake.carry, tmp_path / ".s.PGSQL.6543"):
        with pytest.raises(OSError):
            await opened(f"host={tmp_path}/.s.PGSQL.6543 port=6543 user=u password=geheim99", tmp_path)
    assert fake.asked == 0


def test_one_default_socket_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket in a further one is somebody else's, who would be told the password."""
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    monkeypatch.setattr(hosts, "SOCKET_FOLDERS", (str(first), str(second), str(third)))
    third.mkdir()
    assert hosts.parse_hosts({})[0].host == str(third)
    second.mkdir()
    (third / ".s.PGSQL.5432").touch()
    assert hosts.parse_hosts({})[0].host == str(second)
    first.write_text("no folder")
    assert hosts.parse_hosts({})[0].host == str(second)
