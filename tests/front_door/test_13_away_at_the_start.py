"""Case 13 and its kind: databases that are away when the admin starts, alone or beside others, and come back by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.cli.test_admin import admin, lines
from tests.hardening.proxy import Proxy, proxied
from tests.hardening.servers import Server, memory_folder
from tests.support.fake_postgres import Answer, error, fake_postgres, saying, silent

SECONDS = 40.0
Away = Callable[[Proxy], None]


def refused(proxy: Proxy) -> None:
    proxy.fault = "refuse"


def swallowed(proxy: Proxy) -> None:
    proxy.fault = "black hole"


def asleep(proxy: Proxy) -> None:
    proxy.wake_seconds = 20.0  # longer than the driver waits


def back(proxy: Proxy) -> None:
    proxy.fault, proxy.wake_seconds = None, 0.0


async def until(answers: Callable[[], Awaitable[bool]]) -> None:
    """Waits, without a restart of anything."""
    async with asyncio.timeout(SECONDS):
        while not await answers():
            await asyncio.sleep(0.1)


@asynccontextmanager
async def started(dsn: str, *options: str, **environment: str) -> AsyncIterator[tuple[httpx.AsyncClient, Any]]:
    """The program, and a client for it once it serves."""
    with ExitStack() as stack:
        process = stack.enter_context(admin(dsn, "--auth", "none", *options, **environment))
        first = await asyncio.to_thread(lines, process, 3)
        address = first[0].removeprefix("Graphile Worker admin UI: ")
        async with httpx.AsyncClient(base_url=address, timeout=30) as client:
            yield client, process


@pytest.mark.parametrize("away", [refused, swallowed, asleep], ids=lambda away: away.__name__)
async def test_a_second_database_is_there_when_it_is_back(away: Away, dsn: str) -> None:
    async with proxied(dsn) as proxy:
        away(proxy)
        both = f"up={dsn},down={proxy.dsn}"
        async with started("", GRAPHILE_WORKER_DATABASES=both) as (client, _):
            assert (await client.get("/api/jobs")).status_code == 200
            answer = await client.get("/api/jobs?db=down")
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert [one["database"] is None for one in (await client.get("/api/session")).json()["databases"]] == [
                False,
                True,
            ]
            back(proxy)

            async def good() -> bool:
                answer = await client.get("/api/jobs?db=down")
                assert answer.status_code in (200, 503)
                session = (await client.get("/api/session?db=down")).json()
                return answer.status_code == 200 and session["databases"][1]["database"] is not None

            await until(good)
            added = await client.post(
                "/api/jobs?db=down", json={"identifier": "t"},
                headers={"x-graphile-worker-admin-csrf": (await client.get("/api/session")).json()["csrf_token"]},
            )  # fmt: skip
            assert added.status_code == 200


@pytest.mark.parametrize("away", [refused, swallowed, asleep], ids=lambda away: away.__name__)
async def test_the_only_database(away: Away, dsn: str) -> None:
    """Served meanwhile; the probes say what they say of any database that is away; one line tells of the return."""
    async with proxied(dsn) as proxy:
        away(proxy)
        async with started(proxy.dsn) as (client, process):
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/readyz")).json() == {"status": "unavailable"}
            page = await client.get("/")
            assert page.status_code == 200 and "graphile" in page.text.lower()
            session = (await client.get("/api/session")).json()
            assert session["warnings"][0]["code"] == "database_unavailable"
            back(proxy)

            async def ready() -> bool:
                return (await client.get("/readyz")).status_code == 200

            await until(ready)
            noted = [await asyncio.to_thread(process.stderr.readline) for _ in range(2)]
        assert noted[0].startswith("Warning: The database could not be reached")
        assert noted[1] == "The database answers now.\n"


FAKE: dict[str, tuple[Answer, bool]] = {
    "starting up": (saying(error("57P03", "the database system is starting up")), True),
    "full": (saying(error("53300", "too many connections for role")), True),
    "shutting down": (saying(error("57P01", "terminating connection due to administrator command")), True),
    "closed": (saying(error("55000", "database is not currently accepting connections")), True),
    "a pooler": (saying(error("08P01", "pgbouncer cannot connect to server", modern=False)), True),
    "a provider": (saying(error("XX000", "Control plane request failed", modern=False)), True),
    "silent": (silent, True),
    "hangs up": (saying(b""), True),
    "password": (saying(error("28P01", "password authentication failed")), False),
    "user": (saying(error("28000", "no pg_hba.conf entry")), False),
    "no database": (saying(error("3D000", "database does not exist")), False),
    "no right": (saying(error("42501", "permission denied for database")), False),
}


@pytest.mark.parametrize("parameters", ["sslmode=require", "sslmode=require&sslnegotiation=direct"])
async def test_admin_ends_where_the_server_does_not_offer_the_tls_asked_for(parameters: str, dsn: str) -> None:
    with admin(f"{dsn}?{parameters}", "--auth", "none") as process:
        assert await asyncio.to_thread(process.wait, SECONDS) == 3
        assert process.stderr is not None
        assert process.stderr.read().startswith("Error: The server does not ")


@pytest.mark.parametrize("name", FAKE)
async def test_admin_starts_where_waiting_may_help_and_ends_where_it_does_not(name: str) -> None:
    answer, serves = FAKE[name]
    async with fake_postgres(answer) as fake:
        if serves:
            async with started(fake.dsn) as (client, process):
                assert (await client.get("/readyz")).status_code == 503
                noted = await asyncio.to_thread(process.stderr.readline)
            assert noted.startswith("Warning: ") and noted.endswith("The admin serves meanwhile and tries again.\n")
        else:
            with admin(fake.dsn, "--auth", "none") as process:
                assert await asyncio.to_thread(process.wait, SECONDS) == 3
                assert process.stderr is not None
                noted = process.stderr.read()
            assert noted.startswith("Error: ") and "The server's message: " in noted
    assert "geheim99" not in noted


async def test_a_server_that_is_started_later() -> None:
    """It was there when it was named, is away when the admin starts, and holds no schema yet."""
    with memory_folder() as folder, Server(folder / "late") as server:
        assert isinstance(server, Server)
        port = server.port
        await asyncio.to_thread(server.halt)
        async with started(server.dsn()) as (client, _):
            assert (await client.get("/readyz")).status_code == 503
            await asyncio.to_thread(server.start_again, port)

            async def there() -> bool:
                answer = await client.get("/api/jobs")
                assert answer.status_code == 503
                return bool(answer.json()["code"] == "schema_missing")

            await until(there)
