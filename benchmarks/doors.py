"""Measurements of the command line, the import and the export."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from statistics import median

import httpx

from benchmarks.servers import Server

OURS = [sys.executable, "-m", "graphile_worker"]


def command_line(dsn: str, reference: str | None, turns: int) -> dict[str, float]:
    """Milliseconds (median) of `list --state failed --limit 50`, from start to exit, in alternating rounds."""
    programs = {"ours": OURS} | ({"reference": [reference]} if reference else {})
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(turns):
        for name, program in programs.items():
            begun = time.perf_counter()
            listing = [*program, "list", "--state", "failed", "--limit", "50"]
            subprocess.run(listing, env={**os.environ, "DATABASE_URL": dsn}, check=True, stdout=subprocess.DEVNULL)
            times[name].append((time.perf_counter() - begun) * 1000)
    return {name: median(found) for name, found in times.items()}


def importing(turns: int) -> float:
    """Milliseconds (median) that `import graphile_worker` adds to an interpreter that imports nothing."""
    times: dict[str, list[float]] = {"pass": [], "import graphile_worker": []}
    for _ in range(turns):
        for code, found in times.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            found.append((time.perf_counter() - begun) * 1000)
    return max(0.0, median(times["import graphile_worker"]) - median(times["pass"]))


def export(server: Server, format: str) -> tuple[float, float]:
    """(jobs per second, growth of the server's memory in MB) of one export of all jobs."""
    before = most = server.memory()
    begun, lines, measured = time.perf_counter(), 0, 0.0
    with httpx.stream("GET", f"{server.url}/api/jobs/export?format={format}", timeout=600) as response:
        response.raise_for_status()
        for chunk in response.iter_bytes():
            lines += chunk.count(b"\n")
            if time.perf_counter() - measured > 0.5:
                measured, most = time.perf_counter(), max(most, server.memory())
    return lines / (time.perf_counter() - begun), most - before
