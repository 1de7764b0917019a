"""A large queue with hostile rows in it, and the plan PostgreSQL makes for a list of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from graphile_worker import WorkerUtils
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.read import TIMEOUT, PageRequest, page_row
from graphile_worker.core.database.transactions import AnyConnection
from graphile_worker.core.queue import Transaction
from tests.hardening.volume import volume
from tests.support.table import Table

JOBS = volume(20_000, 1_000_000)
QUEUES = volume(500, 10_000)
WORKERS = volume(200, 5_000)
LARGE_BYTES = volume(5_000_000, 20_000_000)  # of one payload
HOSTILE_ROWS = 500
FILL = Path(__file__).resolve().parents[2] / "benchmarks" / "fill.sql"
HOSTILE_PAYLOADS = [
    '{"b" : 1e400,"a":  1, "a":2}', '"\\u0000"', '["\\ud800"]', "1" + "0" * 300, "[" * 300 + "]" * 300, "null",
    '"<img src=x onerror=alert(1)><script>alert(1)</script>"', '" \\u202e\\u200b\\ud83d\\udc69 \'; drop table x; --"',
    '"=cmd|\' /C calc\'!A0"', '"' + "x" * 20_000 + '"', " \n[1 ,\t2]\n ", '{"__proto__": {"a": 1}, "": "", "%s": "{0}"}',
]  # fmt: skip
HOSTILE_TIMES = ["infinity", "-infinity", "294276-12-31 23:59:59+00", "0044-03-15 12:00:00+00 BC", "2026-01-01"]
HOSTILE_NAMES = [
    "<b onclick=x>", "a\nb\r\nc", "'; drop table x; --", "x" * 128, "%_\\", "\u202eabc\u200b", "../../etc", '"',
]  # fmt: skip


async def fill_jobs(utils: WorkerUtils, jobs: int, queues: int) -> None:
    """Jobs as a large installation has them (benchmarks/fill.sql)."""
    script = FILL.read_text("utf-8").replace("{jobs}", str(jobs)).replace("{queues}", str(queues))
    for part in script.split(";\n"):
        if part.strip():
            await utils.database.pool.execute(part)


async def fill(utils: WorkerUtils) -> None:
    """JOBS jobs, QUEUES queues, WORKERS heartbeats; the newest jobs are the hostile ones, below them the large one."""
    table = Table.of(utils)
    await fill_jobs(utils, JOBS, QUEUES)
    await table.run(
        "insert into {s}._private_workers (id, last_heartbeat_at, metadata)"
        " select 'worker-' || n, now() - n * interval '1 second', '{}' from generate_series(1, $1::int) n",
        WORKERS,
    )
    await table.run(
        "update {s}._private_jobs set locked_by = 'worker-' || (1 + id % $1::int) where locked_at is not null", WORKERS
    )
    large = await utils.add_job("large")
    text = "(select string_agg(md5(random()::text), '') from generate_series(1, $2::int / 32))"
    await table.run(
        f"update {{s}}._private_jobs set payload = json_build_object('t', {text}) where id = $1", large.id, LARGE_BYTES
    )
    for name in HOSTILE_NAMES:
        await utils.add_job(name, queue=name)
    await _hostile(table)
    await table.pool.execute("vacuum analyze")


async def _hostile(table: Table) -> None:
    """HOSTILE_ROWS rows that another program wrote: any JSON, any time, names of any kind, tasks that are missing."""
    for n in range(HOSTILE_ROWS):
        name = HOSTILE_NAMES[n % len(HOSTILE_NAMES)]
        await table.run(
            "insert into {s}._private_jobs"
            " (task_id, job_queue_id, payload, run_at, attempts, max_attempts, last_error, key, locked_at, locked_by)"
            " select coalesce((select id from {s}._private_tasks where identifier = $1 and $2 % 9 > 0), 32000),"
            "  (select id from {s}._private_job_queues where queue_name = $1), $3::text::json, $4::text::timestamptz,"
            "  $2 % 30, 25, $1, $1 || $2, case when $2 % 10 = 0 then now() end, case when $2 % 10 = 0 then $1 end",
            name, n, HOSTILE_PAYLOADS[n % len(HOSTILE_PAYLOADS)], HOSTILE_TIMES[n % len(HOSTILE_TIMES)],
        )  # fmt: skip


class _Explained:
    """A connection that answers a query with its plan."""

    def __init__(self, connection: AnyConnection) -> None:
        self._connection = connection

    def get_server_version(self) -> Any:
        return self._connection.get_server_version()

    async def fetchrow(self, query: str, *arguments: Any) -> Any:
        return await self._connection.fetchval("explain (format json) " + query, *arguments)


async def sequential_scans(utils: WorkerUtils, filter: JobFilter, page: PageRequest) -> set[str]:
    """The tables that this page reads from end to end."""
    async with utils.queue.read(timeout=TIMEOUT) as tx:
        explained = Transaction(cast("AnyConnection", _Explained(tx.connection)), utils.queue)
        text = cast("str", await page_row(explained, filter, page, page.at))
    nodes = _nodes(json.loads(text)[0]["Plan"])
    return {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
