"""A real `graphile-worker admin` process: its address, its memory, and raw sockets to it."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from tests.cli.support import PROGRAM, Program

SECRET = "correct horse battery"


@dataclass
class Admin:
    """One running admin."""

    process: subprocess.Popen[str]
    port: int
    errors: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> int:
        """Resident bytes."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def stop(self, number: int = signal.SIGTERM, within: float = 20) -> int:
        """Sends a signal and returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=within)


@contextmanager
def admin(
    dsn: str, *options: str, listen: str = "127.0.0.1:0", descriptors: int = 1024, **environment: str
) -> Iterator[Admin]:
    """An admin behind HTTP Basic (admin / SECRET), stopped at the end; its standard error is collected."""
    given = Program(dsn).environment | {"GRAPHILE_WORKER_ADMIN_PASSWORD": SECRET} | environment
    line = ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh", *PROGRAM, "admin", "--listen", listen, *options]
    with announced(line, given) as started:
        yield Admin(*started)


@contextmanager
def announced(
    line: Sequence[str], environment: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[str], int, list[str]]]:
    """The process of a line that starts an admin, its port, and its standard error so far. It is killed at the end."""
    process = subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    assert process.stdout is not None and process.stderr is not None
    errors: list[str] = []
    reading = threading.Thread(target=errors.extend, args=(process.stderr,), daemon=True)
    reading.start()
    try:
        found = re.search(r"http://[^ ]*:(\d+)", process.stdout.readline())
        assert found is not None, errors
        yield process, int(found[1]), errors
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=20)
        reading.join(timeout=5)
        process.stdout.close()
        process.stderr.close()


class Sockets:
    """Raw connections to one port, closed at the end of the block."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Sockets:
        return self

    async def __aexit__(self, *_: object) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def open(self, *parts: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that has sent these bytes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        for part in parts:
            writer.write(part)
        return reader, writer


async def answer(reader: asyncio.StreamReader, within: float = 20) -> bytes:
    """All that the server sends until it closes; what had come when it reset the connection."""
    received = bytearray()
    try:
        async with asyncio.timeout(within):
            while part := await reader.read(65536):
                received += part
    except (ConnectionResetError, BrokenPipeError):
        pass
    return bytes(received)
