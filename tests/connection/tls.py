"""A proxy that speaks PostgreSQL's TLS start. The wheel's server has no TLS.

With TLS it leads to one server, without to another: the server that answers shows whether a client used TLS.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading

REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"  # SSLRequest
GSS_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x30"
CHUNK = 65536


class TlsProxy:
    """Listens on a port of its own as long as the block runs, in a thread of its own."""

    def __init__(self, with_tls: int, without: int, pair: tuple[str, str]) -> None:
        self._targets = {True: with_tls, False: without}
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*pair)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> TlsProxy:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1"), self._loop
        ).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            await self._carry(reader, writer)
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(8)
        while first == GSS_REQUEST:
            writer.write(b"N")
            first = await reader.readexactly(8)
        tls = first == REQUEST
        if tls:
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(self._context)
        server, to_server = await asyncio.open_connection("127.0.0.1", self._targets[tls])
        to_server.write(b"" if tls else first)
        tasks = [asyncio.create_task(_copy(reader, to_server)), asyncio.create_task(_copy(server, writer))]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        to_server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
