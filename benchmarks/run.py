"""Fills a database, starts the servers and measures them in alternating rounds.

Run it with scripts/bench.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg
import httpx

from benchmarks import doors, fresh, http, page, report
from benchmarks.servers import ALONE, OURS, Server
from graphile_worker.core.database.transactions import connect
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from graphile_worker.worker_utils import WorkerUtils

DEEP = "the page at nine tenths"
SMALL = 2_000  # jobs; at this size the page alone is measured, before all of it at --jobs
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
    """Changes the newest jobs, as failures of a worker do."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "update graphile_worker._private_jobs set revision = revision + 1, updated_at = now(), priority = -priority "
        "where id > (select max(id) from graphile_worker._private_jobs) - $1::int",
        count,
    )
    await connection.close()


def over_http(servers: dict[str, Server], arguments: argparse.Namespace) -> Results:
    """Latencies and rates of the routes, by name and server."""
    jobs, count = arguments.jobs, arguments.count
    deep = jobs * 9 // 10
    paths = {(what, name): path for what, path in PATHS.items() for name in servers}
    paths |= {(DEEP, name): _by_cursor(server, deep) for name, server in servers.items() if name != "reference"}
    times: dict[tuple[str, str], list[float]] = {}
    rates: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(arguments.rounds):
        for (what, name), path in paths.items():
            asked = max(3, count // 10) if what in ("overview", DEEP) else count
            path = path.format(middle=jobs // 2, deep=deep)
            times.setdefault((what, name), []).extend(http.latencies(servers[name].url, path, asked))
        for name, server in servers.items():
            rates[name].append(http.requests_per_second(server.url, PATHS["first page"], arguments.seconds))
    results: Results = {}
    for (what, name), values in times.items():
        for share in (50, 95):
            results.setdefault(f"{what} p{share}", {})[name] = http.percentile(values, share)
    results["first page, requests/s at 16 connections"] = {name: max(found) for name, found in rates.items()}
    return results


def of_the_servers(servers: dict[str, Server], dsn: str, reference: str | None) -> Results:
    """Memory, export, command line."""
    results: Results = {"memory of the server, MB": {name: server.memory() for name, server in servers.items()}}
    for format in ("ndjson", "csv"):
        rate, grown = doors.export(servers["ours"], format)
        results[f"export as {format}, jobs/s"] = {"ours": rate}
        results[f"export as {format}, MB it takes"] = {"ours": grown}
    results["`list` on the command line, ms"] = doors.command_line(dsn, reference, turns=9)
    results["`import graphile_worker`, ms"] = {"ours": doors.importing(turns=9)}
    return results


def _by_cursor(server: Server, offset: int) -> str:
    """The path of the page after that many jobs."""
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
    texts = []
    for jobs in dict.fromkeys((SMALL, arguments.jobs)):
        with beside(reference or None, jobs) as (servers, dsn, change):
            urls = {name: server.url for name, server in servers.items() if name != "alone"}
            results: Results = {
                "first visit, bytes": {name: float(http.first_visit_bytes(url)) for name, url in urls.items()}
            }
            if jobs == arguments.jobs:
                results |= over_http(servers, arguments)
            if not arguments.no_browser:
                results |= page.measured(urls, arguments.rounds * 3, change)
            if jobs == arguments.jobs:
                results |= of_the_servers(servers, dsn, reference or None)
        texts.append(report.table(results, jobs))
    texts.reverse()
    texts.append(report.fresh_table(fresh.measured(reference or None, turns=arguments.rounds * 5)))
    text = "\n\n".join(texts)
    print(text)
    if not arguments.dry:
        report.write(text)


@contextmanager
def beside(reference: str | None, jobs: int) -> Iterator[tuple[dict[str, Server], str, Callable[[int], None]]]:
    """The servers on a database with that many jobs, its address, and a function that changes the newest jobs."""
    with tempfile.TemporaryDirectory(prefix="graphile-worker-bench-") as name, ExitStack() as stack:
        Path(name).chmod(0o711)
        settings = {"shared_buffers": "512MB", "max_wal_size": "4GB"}
        postgres = stack.enter_context(EmbeddedPostgres(Path(name) / "server", durable=False, settings=settings))
        dsn = postgres.dsn()
        print(f"filling {jobs:,} jobs", flush=True)
        asyncio.run(fill(dsn, jobs))
        commands = {"ours": OURS, "alone": ALONE} | ({"reference": [reference, "admin"]} if reference else {})
        servers = {key: Server(key, command, dsn) for key, command in commands.items()}
        for server in servers.values():
            stack.enter_context(server)
        hands = stack.enter_context(ThreadPoolExecutor(1))  # Playwright has an event loop of its own in this thread
        print("measuring", flush=True)
        yield servers, dsn, lambda count: hands.submit(asyncio.run, touch(dsn, count)).result()


if __name__ == "__main__":
    main()
