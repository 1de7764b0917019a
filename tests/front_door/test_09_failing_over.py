"""Case 9 and its kind: a failover, during which no server of the address is the one that is asked for.

The primary is gone, its standby is not promoted yet; or the address names the standby alone. Everything says so with 503 or
exit code 3, and is good again by itself after the promotion.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from graphile_worker.core.database.transactions import connect
from graphile_worker.worker_utils import WorkerUtils
from tests.cli.support import Program
from tests.hardening.servers import Server, memory_folder
from tests.server.listening import served

SECONDS = 40.0
READS = (
    "/api/jobs",
    "/api/overview",
    "/api/queues",
    "/api/workers",
    "/api/errors",
    "/api/jobs/count",
    "/api/openapi.json",
)
KINDS = {
    "read-write": "no server of the address is of the kind that target_session_attrs asks for",
    "primary": "no server of the address is of the kind that target_session_attrs asks for",
}


@dataclass
class Pair:
    """A primary server and its standby."""

    primary: Server
    standby: Server

    def address(self, *ports: int, kind: str) -> str:
        """One address with these ports, for this kind of server."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        return re.sub(r"@[^/]+/", f"@{hosts}/", self.primary.dsn()) + f"?target_session_attrs={kind}"


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Both started."""
    with memory_folder() as folder, Server(folder / "primary") as primary:
        assert isinstance(primary, Server)
        with primary.standby(folder / "standby") as standby:
            assert isinstance(standby, Server)
            yield Pair(primary, standby)


async def statuses(client: httpx.AsyncClient) -> dict[str, int]:
    """What every read answers, with a sentence where it is no success."""
    answers = {path: await client.get(path) for path in READS}
    for path, answer in answers.items():
        assert answer.status_code == 200 or (answer.json()["error"] and answer.json()["code"]), path
    return {path: answer.status_code for path, answer in answers.items()}


async def until_good(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """A write and every read are good, and nothing was a fault of ours before."""
    async with asyncio.timeout(SECONDS):
        while (added := await client.post("/api/jobs", json={"identifier": "t"}, headers=headers)).status_code != 200:
            assert (added.status_code, added.json()["code"]) in (
                (503, "database_unavailable"), (503, "database_read_only"), (503, "outcome_unknown"),
            ), added.text  # fmt: skip
            await asyncio.sleep(0.1)
    async with asyncio.timeout(SECONDS):
        while set((await statuses(client)).values()) != {200}:
            await asyncio.sleep(0.1)
    assert (await client.get("/readyz")).status_code == 200


async def check_away(client: httpx.AsyncClient) -> None:
    """503 wherever the database is needed, with a sentence; the probes as ever."""
    async with asyncio.timeout(SECONDS):
        while (await client.get("/readyz")).status_code == 200:
            await asyncio.sleep(0.1)
        # an answer that was shared before is given until it is too old
        while [path for path, status in (await statuses(client)).items() if status == 200] != ["/api/openapi.json"]:
            await asyncio.sleep(0.1)
    assert set((await statuses(client)).values()) == {200, 503}
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "unavailable"}
    assert "graphile_worker_up 0" in (await client.get("/metrics")).text
    assert (await client.get("/api/session")).json()["warnings"][0]["code"] == "database_unavailable"
    assert (await client.get("/")).status_code == 200


async def test_the_primary_is_gone_until_its_standby_is_promoted(pair: Pair) -> None:
    address = pair.address(pair.primary.port, pair.standby.port, kind="read-write")
    pool = await connect(address)
    await WorkerUtils(pool).migrate()
    async with served(WorkerUtils(pool)) as at, httpx.AsyncClient(base_url=at, timeout=30) as client:
        session = (await client.get("/api/session")).json()
        headers = {session["csrf_header"]: session["csrf_token"]}
        await until_good(client, headers)
        await asyncio.to_thread(pair.primary.halt)
        await check_away(client)
        ran = await asyncio.to_thread(Program(address), "stats")
        assert ran.code == 3 and "mistake of ours" not in ran.err
        await asyncio.to_thread(pair.standby.promote)
        await until_good(client, headers)
    assert (await asyncio.to_thread(Program(address), "stats")).code == 0
    pool.terminate()


@pytest.mark.parametrize("kind", KINDS)
async def test_only_a_standby_is_there(kind: str, pair: Pair) -> None:
    own = await connect(pair.primary.dsn())
    await WorkerUtils(own).migrate()
    own.terminate()
    address = pair.address(pair.standby.port, kind=kind)
    pool = await connect(address)
    async with served(WorkerUtils(pool)) as at, httpx.AsyncClient(base_url=at, timeout=30) as client:
        await check_away(client)
        body = (await client.get("/api/jobs")).json()
        assert body["error"] == KINDS[kind] and "failover" in body["hint"]
        ran = await asyncio.to_thread(Program(address), "stats")
        assert ran.code == 3 and ran.err.lower().startswith(f"error: {KINDS[kind]}")
        session = (await client.get("/api/session")).json()
        await asyncio.to_thread(pair.standby.promote)
        await until_good(client, {session["csrf_header"]: session["csrf_token"]})
    pool.terminate()


async def test_a_server_in_recovery_that_takes_no_connections_yet(pair: Pair) -> None:
    """57P03, with what the server says of itself, until the promotion."""
    own = await connect(pair.primary.dsn())
    await WorkerUtils(own).migrate()
    own.terminate()
    port = pair.standby.port
    await asyncio.to_thread(pair.standby.halt)
    with pair.standby.cold(port):
        address = pair.address(port, kind="any")
        pool = await connect(address)
        async with served(WorkerUtils(pool)) as at, httpx.AsyncClient(base_url=at, timeout=30) as client:
            await check_away(client)
            server = (await client.get("/api/jobs")).json()["server"]
            assert server["sqlstate"] == "57P03" and "database system" in server["message"]
            ran = await asyncio.to_thread(Program(address), "stats")
            assert ran.code == 3 and "(SQLSTATE 57P03)" in ran.err
            session = (await client.get("/api/session")).json()
            await asyncio.to_thread(pair.standby.promote)
            await until_good(client, {session["csrf_header"]: session["csrf_token"]})
        pool.terminate()
