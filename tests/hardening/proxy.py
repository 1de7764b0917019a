"""A TCP proxy before PostgreSQL that fails in the ways a network does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["refuse", "black hole", "slow", "chunks"]
COMMIT = b"Q\x00\x00\x00\x0bcommit\x00"  # the simple query, as the driver sends it
SLOW_SECONDS = 0.2


class Proxy:
    """Carries connections to `target`, which may be changed; `fault` holds for all of them from now on.

    `cut` ends the connection that sends the next commit "after" it has been carried, or "before" it is, once.
    """

    def __init__(self, dsn: str) -> None:
        address = urlsplit(dsn)
        self._address = address
        self.target = str(address.hostname), int(address.port or 0)
        self.fault: Fault | None = None
        self.wake_seconds = 0.0  # that a new connection waits before anything is carried, as for a server that sleeps
        self.opened = 0  # connections that were asked for
        self.cut: Literal["after", "before"] | None = None
        self.skip = 0  # commits to carry before the cut
        self.commits = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def dsn(self) -> str:
        """The address of the same database through this proxy."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        user = self._address.netloc.rpartition("@")[0]
        return self._address._replace(netloc=f"{user}@127.0.0.1:{port}").geturl()

    async def start(self) -> None:
        """Listens on a free port."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1")

    async def stop(self) -> None:
        """Ends every connection."""
        assert self._server is not None
        self._server.close()
        self.reset()

    def reset(self) -> None:
        """Resets every open connection (RST)."""
        for writer in list(self._open):
            self._abort(writer)

    async def _carry(self, ours: asyncio.StreamReader, to_us: asyncio.StreamWriter) -> None:
        if self.fault == "refuse":
            self._abort(to_us)
            return
        self._open.add(to_us)
        self.opened += 1
        to_them: asyncio.StreamWriter | None = None
        try:
            await asyncio.sleep(self.wake_seconds)
            theirs, to_them = await asyncio.open_connection(*self.target)
            self._open.add(to_them)
            both = [asyncio.create_task(self._up(ours, to_them, to_us)), asyncio.create_task(self._copy(theirs, to_us))]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in both:
                task.cancel()
            await asyncio.wait(both)
        except (OSError, asyncio.CancelledError):  # cancelled: the loop ends, and asyncio would log it
            pass
        finally:
            for writer in (to_us, to_them):
                if writer is not None:
                    self._open.discard(writer)
                    writer.close()

    async def _up(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, back: asyncio.StreamWriter) -> None:
        """From us to the server, with an eye on the commits of transactions that write."""
        with contextlib.suppress(OSError):
            writes = False
            while data := await source.read(65536):
                writes = writes or b"read committed read write" in data
                if writes and COMMIT in data:
                    writes = False
                    self.commits += 1
                    cut = self._due()
                    if cut == "before":
                        self._abort(target)
                        self._abort(back)
                        return
                    if cut == "after":
                        self._open.discard(back)
                        self._abort(back)
                        target.write(data)  # it arrives, and its answer goes nowhere
                        await target.drain()
                        await asyncio.sleep(0.2)
                        return
                await self._pass(data, target)

    def _due(self) -> Literal["after", "before"] | None:
        """How this commit is to be cut."""
        if self.cut is None:
            return None
        if self.skip:
            self.skip -= 1
            return None
        cut, self.cut = self.cut, None
        return cut

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self._pass(data, target)

    async def _pass(self, data: bytes, target: asyncio.StreamWriter) -> None:
        while self.fault == "black hole":
            await asyncio.sleep(0.05)
        if self.fault == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        if self.fault == "chunks":
            for byte in data:
                target.write(bytes([byte]))
                await target.drain()
        else:
            target.write(data)
            await target.drain()

    def _abort(self, writer: asyncio.StreamWriter) -> None:
        self._open.discard(writer)
        sock = writer.get_extra_info("socket")
        with contextlib.suppress(OSError):
            if sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


@asynccontextmanager
async def proxied(dsn: str) -> AsyncIterator[Proxy]:
    """A proxy that is stopped at the end."""
    proxy = Proxy(dsn)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
