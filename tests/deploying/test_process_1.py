"""SIGTERM ends an admin that is process 1 within five seconds with exit code 0, whatever it is doing, and nothing is left.

Each state is reached for certain before the signal: a test waits for what shows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import argon2
import asyncpg
import httpx
import pytest

from tests.cli.test_start import AWAY
from tests.deploying.process_1 import SECONDS, Process1, process_1
from tests.hardening.process import SECRET
from tests.hardening.proxy import Proxy

BASIC = ("admin", SECRET)
COSTLY = argon2.PasswordHasher(
    time_cost=16, memory_cost=256 * 1024, parallelism=1
)  # the most that a users file may ask


async def raw(one: Process1, path: str, **headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that has asked."""
    reader, writer = await asyncio.open_connection("127.0.0.1", one.port, limit=2**16)
    given = httpx.Request("GET", one.url + path, headers=headers)
    next(httpx.BasicAuth(*BASIC).auth_flow(given))
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.headers.items())
    writer.write(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
    await writer.drain()
    return reader, writer


async def leave(writer: asyncio.StreamWriter) -> None:
    """As a client that is killed."""
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def at_rest(one: Process1, dsn: str, until: AsyncExitStack) -> None:
    """Nothing but connections that are kept open."""
    for _ in range(20):
        reader, writer = await raw(one, "/healthz")
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
        until.push_async_callback(leave, writer)


async def streaming(one: Process1, dsn: str, until: AsyncExitStack) -> None:
    """Event streams that have greeted."""
    for _ in range(20):
        reader, writer = await raw(one, "/api/events")
        await reader.readuntil(b"event: hello")
        until.push_async_callback(leave, writer)


async def exporting(one: Process1, dsn: str, until: AsyncExitStack) -> None:
    """A large export whose client has stopped to read."""
    connection = await asyncpg.connect(dsn)
    until.push_async_callback(connection.close)
    await connection.execute(
        "select graphile_worker.add_job('big', json_build_object('x', repeat(md5(n::text), 32000))) from generate_series(1, 40) n"
    )
    reader, writer = await raw(one, "/api/jobs/export")
    await reader.readuntil(b'"payload"')
    until.push_async_callback(leave, writer)


async def waiting_for_a_lock(one: Process1, dsn: str, until: AsyncExitStack) -> None:
    """Reads that the database lets wait."""
    connection = await asyncpg.connect(dsn)
    until.push_async_callback(connection.close)
    await connection.execute("begin; lock table graphile_worker._private_jobs in access exclusive mode")
    for path in ("/api/jobs", "/api/jobs/export", "/readyz"):
        _, writer = await raw(one, path)
        until.push_async_callback(leave, writer)
    async with asyncio.timeout(20):
        while not await connection.fetchval("select exists (select from pg_locks where not granted)"):
            await asyncio.sleep(0.05)


async def evaluating(one: Process1, dsn: str, until: AsyncExitStack) -> None:
    """Passwords of many sources, each as costly as may be, whose clients have left."""
    before = one.threads()
    for source in range(20):
        _, writer = await raw(one, "/api/session", **{"X-Forwarded-For": f"10.{source}.0.1"})
        until.push_async_callback(leave, writer)
    async with asyncio.timeout(20):
        while one.threads() == before:
            await asyncio.sleep(0.05)
    await until.aclose()


async def connecting(one: Process1, dsn: str, until: AsyncExitStack) -> None:
    """Requests that wait for a database which is away."""
    for _ in range(10):
        _, writer = await raw(one, "/api/jobs")
        until.push_async_callback(leave, writer)


State = Callable[[Process1, str, AsyncExitStack], Awaitable[None]]


async def ended(one: Process1, dsn: str, state: State, record: Callable[[str, object], None]) -> None:
    """It is brought into the state, and stopped."""
    async with AsyncExitStack() as until:
        await state(one, dsn, until)
        assert one.others() == []
        code, seconds = await asyncio.to_thread(one.stopped)
    record("figures", f"SIGTERM to process 1, {state.__name__}: {seconds:.1f} s")
    assert code == 0 and seconds < SECONDS, (code, seconds, one.errors)
    assert "Traceback" not in "".join(one.errors), one.errors


@pytest.mark.parametrize("state", [at_rest, streaming, exporting, waiting_for_a_lock])
async def test_it_ends_in_time(dsn: str, state: State, record_property: Callable[[str, object], None]) -> None:
    with process_1(dsn) as one:
        await ended(one, dsn, state, record_property)


@pytest.mark.long
async def test_it_ends_in_time_while_passwords_are_evaluated(
    dsn: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    users = tmp_path / "users"
    users.write_text(f"admin:admin:{COSTLY.hash('another password')}\n")
    users.chmod(0o600)
    with process_1(dsn, "--users", str(users), "--trusted-proxy", "127.0.0.1") as one:
        await ended(one, dsn, evaluating, record_property)


async def test_it_ends_in_time_while_the_database_is_away(record_property: Callable[[str, object], None]) -> None:
    """Refused, and taken by a server that says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for address in (AWAY, f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"):
            with process_1(address) as one:
                await ended(one, address, connecting, record_property)


async def test_it_ends_in_time_while_the_network_to_the_database_is_cut(
    dsn: str, record_property: Callable[[str, object], None]
) -> None:
    """Streams listen and requests wait on connections that carry nothing any more."""

    async def cut_off(one: Process1, dsn: str, until: AsyncExitStack) -> None:
        await streaming(one, dsn, until)
        proxy.fault = "black hole"
        await connecting(one, dsn, until)

    proxy = Proxy(dsn)
    await proxy.start()
    starting = process_1(proxy.dsn)
    one = await asyncio.to_thread(starting.__enter__)
    try:
        await ended(one, dsn, cut_off, record_property)
    finally:
        starting.__exit__(None, None, None)
        await proxy.stop()


async def test_it_ends_in_time_while_the_name_server_is_silent(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The address of the database is a name, and nobody answers what it means."""
    resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    resolver.bind(("127.0.53.1", 53))
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.53.1\noptions timeout:30 attempts:3\n")
    hidden = [
        "sh",
        "-c",
        'mount --bind "$0" "$(readlink -f /etc/resolv.conf)"; exec "$@"',
        str(tmp_path / "resolv.conf"),
    ]
    with resolver:
        away = "postgresql://nobody@database.example/nothing"
        with process_1(away, around=hidden) as one:
            assert resolver.recvfrom(512)[0].count(b"database")
            await ended(one, away, connecting, record_property)
