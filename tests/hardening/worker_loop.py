"""Workers' fetch loop, run by pgbench: each transaction takes a job as a worker does, ends it and adds another one."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from graphile_worker.demo.server.embedded import EmbeddedPostgres

RATE = 100  # transactions a second that are wanted
CLIENTS = 2
SCRIPT = """
update graphile_worker._private_jobs set attempts = attempts + 1, locked_by = 'bench', locked_at = now() where id = (
  select id from graphile_worker._private_jobs where is_available and run_at <= now()
  order by priority, run_at limit 1 for update skip locked
) returning id \\gset
delete from graphile_worker._private_jobs where id = :id;
select id from graphile_worker.add_job('task_1', '{}') \\gset
"""


@dataclass(frozen=True)
class Fetched:
    """What pgbench printed."""

    rate: float  # transactions a second
    latency: float  # milliseconds
    failed: int

    @classmethod
    def of(cls, text: str) -> Fetched:
        """Out of pgbench's report."""
        rate = re.search(r"tps = ([\d.]+)", text)
        latency = re.search(r"latency average = ([\d.]+)", text)
        failed = re.search(r"number of failed transactions: (\d+)", text)
        assert rate and latency and failed, text
        return cls(float(rate[1]), float(latency[1]), int(failed[1]))


async def fetch(server: EmbeddedPostgres, dsn: str, folder: Path, seconds: int) -> Fetched:
    """Runs the loop for this long."""
    script = folder / "fetch.sql"
    script.write_text(SCRIPT)
    process = await asyncio.create_subprocess_exec(
        server._program("pgbench"), "-n", "-f", str(script), "-c", str(CLIENTS), "-j", "1", "-R", str(RATE),
        "-T", str(seconds), dsn,
        env={"PGOPTIONS": "-c log_statement=none", "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        text = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, text
    return Fetched.of(text)
