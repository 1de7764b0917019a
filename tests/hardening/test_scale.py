"""Suite 8: a queue of a million jobs, ten thousand queues, five thousand workers, one payload of 20 MB, 500 hostile rows."""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import quote

import httpx

from graphile_worker import WorkerUtils
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.read import PageRequest
from graphile_worker.core.database.connection_queue import ACQUIRE_TIMEOUT
from graphile_worker.core.database.transactions import READ_TIMEOUT, WATCHDOG_GRACE
from tests.hardening.process import SECRET, Admin, admin
from tests.hardening.scale import HOSTILE_NAMES, HOSTILE_ROWS, JOBS, fill, sequential_scans
from tests.hardening.volume import volume

Record = Callable[[str, object], None]
MEGABYTE = 1 << 20
MEMORY_MAX = 150 * MEGABYTE
FIRST_PAGE = "/api/jobs?sort=-id&limit=100&payload=preview"  # what the page asks first
TABLES = ("_private_jobs", "_private_job_queues", "_private_workers")
SCREENS = (
    "/", "/?view=queues", "/?view=workers", "/?view=errors", "/?view=tasks", "/?view=maintenance",
    "/api/overview", "/api/queues?sort=-ready", "/api/workers", "/api/tasks", "/api/errors",
    "/api/maintenance", "/metrics", "/readyz",
)  # fmt: skip
LISTS = (
    FIRST_PAGE, "/api/jobs?limit=500", "/api/jobs?sort=-id&limit=500", "/api/jobs?sort=-id&limit=500&payload=text",
    "/api/jobs?state=failed", "/api/jobs?state=locked&sort=-id", "/api/jobs?sort=-id&limit=500&payload=none",
)  # fmt: skip
MISSES = ("/api/jobs?search=nothinglikeit", "/api/jobs?search=nothinglikeit&partial=true", "/api/jobs?search=%3Cimg")


async def test_a_large_queue_is_read_within_bounds(dsn: str, utils: WorkerUtils, record_property: Record) -> None:
    await fill(utils)
    for page in (PageRequest(sort="-id", payload="preview"), PageRequest(sort="-id"), PageRequest()):
        assert await sequential_scans(utils, JobFilter(), page) & set(TABLES) == set()
    with admin(dsn) as running:
        async with httpx.AsyncClient(base_url=running.url, auth=("admin", SECRET), timeout=60) as client:
            async with memory_of(running) as seen:
                await screens_answer(client)
                await hostile_rows_are_whole(client)
                longest = await searches_end_in_time(client)
                exported = await exported_lines(client)
                first_page = await seconds(client, FIRST_PAGE)
                counted = await seconds(client, "/api/overview")
            peak = max(seen)
        assert peak < MEMORY_MAX
        assert running.stop() == 0 and "Traceback" not in "".join(running.errors)
    assert exported == JOBS + 1 + len(HOSTILE_NAMES) + HOSTILE_ROWS
    record_property(
        "figures",
        f"{JOBS} jobs: first page p95 {first_page * 1000:.0f} ms, overview p95 {counted * 1000:.0f} ms, longest search "
        f"{longest:.1f} s, memory {peak // MEGABYTE} MB, {HOSTILE_ROWS} hostile rows whole, {exported} exported",
    )


@asynccontextmanager
async def memory_of(running: Admin) -> AsyncIterator[list[int]]:
    """The admin's memory, looked at twenty times a second while the block runs."""
    seen: list[int] = []

    async def watch() -> None:
        while True:
            seen.append(running.memory())
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def screens_answer(client: httpx.AsyncClient) -> None:
    """Every screen and list, whatever rows there are."""
    for path in (*SCREENS, *LISTS):
        answer = await client.get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
        if path.startswith("/api"):
            json.loads(answer.text, parse_int=str)


async def hostile_rows_are_whole(client: httpx.AsyncClient) -> None:
    """The newest page shows each hostile row, and each can be opened, filtered by its names and counted."""
    page = json.loads((await client.get("/api/jobs?sort=-id&limit=500")).text, parse_int=str)["jobs"]
    assert len(page) == HOSTILE_ROWS and {job["last_error"] for job in page} == set(HOSTILE_NAMES)
    for job in page[:: volume(25, 1)]:
        assert (await client.get(f"/api/jobs/{job['id']}")).status_code == 200, job["id"]
    for name in HOSTILE_NAMES:
        answer = await client.get(f"/api/jobs?queue={quote(name)}&limit=500")
        assert answer.status_code == 200, answer.text
        assert {job["queue_name"] for job in json.loads(answer.text, parse_int=str)["jobs"]} == {name}


async def searches_end_in_time(client: httpx.AsyncClient) -> float:
    """Searches that find nothing end with an answer, or are ended by the statement's time limit; the longest in seconds."""
    longest = 0.0
    for path in MISSES:
        begun = time.monotonic()
        answer = await client.get(path)
        longest = max(longest, time.monotonic() - begun)
        assert answer.status_code == 200 or answer.json()["code"] == "query_timeout", (path, answer.text[:300])
    assert longest < ACQUIRE_TIMEOUT + READ_TIMEOUT + WATCHDOG_GRACE
    return longest


async def exported_lines(client: httpx.AsyncClient) -> int:
    """Jobs of an export of everything, a line for each; where it was cut at its limit, it goes on with the cursor."""
    lines, cursor = 0, ""
    while True:
        last = b""
        async with client.stream("GET", f"/api/jobs/export?sort=-id{cursor}") as answer:
            assert answer.status_code == 200
            async for part in answer.aiter_bytes():
                lines += part.count(b"\n")
                last = (last + part)[-1000:]
        if not (cut := re.search(rb'\n\{"cut": true, "limit": \d+, "next": "([^"]+)"\}\n$', last)):
            return lines
        lines, cursor = lines - 1, f"&cursor={cut[1].decode()}"


async def seconds(client: httpx.AsyncClient, path: str) -> float:
    """The p95 of an answer, asked again and again."""
    times = []
    for _ in range(volume(20, 100)):
        begun = time.monotonic()
        assert (await client.get(path)).status_code == 200
        times.append(time.monotonic() - begun)
    return statistics.quantiles(times, n=20)[-1]
