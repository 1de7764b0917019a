"""A steady load of reads and writes on a served admin, and what became of every write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.core.database.transactions import Pool
from tests.hardening.volume import volume

READS, WRITES = volume(10, 20), 5  # a second
PATHS = ("/api/jobs?limit=5", "/api/overview", "/readyz", "/api/tasks")


@dataclass
class Load:
    """Each write adds a job with its number as payload; `acknowledged`, `unknown` and `refused` hold the numbers."""

    client: httpx.AsyncClient
    headers: dict[str, str]
    acknowledged: dict[int, float] = field(default_factory=dict)  # with the moment of the answer
    unknown: dict[int, float] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    begun: dict[int, float] = field(default_factory=dict)
    reads: list[int] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def write(self, number: int) -> None:
        """One add and its answer."""
        self.begun[number] = time.monotonic()
        answer = await self.client.post("/api/jobs", json={"identifier": "t", "payload": number}, headers=self.headers)
        if answer.status_code == 200:
            self.acknowledged[number] = time.monotonic()
        elif answer.json()["code"] == "outcome_unknown":
            self.unknown[number] = time.monotonic()
            assert "retry-after" not in answer.headers
        else:
            assert answer.status_code in (503, 409), answer.text
            self.refused[number] = answer.json()["code"]

    async def read(self, path: str) -> None:
        """One read and its status."""
        self.reads.append((await self.client.get(path)).status_code)

    async def run(self) -> None:
        """Until it is cancelled; nothing waits for the answer before."""
        for tick in range(100_000):
            if tick % (READS // WRITES) == 0:
                self._start(self.write(tick))
            self._start(self.read(PATHS[tick % len(PATHS)]))
            await asyncio.sleep(1 / READS)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(work))

    async def good_after(self, moment: float, within: float) -> float:
        """Seconds from the moment until a write that was sent after it is acknowledged."""
        async with asyncio.timeout(within):
            while True:
                ends = [end for number, end in self.acknowledged.items() if self.begun[number] >= moment]
                if ends:
                    return min(ends) - moment
                await asyncio.sleep(0.02)

    async def reconcile(self, pool: Pool) -> None:
        """Every acknowledged write stands once, every refused one not at all, every unknown one at most once."""
        rows = await pool.fetch(
            "select payload::text as number, count(*) as n from graphile_worker._private_jobs group by 1"
        )
        found = {int(row["number"]): int(row["n"]) for row in rows}
        assert {number for number in self.acknowledged if found.get(number) != 1} == set(), "lost or doubled"
        assert {number for number in self.refused if number in found} == set(), "refused, but done"
        assert set(found.values()) <= {1} and set(found) <= set(self.acknowledged) | set(self.unknown)


@asynccontextmanager
async def load(address: str) -> AsyncIterator[Load]:
    """Runs until the block ends, then waits for every answer."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        token = (await client.get("/api/session")).json()["csrf_token"]
        running = Load(client, {CSRF_HEADER: token})
        task = asyncio.create_task(running.run())
        try:
            yield running
        finally:
            task.cancel()
            await asyncio.wait([task])
        await asyncio.gather(*running.tasks)  # an answer that must not be is raised here
