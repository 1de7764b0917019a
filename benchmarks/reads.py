"""Measurements of single reads of which nothing is shared, beside the reference: every request is for another job, page or task.

`python -m benchmarks.reads [JOBS]` prints the medians and their ratios. GRAPHILE_WORKER_REFERENCE is the program of the reference.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.run import fill
from benchmarks.servers import ALONE, Server
from graphile_worker.demo.server.embedded import EmbeddedPostgres

TURNS = 60  # requests of one kind to each server
WARM = 12  # requests before the first counted one: PostgreSQL chooses a plan after five
MakePath = Callable[[random.Random, int], str]
PATHS: dict[str, MakePath] = {
    "one job": lambda dice, jobs: f"/api/jobs/{dice.randrange(1, jobs)}",
    "first page": lambda dice, jobs: f"/api/jobs?state=all&limit={dice.randrange(95, 106)}",
    "failed page": lambda dice, jobs: f"/api/jobs?state=failed&limit={dice.randrange(95, 106)}",
    "one task": lambda dice, jobs: f"/api/jobs?identifier=task_{dice.randrange(1, 20)}&limit={dice.randrange(95, 106)}",
    "one queue": lambda dice, jobs: f"/api/jobs?queue=queue_{dice.randrange(1, 90)}&limit=100",
}


class Client:
    """One connection that is kept. It costs less than a client library, which would be a part of every time."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._socket.makefile("rb")
        self._host = f"{host}:{port}"

    def milliseconds(self, path: str) -> float:
        """The time from a request to the end of its answer. Raises RuntimeError for a status other than 200."""
        started = time.perf_counter()
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nhost: {self._host}\r\naccept: application/json\r\n\r\n".encode())
        status = self._lines.readline()
        headers = dict(line.lower().split(b": ", 1) for line in iter(self._lines.readline, b"\r\n"))
        if b"content-length" in headers:
            self._lines.read(int(headers[b"content-length"]))
        else:
            while size := int(self._lines.readline(), 16):
                self._lines.read(size + 2)
            self._lines.readline()
        spent = (time.perf_counter() - started) * 1000
        if b" 200 " not in status:
            raise RuntimeError(f"{path}: {status.decode('latin-1').strip()}")
        return spent


def measured(servers: dict[str, Server], jobs: int, turns: int) -> dict[str, dict[str, list[float]]]:
    """Milliseconds by kind of read and server; the servers take turns with the same requests."""
    clients = {name: Client(server.url) for name, server in servers.items()}
    dice = random.Random(7)  # noqa: S311
    times: dict[str, dict[str, list[float]]] = {what: {name: [] for name in servers} for what in PATHS}
    for turn in range(WARM + turns):
        for what, path in PATHS.items():
            asked = path(dice, jobs)
            for name, client in clients.items():
                spent = client.milliseconds(asked)
                if turn >= WARM:
                    times[what][name].append(spent)
    return times


def main() -> None:
    """Fills a database and prints the table."""
    jobs = int(sys.argv[1]) if sys.argv[1:] else 1_000_000
    reference = shutil.which(os.environ.get("GRAPHILE_WORKER_REFERENCE", "graphile-worker"))
    commands = {"ours": ALONE} | ({"reference": [reference, "admin"]} if reference else {})
    with tempfile.TemporaryDirectory(prefix="graphile-worker-bench-") as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder) / "server", durable=False) as postgres:
            asyncio.run(fill(postgres.dsn(), jobs))
            servers = {name: Server(name, command, postgres.dsn()) for name, command in commands.items()}
            try:
                for server in servers.values():
                    server.wait()
                for what, found in measured(servers, jobs, TURNS).items():
                    medians = {name: median(times) for name, times in found.items()}
                    row = ", ".join(f"{name} {spent:.2f} ms" for name, spent in medians.items())
                    ratio = f", {medians['ours'] / medians['reference']:.2f} x" if "reference" in medians else ""
                    print(f"{what:12} {row}{ratio}")
            finally:
                for server in servers.values():
                    server.stop()


if __name__ == "__main__":
    main()
