"""A served `graphile-worker admin` in a process of its own, which can be asked, measured and killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from tests.cli.support import PROGRAM, Program

PASSWORD = "correct horse battery"
APPLICATION = "graphile-worker%"  # the application names of our sessions
PATIENCE = 30.0


@dataclass
class AdminProcess:
    """The process and a client that is logged in."""

    process: asyncio.subprocess.Process
    address: str
    client: httpx.AsyncClient

    async def post(self, path: str, body: Any) -> httpx.Response:
        """A write with the CSRF token."""
        if CSRF_HEADER not in self.client.headers:
            session = await self.client.get("/api/session")
            self.client.headers[CSRF_HEADER] = session.json()["csrf_token"]
        return await self.client.post(path, json=body)

    async def end(self, number: signal.Signals) -> int:
        """Its exit code after a signal."""
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    @property
    def rss(self) -> float:
        """Resident memory in MB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise ProcessLookupError(self.process.pid)

    @property
    def descriptors(self) -> int:
        """How many files and sockets are open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


@contextlib.asynccontextmanager
async def admin_process(dsn: str, *options: str) -> AsyncIterator[AdminProcess]:
    """An admin behind HTTP Basic on a free port; killed at the end if it is still there."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, "admin", "--listen", "127.0.0.1:0", *options,
        env=Program(dsn).environment | {"GRAPHILE_WORKER_ADMIN_PASSWORD": PASSWORD},
        stdout=asyncio.subprocess.PIPE, stderr=sys.stderr,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
        address = line.strip().removeprefix("Graphile Worker admin UI: ")
        limits = httpx.Limits(max_connections=50)
        async with httpx.AsyncClient(
            base_url=address, auth=("admin", PASSWORD), timeout=PATIENCE, limits=limits
        ) as client:
            yield AdminProcess(process, address, client)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def transactions(dsn: str) -> list[dict[str, Any]]:
    """Open transactions of our sessions."""
    connection = await asyncpg.connect(dsn)
    try:
        query = """select pid, state, left(query, 60) as query, extract(epoch from now() - xact_start)::float8 as secs
            from pg_stat_activity where datname = current_database() and application_name like $1 and xact_start is not null"""
        return [dict(row) for row in await connection.fetch(query, APPLICATION)]
    finally:
        await connection.close()


async def until_no_transaction(dsn: str, within: float = 15.0) -> None:
    """Waits until none of our sessions has an open transaction: statements end at their time limits at the latest."""
    async with asyncio.timeout(within):
        while await transactions(dsn):
            await asyncio.sleep(0.1)
