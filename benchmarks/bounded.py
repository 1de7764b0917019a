"""Time, bytes and memory of every read on the two largest databases: 100 jobs of 20 MB, and 500,000 named queues.

    .venv/bin/python -m benchmarks.bounded [--jobs 100] [--megabytes 20] [--queues 500000] [--only jobs|queues]

Three kinds of large jobs are made: payloads that do not compress, payloads that do, and errors of that size.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from benchmarks.doors import OURS as PROGRAM
from benchmarks.servers import OURS, Server
from graphile_worker.core.database.transactions import connect
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from graphile_worker.worker_utils import WorkerUtils

SECONDS = 300  # limit for one answer
CSRF = "x-graphile-worker-admin-csrf"
JOBS = {
    "random": "update graphile_worker._private_jobs set payload = json_build_object('t', (select string_agg(md5(random()::text), '')"
    " from generate_series(1, $1::int / 32)))",
    "repeated": "update graphile_worker._private_jobs set payload = json_build_object('t', repeat('graphile ', $1::int / 9))",
    "errors": "update graphile_worker._private_jobs set payload = '{}', attempts = max_attempts, last_error = "
    "(select string_agg(md5(random()::text), '') from generate_series(1, $1::int / 32))",
}
QUEUES = (
    "insert into graphile_worker._private_job_queues (queue_name) select 'tenant-' || n from generate_series(1, $1::int) n",
    "insert into graphile_worker._private_jobs (task_id, job_queue_id, payload) select (select min(id) from"
    " graphile_worker._private_tasks), q.id, '{}' from graphile_worker._private_job_queues q where $1::int > 0",
)
READS = (
    "/", "/api/session", "/api/overview", "/api/overview?parts=stats", "/api/overview?parts=queues", "/api/activity",
    "/api/queues", "/api/queues?sort=-jobs&search=9", "/api/workers", "/api/tasks", "/api/errors", "/metrics",
    "/api/maintenance", "/api/suggest?field=queue&prefix=t", "/api/jobs", "/api/jobs?payload=preview",
    "/api/jobs?payload=text", "/api/jobs?payload=none", "/api/jobs?sort=-run_at&payload=preview", "/api/jobs?state=failed",
    "/api/jobs?search=zzz&partial=true&payload=preview", "/api/jobs?search=zzz", "/api/jobs/count?search=zzz",
    "/api/jobs?error=zzz", "/api/jobs/1", "/api/jobs/1?payload=text&last_error=cut", "/api/jobs/1?payload=preview",
    "/api/jobs/export?limit=20", "/api/jobs/export?format=csv&limit=20",
)  # fmt: skip
COMMANDS = (
    ("list", "--limit", "100"), ("list", "--limit", "100", "--json"), ("list", "--search", "zzz"), ("show", "1"),
    ("count",), ("stats",), ("queues",), ("workers",), ("errors",), ("doctor",), ("export", "--limit", "20"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one answer: status (or exit code), seconds, megabytes sent, peak memory in MB."""

    what: str
    status: int
    seconds: float
    sent: float
    peak: float

    def line(self) -> str:
        """The cost as a row of a table."""
        return f"| {self.what} | {self.status} | {self.seconds:.2f} | {self.sent:.1f} | {self.peak:.0f} |"


def main() -> None:
    """Fills the databases, measures and prints."""
    parser = argparse.ArgumentParser(description="Bounds by bytes.")
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--megabytes", type=int, default=20)
    parser.add_argument("--queues", type=int, default=500_000)
    parser.add_argument("--only", choices=[*JOBS, "queues"], help="one of the databases")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="graphile-worker-bounded-") as name:
        Path(name).chmod(0o711)
        settings = {"shared_buffers": "256MB", "max_wal_size": "4GB"}
        with EmbeddedPostgres(Path(name) / "server", durable=False, settings=settings) as postgres:
            for kind in [arguments.only] if arguments.only else [*JOBS, "queues"]:
                dsn = asyncio.run(filled(postgres, kind, arguments))
                print(
                    f"\n{kind}\n| what | status | s | MB | peak MB |\n| --- | ---: | ---: | ---: | ---: |", flush=True
                )
                for cost in costs(dsn):
                    print(cost.line(), flush=True)


async def filled(postgres: EmbeddedPostgres, kind: str, arguments: argparse.Namespace) -> str:
    """The address of a database with these jobs."""
    admin = await asyncpg.connect(postgres.dsn())
    await admin.execute(f'create database "{kind}"')
    await admin.close()
    dsn = postgres.dsn(kind)
    pool = await connect(dsn)
    utils = WorkerUtils(pool)
    await utils.migrate()
    many = kind == "queues"
    for n in range(1 if many else arguments.jobs):
        await utils.add_job("large", {"n": n}, key=f"key-{n}")
    size = arguments.queues if many else arguments.megabytes * 1_000_000
    for statement in QUEUES if many else (JOBS[kind],):
        await pool.execute(statement, size)
    await pool.execute("vacuum analyze")
    await pool.close()
    return dsn


def costs(dsn: str) -> Iterator[Cost]:
    """The costs of every read over HTTP, of a few writes, and of every command."""
    for path in READS:
        with started(dsn) as server:
            yield over_http(server, path)
    with started(dsn) as server:
        yield over_http(server, "/api/jobs/action", {"action": "reschedule", "ids": list(range(1, 101)), "priority": 1})
        yield over_http(server, "/api/jobs/bulk", {"action": "reschedule", "filter": {"state": "all"}, "priority": 2})
        yield over_http(server, "/api/jobs/remove-by-key", {"key": "key-3"})
    for command in COMMANDS:
        yield of_command(dsn, command)


@contextmanager
def started(dsn: str) -> Iterator[Server]:
    """Starts a server for one request, so that its peak memory is the request's."""
    with Server("ours", OURS, dsn) as server:
        yield server


def over_http(server: Server, path: str, body: object = None) -> Cost:
    """One request; its answer is discarded."""
    with httpx.Client(base_url=server.url, timeout=SECONDS) as client:
        headers = {"accept-encoding": "gzip"}
        if body is not None:
            headers[CSRF] = client.get("/api/session").json()["csrf_token"]
        begun, sent = time.perf_counter(), 0
        with client.stream("GET" if body is None else "POST", path, json=body, headers=headers) as answer:
            for part in answer.iter_bytes():
                sent += len(part)
        return Cost(path, answer.status_code, time.perf_counter() - begun, sent / 1e6, server.peak())


def of_command(dsn: str, command: tuple[str, ...]) -> Cost:
    """One run of the program, with its memory from the accounting of ended child processes."""
    begun = time.perf_counter()
    environment = {**os.environ, "DATABASE_URL": dsn}
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen([*PROGRAM, *command], env=environment, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        spent, sent = time.perf_counter() - begun, out.tell()
    return Cost(" ".join(command), child.returncode, spent, sent / 1e6, _megabytes(usage))


def _megabytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
