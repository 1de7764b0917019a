"""Latencies of reads that share no answer, ours beside the reference: each turn asks both servers one after the other.

Run it with `python -m benchmarks.different --reference PROGRAM`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import time
from collections.abc import Iterator

import httpx

from benchmarks.http import CHROMIUM
from benchmarks.run import beside
from benchmarks.servers import Server

WARM_UP = 20  # requests of each kind before the first counted one
Times = dict[tuple[str, str], list[float]]


def paths(jobs: int, turn: int) -> Iterator[tuple[str, str]]:
    """One path of each kind. Turns differ where the kind allows it."""
    yield "one job", f"/api/jobs/{1 + turn * 7919 % jobs}"
    yield "first page", "/api/jobs?state=all&limit=100"
    yield "failed page", "/api/jobs?state=failed&limit=100"
    yield "one task", f"/api/jobs?identifier=task_{1 + turn % 30}&limit=100"


def measured(servers: dict[str, Server], jobs: int, turns: int) -> Times:
    """Milliseconds by what is asked and by server. The servers answer each path one after the other."""
    times: Times = {}
    clients = {
        name: httpx.Client(base_url=server.url, timeout=60, headers=CHROMIUM) for name, server in servers.items()
    }
    for turn in range(turns + WARM_UP):
        for what, path in paths(jobs, turn):
            for name, client in clients.items():
                started = time.perf_counter()
                client.get(path).raise_for_status()
                spent = (time.perf_counter() - started) * 1000
                if turn >= WARM_UP:
                    times.setdefault((what, name), []).append(spent)
    for client in clients.values():
        client.close()
    return times


def lines(times: Times) -> Iterator[str]:
    """The medians, with the fastest and the slowest tenth, and the ratio to the reference."""
    for (what, name), values in times.items():
        middle, ends = statistics.median(values), statistics.quantiles(values, n=10)
        base = times.get((what, "reference"))
        ratio = f"{middle / statistics.median(base):6.2f} x" if base else ""
        yield f"{what:12} {name:10} p50 {middle:7.2f} ms  p10 {ends[0]:7.2f}  p90 {ends[-1]:7.2f} {ratio}"


def main() -> None:
    """Reads the arguments, measures and prints."""
    parser = argparse.ArgumentParser(description="Ours beside the reference, no answer shared.")
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=150)
    parser.add_argument("--reference", default=os.environ.get("GRAPHILE_WORKER_REFERENCE"), help="its program")
    arguments = parser.parse_args()
    reference = arguments.reference and shutil.which(arguments.reference)
    with beside(reference or None, arguments.jobs) as (servers, _, _):
        servers = {name: server for name, server in servers.items() if name != "ours"}  # whose answers are shared
        for line in lines(measured(servers, arguments.jobs, arguments.turns)):
            print(line)


if __name__ == "__main__":
    main()
