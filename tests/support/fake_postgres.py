"""A peer that speaks as much of PostgreSQL's protocol as a login needs, for what no real server can be made to send."""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SSL_REQUEST, GSS_REQUEST = 80877103, 80877104


@dataclass
class FakePostgres:
    """Answers every startup message with `answer`, which may be changed; `asked` counts the connections."""

    answer: Answer
    asked: int = 0
    port: int = 0
    tls: ssl.SSLContext | None = None  # offered where it is there

    @property
    def dsn(self) -> str:
        """Its address."""
        return f"postgresql://someone:geheim99@127.0.0.1:{self.port}/somewhere"

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its startup message on."""
        self.asked += 1
        try:
            while True:
                (size, code) = struct.unpack("!ii", await reader.readexactly(8))
                if code not in (SSL_REQUEST, GSS_REQUEST):
                    break
                secured = code == SSL_REQUEST and self.tls is not None
                writer.write(b"S" if secured else b"N")
                if secured and self.tls is not None:
                    await writer.start_tls(self.tls)
            await reader.readexactly(size - 8)
            await self.answer(reader, writer)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def fake_postgres(answer: Answer) -> AsyncIterator[FakePostgres]:
    """One that listens on a free port until the block ends."""
    fake = FakePostgres(answer)
    server = await asyncio.start_server(fake.carry, "127.0.0.1")
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()


def error(sqlstate: str, message: str | bytes, severity: str = "FATAL", *, modern: bool = True) -> bytes:
    """An ErrorResponse; poolers send no unlocalised severity: `modern=False`."""
    text = message if isinstance(message, bytes) else message.encode()
    fields = b"S%b\0" % severity.encode() + (b"V%b\0" % severity.encode() if modern else b"")
    fields += b"C%b\0M%b\0\0" % (sqlstate.encode(), text)
    return b"E" + struct.pack("!i", len(fields) + 4) + fields


def saying(data: bytes) -> Answer:
    """Sends these bytes and hangs up."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return answer


def asking_for(kind: int, rest: bytes = b"") -> Answer:
    """Asks for a login of this kind (AuthenticationRequest; 7 is GSSAPI)."""
    return saying(b"R" + struct.pack("!ii", 8 + len(rest), kind) + rest)


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Accepts, and never says a word."""
    await reader.read()
