"""Fills a database, starts the servers beside each other and measures them in alternating rounds.

Run it with scripts/bench.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import httpx

from benchmarks import browser, doors, http, page, report
from benchmarks.servers import ALONE, OURS, Server
from graphile_worker.core.database import connect
from graphile_worker.core.utils import WorkerUtils
from graphile_worker.demo.embedded import EmbeddedPostgres

DEEP = "the page at nine tenths"
AT_WORK = {
    "refresh": "refresh of 100 rows with 5 changed, ms of script",
    "typing": "from a key in the search box to its rows p95, ms",
    "growth": "an hour of refreshes leaves behind, MB",
}
Results = dict[str, dict[str, float]]
PATHS = {
    "first page": "/api/jobs?state=all&limit=100", "failed page": "/api/jobs?state=failed&limit=100",
    "one job": "/api/jobs/{middle}", "one queue's page": "/api/jobs?queue=queue_77&limit=100", "overview": "/api/overview",
    DEEP: "/api/jobs?limit=100&offset={deep}",
}  # fmt: skip


async def fill(dsn: str, jobs: int) -> None:
    """Migrates and fills an empty database."""
    pool = await connect(dsn)
    await WorkerUtils(pool).migrate()
    await pool.close()
    script = (Path(__file__).parent / "fill.sql").read_text("utf-8")
    script = script.replace("{jobs}", str(jobs)).replace("{queues}", str(max(100, jobs // 50)))
    connection = await asyncpg.connect(dsn)
    for statement in script.split(";\n"):
        if statement.strip():
            await connection.execute(statement)
    await connection.close()


async def touch(dsn: str, count: int) -> None:
    """Changes the newest jobs, as a worker's failures do."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "update graphile_worker._private_jobs set revision = revision + 1, updated_at = now(), priority = -priority "
        "where id > (select max(id) from graphile_worker._private_jobs) - $1::int",
        count,
    )
    await connection.close()


def measure(servers: dict[str, Server], arguments: argparse.Namespace, change: Callable[[int], None]) -> Results:
    """All numbers, by what is measured and whose server; `change` changes so many of the newest jobs."""
    jobs, rounds, count, seconds = arguments.jobs, arguments.rounds, arguments.count, arguments.seconds
    deep = jobs * 9 // 10
    paths = {(what, name): path for what, path in PATHS.items() for name in servers}
    paths |= {(DEEP, name): _by_cursor(server, deep) for name, server in servers.items() if name != "reference"}
    times: dict[tuple[str, str], list[float]] = {}
    rates: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(rounds):
        for (what, name), path in paths.items():
            asked = max(3, count // 10) if what in ("overview", DEEP) else count
            path = path.format(middle=jobs // 2, deep=deep)
            times.setdefault((what, name), []).extend(http.latencies(servers[name].url, path, asked))
        for name, server in servers.items():
            rates[name].append(http.requests_per_second(server.url, PATHS["first page"], seconds))
    results: Results = {}
    for (what, name), values in times.items():
        for share in (50, 95):
            results.setdefault(f"{what} p{share}", {})[name] = http.percentile(values, share)
    results["first page, requests/s at 16 connections"] = {name: max(found) for name, found in rates.items()}
    results["first visit, bytes"] = {
        n: float(http.first_visit_bytes(s.url)) for n, s in servers.items() if n != "alone"
    }
    urls = {name: server.url for name, server in servers.items() if name != "alone"}
    if not arguments.no_browser:
        results["navigation to first rows, ms"] = browser.first_rows(urls, rounds * 3)
        results["navigation to a working filter, ms"] = page.working_filter(urls, rounds * 3)
        for what, value in page.at_work(urls["ours"], change).items():
            results[AT_WORK[what]] = {"ours": value}
    results["memory of the server, MB"] = {name: server.memory() for name, server in servers.items()}
    for format in ("ndjson", "csv"):
        rate, grown = doors.export(servers["ours"], format)
        results[f"export as {format}, jobs/s"] = {"ours": rate}
        results[f"export as {format}, MB it takes"] = {"ours": grown}
    return results


def _by_cursor(server: Server, offset: int) -> str:
    """The path that goes on behind so many jobs."""
    before = httpx.get(f"{server.url}/api/jobs?limit=1&payload=none&offset={offset - 1}", timeout=60).json()
    return f"/api/jobs?limit=100&cursor={before['next']}"


def main() -> None:
    """Reads the arguments, measures, prints the table and (unless --dry) writes it into README.md."""
    parser = argparse.ArgumentParser(description="Ours beside the Rust reference.")
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=50, help="requests of one kind in a round")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement of requests per second")
    parser.add_argument("--reference", default=os.environ.get("GRAPHILE_WORKER_REFERENCE"), help="its program")
    parser.add_argument("--no-browser", action="store_true", help="leave Chromium out")
    parser.add_argument("--dry", action="store_true", help="do not write README.md")
    arguments = parser.parse_args()
    reference = arguments.reference and shutil.which(arguments.reference)
    if not reference:
        print("The reference is left out: there is no cargo to build it, and no --reference names it.")
    with tempfile.TemporaryDirectory(prefix="graphile-worker-bench-") as name, ExitStack() as stack:
        Path(name).chmod(0o711)
        settings = {"shared_buffers": "512MB", "max_wal_size": "4GB"}
        postgres = stack.enter_context(EmbeddedPostgres(Path(name) / "server", durable=False, settings=settings))
        print(f"filling {arguments.jobs:,} jobs", flush=True)
        asyncio.run(fill(postgres.dsn(), arguments.jobs))
        commands = {"ours": OURS, "alone": ALONE} | ({"reference": [reference, "admin"]} if reference else {})
        servers = {key: Server(key, command, postgres.dsn()) for key, command in commands.items()}
        for server in servers.values():
            stack.enter_context(server)
        print("measuring", flush=True)
        hands = stack.enter_context(ThreadPoolExecutor(1))  # Playwright has an event loop of its own in this thread
        dsn = postgres.dsn()
        results = measure(servers, arguments, lambda count: hands.submit(asyncio.run, touch(dsn, count)).result())
        results["`list` on the command line, ms"] = doors.command_line(postgres.dsn(), reference or None, turns=9)
        results["`import graphile_worker`, ms"] = {"ours": doors.importing(turns=9)}
    text = report.table(results, arguments.jobs)
    print(text)
    if not arguments.dry:
        report.write(text)


if __name__ == "__main__":
    main()
