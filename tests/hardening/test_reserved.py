"""Probes, the session and the first page are answered while others keep six exports and twenty searches of the whole table going."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.server.page.document import WAIT
from tests.hardening.heavy_reads import EXPORTS, SEARCHES
from tests.hardening.process import SECRET, Admin, admin
from tests.hardening.scale import JOBS, fill_jobs
from tests.hardening.volume import FULL, volume

Record = Callable[[str, object], None]
PEOPLE = ("/healthz", "/readyz", "/api/session", "/")
ROUNDS = volume(10, 100)


@pytest.mark.variants(1)
@pytest.mark.parametrize("sources", ["one", "each"])
async def test_people_are_answered_beside_exports_and_searches(
    dsn: str, utils: WorkerUtils, record_property: Record, sources: str
) -> None:
    """The heavy reads come from `one` source, or `each` from a source of its own: then the page may be sent without its rows."""
    await fill_jobs(utils, JOBS, 100)
    with admin(dsn) as running:
        assert httpx.get(f"{running.url}/readyz").status_code == 200
        statuses: Counter[str] = Counter()
        async with heavy_reads(running, sources, statuses):
            seconds = await people(running)
        assert running.stop() == 0 and "Traceback" not in "".join(running.errors)
    assert statuses["200"] > 0
    p95 = {path: statistics.quantiles(times, n=20)[-1] for path, times in seconds.items()}
    if FULL:
        page = p95["/"] if sources == "one" else p95["/"] - WAIT
        assert max(page, *(p95[path] for path in PEOPLE if path != "/")) < 0.3, p95
    reads = f"{EXPORTS} exports and {SEARCHES} searches of {JOBS} jobs, {sources} source ({dict(statuses)})"
    record_property("figures", f"{reads}: p95 {', '.join(f'{path} {s * 1000:.0f} ms' for path, s in p95.items())}")


@asynccontextmanager
async def heavy_reads(running: Admin, sources: str, statuses: Counter[str]) -> AsyncIterator[None]:
    """Exports and searches by another process while the block runs; `statuses` counts their answers at its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.hardening.heavy_reads",
        running.url,
        SECRET,
        sources,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await asyncio.sleep(3)
        yield
    finally:
        process.terminate()
        counted, _ = await process.communicate()
        statuses.update(json.loads(counted))


async def people(running: Admin) -> dict[str, list[float]]:
    """The seconds of each request by its path; each must be answered 200."""
    seconds: dict[str, list[float]] = {path: [] for path in PEOPLE}
    async with httpx.AsyncClient(base_url=running.url, auth=("admin", SECRET), timeout=30) as client:
        for _ in range(ROUNDS):
            for path in PEOPLE:
                begun = time.perf_counter()
                found = await client.get(path)
                seconds[path].append(time.perf_counter() - begun)
                assert found.status_code == 200, (path, found.text[:200])
                await asyncio.sleep(0.05)
    return seconds
