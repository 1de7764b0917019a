"""The server behind the page: it can be stopped, and started again at the same address."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminServerConfig, serve


class Server:
    """An admin on loopback; every start is a new one, as another process would be."""

    def __init__(self, utils: WorkerUtils, **options: Any) -> None:
        self.utils = utils
        self.options = options
        self.url = ""
        self._address = "127.0.0.1:0"
        self._running = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Server:
        """Serves until the end of the block."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, **changes: Any) -> None:
        """Serves, with other options than before if there are any."""
        self.options |= {"freshness": 0, **changes}
        config = AdminServerConfig(self.utils.database.pool, self.utils, listen_addr=self._address, **self.options)
        self.url = await self._running.enter_async_context(served(config))
        self._address = urlsplit(self.url).netloc

    async def stop(self) -> None:
        """Nobody answers any more."""
        await self._running.aclose()


@contextlib.asynccontextmanager
async def served(config: AdminServerConfig) -> AsyncIterator[str]:
    """The address of the admin, as long as the block lasts."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(config, on_ready=ready.set_result))
    waiting: set[asyncio.Future[Any]] = {serving, ready}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield ready.result() if ready.done() else await failed(serving)
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


async def failed(serving: asyncio.Task[None]) -> str:
    """Raises what kept the server from starting."""
    await serving
    raise AssertionError("the server ended before it was ready")
