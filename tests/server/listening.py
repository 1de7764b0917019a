"""Reads event streams of a served admin, as a browser does."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, serve


@asynccontextmanager
async def served(utils: WorkerUtils, **options: Any) -> AsyncIterator[str]:
    """An admin in mode none on a loopback port; it is stopped by cancelling it."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    given: dict[str, Any] = {"auth": AdminAuthConfig.none(), "freshness": 0.1} | options
    config = AdminServerConfig(utils.database.pool, utils, listen_addr="127.0.0.1:0", **given)
    task = asyncio.create_task(serve(config, on_ready=ready.set_result))
    try:
        yield await asyncio.wait_for(ready, 10)
    finally:
        task.cancel()
        await asyncio.wait([task])


class Ear:
    """One stream: its events, in order."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.pings = 0
        self._passed: list[tuple[str, Any]] = []  # over by a question for others
        self._lines = answer.aiter_lines()

    async def next(self, *names: str, within: float = 10) -> tuple[str, Any]:
        """The next event, of these names where any are given; ("end", None) at the end of the stream."""
        for place, passed in enumerate(self._passed):
            if not names or passed[0] in names:
                return self._passed.pop(place)
        async with asyncio.timeout(within):
            while True:
                name, data = await self._event()
                if name == "end" or not names or name in names:
                    return name, data
                self._passed.append((name, data))

    async def _event(self) -> tuple[str, Any]:
        name = ""
        async for line in self._lines:
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                return name, json.loads(value)
            elif not field and value == "ping":
                self.pings += 1
        return "end", None


@asynccontextmanager
async def listening(address: str, verify: ssl.SSLContext | bool = True, **more: Any) -> AsyncIterator[Ear]:
    """A stream of an admin's address."""
    async with httpx.AsyncClient(timeout=30, verify=verify) as client:
        async with client.stream("GET", f"{address}/api/events", **more) as answer:
            yield Ear(answer)
