"""Measurements of commands and of `/api/session` on a database without ANALYZE, on a server with `jit = on`.

PostgreSQL then has no statistics of its catalogs and compiles each query on them, unless JIT is turned off.

Alone (`python -m benchmarks.fresh [TURNS]`) it measures the commands only, and prints the fastest and the slowest run as well.
GRAPHILE_WORKER_REFERENCE is the program of the reference.
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
from collections.abc import Iterator
from contextlib import contextmanager
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
Times = dict[
    tuple[str, str], list[tuple[float, float]]
]  # milliseconds of wall clock and of processor, by command and program


def measured(reference: str | None, turns: int) -> Results:
    """Milliseconds (median) of commands and of `/api/session`, by program."""
    with _database() as dsn:
        return _medians(_commands(dsn, reference, turns)) | _session(dsn, reference, turns)


@contextmanager
def _database() -> Iterator[str]:
    """The address of a new database with one job."""
    with tempfile.TemporaryDirectory(prefix="graphile-worker-bench-") as name:
        Path(name).chmod(0o711)
        programs = DEBIAN if (DEBIAN / "postgres").exists() else None
        server = EmbeddedPostgres(Path(name) / "server", durable=False, settings={"jit": "on"}, programs=programs)
        with server as postgres:
            asyncio.run(_filled(postgres.dsn()))
            yield postgres.dsn()


async def _filled(dsn: str) -> None:
    pool = await connect(dsn)
    utils = WorkerUtils(pool)
    await utils.migrate()
    await utils.add_job("t")
    await pool.close()


def _commands(dsn: str, reference: str | None, turns: int) -> Times:
    psql = shutil.which("psql", path=f"{DEBIAN}:{os.environ['PATH']}")  # the program, not Debian's wrapper
    programs: dict[str, dict[str, list[str]]] = {}
    for command, query in ASKED.items():
        asked = programs.setdefault(f"`{command}` on the command line", {"ours": [*PROGRAM, *command.split()]})
        asked |= {"psql": [psql, "-X", "-q", "-d", dsn, "-c", query]} if psql else {}
        asked |= {"reference": [reference, *command.split()]} if reference else {}
    programs["`import asyncpg, click` in Python"] = {"ours": [sys.executable, "-c", "import asyncpg, click"]}
    programs["Python"] = {"ours": [sys.executable, "-c", "pass"]}
    # An installed program has byte code: the first turn writes it where it is missing, and is not counted.
    environment = {**os.environ, "DATABASE_URL": dsn}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    times: Times = {}
    for turn in range(turns + 1):
        for what, of in programs.items():
            for name, program in of.items():
                took = _run(program, environment)
                if turn:
                    times.setdefault((what, name), []).append(took)
    return times


def _medians(times: Times) -> Results:
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


def _alone(turns: int) -> None:
    """Prints the times of the commands: median, fastest and slowest, and the ratio of the medians."""
    with _database() as dsn:
        times = _commands(dsn, os.environ.get("GRAPHILE_WORKER_REFERENCE"), turns)
    for (what, name), found in times.items():
        passed, used = (sorted(column) for column in zip(*found, strict=True))
        ours = median(one for one, _ in times[what, "ours"])
        print(
            f"{what:34} {name:10} {median(passed):6.1f} ms ({passed[0]:.1f} to {passed[-1]:.1f}), "
            f"processor {median(used):6.1f} ms (from {used[0]:.1f}), ours / this {ours / median(passed):5.2f} x"
        )


if __name__ == "__main__":
    _alone(int(sys.argv[1]) if sys.argv[1:] else 15)
