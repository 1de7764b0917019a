"""A program that keeps exports and searches of the whole table going until it is stopped: `heavy_reads URL PASSWORD each|one`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections import Counter

import httpx

EXPORTS, SEARCHES = 6, 20
PATHS = ("/api/jobs/export",) * EXPORTS + tuple(f"/api/jobs?search=nothing{n}" for n in range(SEARCHES))


async def repeat(url: str, password: str, source: str, path: str, statuses: Counter[int]) -> None:
    """One client that asks again whenever its answer has ended."""
    transport = httpx.AsyncHTTPTransport(local_address=source)
    async with httpx.AsyncClient(transport=transport, base_url=url, auth=("admin", password), timeout=90) as client:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                async with client.stream("GET", path) as answer:
                    statuses[answer.status_code] += 1
                    async for _ in answer.aiter_raw():
                        pass
            await asyncio.sleep(0.05)


async def main(url: str, password: str, sources: str) -> None:
    """Prints the answers by their status when SIGTERM ends it."""
    statuses: Counter[int] = Counter()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    tasks = [
        asyncio.create_task(repeat(url, password, f"127.0.1.{n + 1 if sources == 'each' else 1}", path, statuses))
        for n, path in enumerate(PATHS)
    ]
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    print(json.dumps(statuses))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
