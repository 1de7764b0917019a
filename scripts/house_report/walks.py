"""Four walks through a checkout, each in a process of its own: the files that a list, an action, a command and a click cross.

They need the names by which the checkout's own tests reach it: `graphile_worker`, `graphile_worker.admin`,
`graphile_worker.cli.main`, `tests.support.templates`, `tests.client.program`.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg

from graphile_worker import WorkerUtils
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from scripts.house_report.sources import HERE
from tests.support.templates import Databases

WALK = Path(__file__).with_name("walk.py")
WALKS = {
    "list": "GET /api/jobs",
    "action": "POST /api/jobs/action, retry",
    "command": "graphile-worker retry ID",
    "click": "a click on Retry",
}
# The walk that crosses only what every walk of the kind crosses.
COMMON = {"list": "request", "action": "request", "command": "stats", "click": "redraw"}


def crossed_files(root: Path = HERE) -> dict[str, list[str]]:
    """The files that each walk of WALKS and COMMON crosses, below the package. Starts a PostgreSQL for it."""
    return asyncio.run(_all(root))


async def _all(root: Path) -> dict[str, list[str]]:
    with tempfile.TemporaryDirectory(prefix="graphile-worker-house-") as folder:
        Path(folder).chmod(0o711)  # run as root, the server is another user that must walk through here
        with EmbeddedPostgres(Path(folder) / "server", durable=False) as server:
            databases = Databases(server)
            return {name: await _one(root, name, databases) for name in (*WALKS, *dict.fromkeys(COMMON.values()))}


async def _one(root: Path, name: str, databases: Databases) -> list[str]:
    if name in ("click", "redraw"):
        return _run(root, name)
    dsn = databases.server.dsn(await databases.migrated("graphile_worker"))
    async with asyncpg.create_pool(dsn) as pool:
        utils = WorkerUtils(pool)
        job = await utils.add_job("send_email", {"to": "ada@example.com"})
        await utils.permanently_fail_jobs([job.id], "for the report")
    arguments = {"command": ["retry", str(job.id)], "stats": ["stats"]}
    return _run(root, name, dsn, *arguments.get(name, []))


def _run(root: Path, name: str, *arguments: str) -> list[str]:
    path = os.pathsep.join((str(root / "src"), str(root)))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "GRAPHILE_WORKER_"))}
    done = subprocess.run(
        [sys.executable, str(WALK), name, *arguments],
        cwd=root, env=environment | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the walk {name} failed:\n{done.stderr}")
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found
