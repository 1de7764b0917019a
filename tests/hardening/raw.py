"""Requests as bytes, and what a server answers to them: nothing is corrected on the way, unlike with an HTTP client."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

QUIET_SECONDS = 0.4  # without a byte, after an answer: the server says nothing more
SILENT_SECONDS = 4.0  # without a byte, before an answer
END = b"\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """One conversation: what is sent, and the status of each answer that may come.

    `statuses` has a set for each answer in turn; 0 stands for a connection that is closed without one.
    """

    name: str
    sent: bytes
    statuses: tuple[frozenset[int], ...]
    half_closed: bool = False  # the client sends FIN and goes on reading
    body: bool = True  # False where the answer has a length and no body (HEAD)


@dataclass(frozen=True)
class Response:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)


def responses(received: bytes, *, body: bool = True) -> Iterator[Response]:
    """The answers in what a server sent. Raises ValueError for bytes that are none."""
    rest = received
    while rest:
        head, found, rest = rest.partition(END)
        version, _, line = head.partition(b"\r\n")[0].partition(b" ")
        if not found or not version.startswith(b"HTTP/1."):
            raise ValueError(f"no answer of HTTP/1: {(head + rest)[:200]!r}")
        status = int(line[:3])
        lines = [one.partition(b":") for one in head.split(b"\r\n")[1:]]
        headers = {name.decode().lower(): value.strip().decode("latin-1") for name, _, value in lines}
        content = b""
        if not body or status < 200 or status in (204, 304):
            pass
        elif "chunked" in headers.get("transfer-encoding", ""):
            content, rest = _chunked(rest)
        elif "content-length" in headers:
            length = int(headers["content-length"])
            content, rest = rest[:length], rest[length:]
        else:
            content, rest = rest, b""
        yield Response(status, headers, content)


def _chunked(rest: bytes) -> tuple[bytes, bytes]:
    content = b""
    while True:
        line, _, rest = rest.partition(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        content, rest = content + rest[:size], rest[size + 2 :]
        if size == 0:
            return content, rest


async def exchange(port: int, sent: bytes, *, half_closed: bool = False) -> bytes:
    """All that a server answers on a new connection until it closes it or stays silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        writer.write(sent)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        if half_closed:
            writer.write_eof()
        with contextlib.suppress(ConnectionError, TimeoutError):
            while True:
                async with asyncio.timeout(QUIET_SECONDS if received else SILENT_SECONDS):
                    part = await reader.read(65536)
                if not part:
                    break
                received += part
    finally:
        writer.transport.abort()
    return received


async def converse(port: int, case: Case) -> list[Response]:
    """The final answers to one case (without 100 Continue)."""
    received = await exchange(port, case.sent, half_closed=case.half_closed)
    return [one for one in responses(received, body=case.body) if one.status >= 200]
