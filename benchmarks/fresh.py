"""Measurements of commands and of `/api/session` on a database without ANALYZE, on a server with `jit = on`.

PostgreSQL then has no statistics of its catalogs and compiles each query on them, unless JIT is turned off.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks import http
from benchmarks.servers import OURS, Server
from graphile_worker.core.database.transactions import connect
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from graphile_worker.worker_utils import WorkerUtils

Results = dict[str, dict[str, float]]
DEBIAN = Path("/usr/lib/postgresql/15/bin")  # has JIT; the PostgreSQL of the wheel lacks it
PROGRAM = [sys.executable, "-m", "graphile_worker"]
ASKED = {  # a command, and the statement for psql
    "list": "select * from graphile_worker.jobs order by id limit 50",
    "stats": "select count(*), count(*) filter (where locked_at is not null) from graphile_worker.jobs",
    "show 1": "select * from graphile_worker._private_jobs where id = 1",
}


def measured(reference: str | None, turns: int) -> Results:
    """Milliseconds (median) of commands and of `/api/session`, by program."""
    with tempfile.TemporaryDirectory(prefix="graphile-worker-bench-") as name:
        Path(name).chmod(0o711)
        programs = DEBIAN if (DEBIAN / "postgres").exists() else None
        server = EmbeddedPostgres(Path(name) / "server", durable=False, settings={"jit": "on"}, programs=programs)
        with server as postgres:
            dsn = postgres.dsn()
            asyncio.run(_filled(dsn))
            return _commands(dsn, reference, turns) | _session(dsn, reference, turns)


async def _filled(dsn: str) -> None:
    pool = await connect(dsn)
    utils = WorkerUtils(pool)
    await utils.migrate()
    await utils.add_job("t")
    await pool.close()


def _commands(dsn: str, reference: str | None, turns: int) -> Results:
    psql = shutil.which("psql", path=f"{DEBIAN}:{os.environ['PATH']}")  # the program, not Debian's wrapper
    programs: dict[str, dict[str, list[str]]] = {}
    for command, query in ASKED.items():
        asked = programs.setdefault(f"`{command}` on the command line", {"ours": [*PROGRAM, *command.split()]})
        asked |= {"psql": [psql, "-X", "-q", "-d", dsn, "-c", query]} if psql else {}
        asked |= {"reference": [reference, *command.split()]} if reference else {}
    programs["`import asyncpg, click` in Python"] = {"ours": [sys.executable, "-c", "import asyncpg, click"]}
    times: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for _ in range(turns):
        for what, of in programs.items():
            for name, program in of.items():
                times.setdefault((what, name), []).append(_run(program, {**os.environ, "DATABASE_URL": dsn}))
    results: Results = {}
    for (what, name), found in times.items():
        results.setdefault(f"{what}, ms", {})[name] = median(passed for passed, _ in found)
        results.setdefault(f"{what}, ms of processor", {})[name] = median(used for _, used in found)
    return results


def _run(program: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Milliseconds of wall clock and of processor time."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(program, env=environment, check=True, stdout=subprocess.DEVNULL)
    passed, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return passed * 1000, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def _session(dsn: str, reference: str | None, turns: int) -> Results:
    commands = {"ours": OURS} | ({"reference": [reference, "admin"]} if reference else {})
    found: dict[str, float] = {}
    for name, command in commands.items():
        with Server(name, command, dsn) as server:
            found[name] = http.percentile(http.latencies(server.url, "/api/session", turns * 5), 50)
    return {"/api/session p50, ms": found}
