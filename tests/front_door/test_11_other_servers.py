"""Case 11: certificates, other programs at the address, real servers and poolers, and whatever else fails while connecting."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from graphile_worker.core.database.driver_errors import interrupted
from graphile_worker.core.database.transactions import Database
from graphile_worker.core.exceptions import DatabaseUnavailable, GraphileWorkerError, InvalidInput
from tests.cli.support import rows
from tests.front_door.messages import admin_on, check_told
from tests.hardening.servers import bouncer, memory_folder
from tests.support.certificates import Certificates
from tests.support.fake_postgres import FakePostgres

# name: the first and last day, the host of the certificate, words of ours
TLS = {
    "expired": ((-9, -1), "127.0.0.1", "certificate has expired"),
    "another host": ((-1, 9), "elsewhere.test", "it is for another host name"),
    "another address": ((-1, 9), "127.0.0.9", "it is for another host name"),
    "unknown": ((-1, 9), "127.0.0.1", "certificate is not trusted"),
    "none": (None, "", "does not offer TLS"),
}


@pytest.mark.parametrize("name", TLS)
async def test_certificates(name: str, fake: FakePostgres, gw: Callable[..., Any], tmp_path: Path) -> None:
    """Where TLS fails, the reason is told, over HTTP without the host."""
    days, host, words = TLS[name]
    ours, theirs = Certificates(tmp_path), Certificates(tmp_path)
    root = tmp_path / "root.crt"
    ours.authority.cert_pem.write_to_path(str(root))
    if days is not None:
        maker = theirs if name == "unknown" else ours
        fake.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        fake.tls.load_cert_chain(*maker.pair(starts=days[0], ends=days[1], names=[host]))
    dsn = fake.dsn + f"?sslmode=verify-full&sslrootcert={root}"
    ran = await gw(dsn, "stats")
    assert ran.code == 3 and words in ran.err, ran
    check_told(ran.err)
    async with admin_on(dsn) as client:
        body = (await client.get("/api/jobs")).json()
    told = f"{body['error']} {body['hint']}"
    assert body["code"] == "database_unavailable" and words in told and "127.0.0" not in told


# sslmode, what a program that is no PostgreSQL answers (None: it closes the connection), words of ours
STRANGERS = [
    ("prefer", b"HTTP/1.1 400 Bad Request\r\n\r\n", "no PostgreSQL server"),
    ("prefer", b"SSH-2.0-OpenSSH_9.2\r\n", "no PostgreSQL server"),
    ("require", b"HTTP/1.1 400 Bad Request\r\n\r\n", "another program may listen there"),
    ("disable", b"HTTP/1.1 400 Bad Request\r\n\r\n", "no PostgreSQL server"),
    ("prefer", None, "the connection was closed before an answer"),
    ("disable", None, "the connection was closed"),
]


@pytest.mark.parametrize(("mode", "answer", "words"), STRANGERS)
async def test_another_program_listens_there(
    mode: str, answer: bytes | None, words: str, gw: Callable[..., Any]
) -> None:
    async def stranger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer or b"")
        writer.close()

    async with await asyncio.start_server(stranger, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        ran = await gw(f"postgresql://u:geheim99@127.0.0.1:{port}/d?sslmode={mode}", "stats")
    assert ran.code == 3 and words in ran.err, ran
    check_told(ran.err)


async def test_real_servers(dsn: str, gw: Callable[..., Any]) -> None:
    """What PostgreSQL itself refuses: a limit, a database that is closed, a password, a database, a role that may not connect."""
    name, host = dsn.rpartition("/")[2].partition("?")[0], dsn.rpartition("@")[2].partition("/")[0]
    as_full = f"postgresql://full:geheim99@{host}/"
    await rows(dsn, "drop role if exists full")
    await rows(dsn, "create role full login password 'geheim99' connection limit 0")
    await rows(dsn, "create database closed_to_all")
    await rows(dsn, "alter database closed_to_all allow_connections false")
    await rows(dsn, f'revoke connect on database "{name}" from public')
    try:
        wanted = {
            as_full + "postgres": 'too many connections for role "full" (SQLSTATE 53300)',
            as_full + name: "SQLSTATE",
            as_full.replace("geheim99", "geheim98") + "postgres": "password authentication failed",
            dsn.rpartition("/")[0] + "/closed_to_all": "is not currently accepting connections (SQLSTATE 55000)",
            dsn.rpartition("/")[0] + "/not_there": 'database "not_there" does not exist (SQLSTATE 3D000)',
        }
        for address, words in wanted.items():
            ran = await gw(address, "stats")
            assert ran.code == 3 and words in ran.err, ran
            check_told(ran.err)
            async with admin_on(address) as client:
                answer = await client.get("/api/jobs")
            assert (
                answer.status_code in (403, 503)
                and words.partition(" (SQL")[0] in answer.json()["server"]["message"] + "SQLSTATE"
            )
    finally:
        await rows(dsn, "drop role full")
        await rows(dsn, "drop database closed_to_all")


async def test_a_real_pgbouncer(dsn: str, gw: Callable[..., Any]) -> None:
    """Whose server is away, and whose server refuses the password."""
    nowhere = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", dsn)
    refused = re.sub(r"postgres:[^@]+@", "postgres:geheim99@", dsn)
    with memory_folder() as folder:
        for place, words in ((nowhere, "query_wait_timeout"), (refused, "password authentication failed")):
            more = "query_wait_timeout = 1\n"
            with bouncer(place, folder / words, "transaction", more) as address:
                ran = await gw(address, "stats")
                assert ran.code == 3 and "The server's message: " in ran.err and words in ran.err, ran
                check_told(ran.err)
                async with admin_on(address) as client:
                    answer = await client.get("/api/jobs")
                assert answer.status_code in (403, 503)


async def test_an_error_of_ours_out_of_a_pool_s_own_connect_stays_what_it_is(dsn: str) -> None:
    """As where the address is resolved again for each connection; it is not its own cause."""

    async def refuse(*_: Any, **__: Any) -> Any:
        raise InvalidInput("database-url", "names a service that is not there")

    pool = await asyncpg.create_pool(dsn, min_size=0, connect=refuse)
    for _ in range(3):
        with pytest.raises(InvalidInput) as raised:
            await Database(pool).connections.acquire()
        assert raised.value.__cause__ is None and not interrupted(raised.value)
    pool.terminate()


async def test_whatever_the_driver_raises_while_connecting_is_an_error_of_ours(dsn: str) -> None:
    """Also what no driver should raise, and then nothing of its text, which may hold a password."""
    kinds = [
        asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.ClientConfigurationError, asyncpg.PostgresError,
        asyncpg.TargetServerAttributeNotMatched, asyncpg.ProtocolError, OSError, TimeoutError, ConnectionResetError,
        RuntimeError, KeyError, AttributeError, NotImplementedError, AssertionError,
    ]  # fmt: skip
    for kind in kinds:

        async def refuse(*_: Any, error: type[Exception] = kind, **__: Any) -> Any:
            raise error("geheim99")

        pool = await asyncpg.create_pool(dsn, min_size=0, connect=refuse)
        with pytest.raises(GraphileWorkerError) as raised:
            await Database(pool).connections.acquire()
        pool.terminate()
        assert isinstance(raised.value, (DatabaseUnavailable, InvalidInput)), kind
        assert raised.value.__cause__ is None or isinstance(raised.value.__cause__, kind)
        if kind in (RuntimeError, KeyError, AttributeError, NotImplementedError, AssertionError):
            assert "geheim99" not in f"{raised.value} {raised.value.hint} {raised.value.detail}"
