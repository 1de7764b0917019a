"""Everything people and programs ask of an admin, at once and at a bounded rate."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from tests.hardening.admin_process import AdminProcess

PAUSE = 0.15  # seconds between two requests of one task
READS = (
    "/api/session", "/api/overview", "/api/jobs", "/api/jobs?payload=preview&sort=-id", "/api/jobs?sort=run_at",
    "/api/jobs?state=failed&limit=500", "/api/jobs/count?state=failed", "/api/jobs/1", "/api/queues", "/api/workers",
    "/api/tasks", "/api/errors", "/api/suggest?field=identifier&prefix=s", "/api/maintenance", "/api/activity", "/metrics",
    "/", "/?view=tasks", "/?job=1", "/healthz", "/readyz", "/api/jobs/export?format=csv", "/api/jobs/export?state=failed",
    "/api/openapi.json", "/api/jobs?search=nothing%20has%20this&partial=true", "/nowhere", "/api/jobs?limit=x",
)  # fmt: skip
ELSEWHERE = "127.0.0.9"  # whoever has the wrong password: their own tries slow down nobody else's


@dataclass
class Load:
    """Requests until it is stopped, and what they were answered."""

    answers: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    over: bool = False

    @property
    def told(self) -> str:
        """How many of each."""
        return ", ".join(f"{what} {count:,}" for what, count in sorted(self.answers.items()))

    def start(self, admin: AdminProcess) -> list[asyncio.Task[None]]:
        """A task for each kind of client."""
        kinds: list[Callable[[AdminProcess, random.Random], Awaitable[None]]] = [
            self.read, self.read, self.write, self.listen, self.leave, self.guess,
        ]  # fmt: skip
        return [asyncio.create_task(self._repeat(kind, admin, n)) for n, kind in enumerate(kinds)]

    async def stop(self, running: list[asyncio.Task[None]]) -> None:
        """No more requests."""
        self.over = True
        _, late = await asyncio.wait(running, timeout=10)
        for task in late:
            task.cancel()
        await asyncio.gather(*running)

    async def _repeat(
        self, kind: Callable[[AdminProcess, random.Random], Awaitable[None]], admin: AdminProcess, seed: int
    ) -> None:
        dice = random.Random(seed)
        while not self.over:
            try:
                await kind(admin, dice)
            except httpx.TransportError:
                if admin.process.returncode is not None:
                    return
                self.answers["cut"] += 1
            await asyncio.sleep(PAUSE * dice.uniform(0.5, 1.5))

    def took(self, answer: httpx.Response, *expected: int) -> None:
        """Counts an answer; 503 is an answer of a busy server."""
        self.answers[str(answer.status_code)] += 1
        if answer.status_code not in (*expected, 503):
            self.unexpected.append(f"{answer.request.url} {answer.status_code} {answer.text[:200]}")

    async def read(self, admin: AdminProcess, dice: random.Random) -> None:
        """Any of the reads, whole."""
        path = dice.choice(READS)
        self.took(
            await admin.client.get(path),
            200,
            404 if path in ("/nowhere", "/api/jobs/1") else 200,
            400 if "=x" in path else 200,
        )

    async def write(self, admin: AdminProcess, dice: random.Random) -> None:
        """Adds a keyed job, fails, retries and completes it, and a dry run of a bulk action."""
        added = await admin.post(
            "/api/jobs", {"identifier": "soak", "payload": {"n": dice.random()}, "key": f"k{dice.randint(0, 50)}"}
        )
        self.took(added, 200)
        if added.status_code != 200:
            return
        ids = [added.json()["jobs"][0]["id"]]
        for action in ("fail", "retry", "complete"):
            self.took(await admin.post("/api/jobs/action", {"action": action, "ids": ids}), 200)
        filter = {"state": "failed", "search": "says no"}
        self.took(await admin.post("/api/jobs/bulk", {"action": "retry", "filter": filter, "dry_run": True}), 200)

    async def listen(self, admin: AdminProcess, dice: random.Random) -> None:
        """An event stream for a moment."""
        async with admin.client.stream("GET", "/api/events") as answer:
            self.answers["streams"] += 1
            if answer.status_code not in (200, 503):
                self.unexpected.append(f"stream {answer.status_code}")
            lines = answer.aiter_lines()
            for _ in range(dice.randint(1, 4)):
                await anext(lines, "")

    async def leave(self, admin: AdminProcess, dice: random.Random) -> None:
        """Searches and exports whose client does not wait for the end."""
        path = dice.choice(
            ["/api/jobs?search=nothing%20has%20this", "/api/jobs/export", "/api/jobs/export?search=zzz", "/api/errors"]
        )
        try:
            async with asyncio.timeout(dice.uniform(0.001, 0.03)):
                await admin.client.get(path)
        except TimeoutError:
            self.answers["left"] += 1

    async def guess(self, admin: AdminProcess, dice: random.Random) -> None:
        """A wrong password."""
        transport = httpx.AsyncHTTPTransport(local_address=ELSEWHERE)
        async with httpx.AsyncClient(transport=transport, base_url=admin.address) as client:
            self.took(await client.get("/api/session", auth=("admin", f"wrong {dice.random()}")), 401, 429)
        await asyncio.sleep(1)
