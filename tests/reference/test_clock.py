"""An admin host whose clock is a day off: all times are the database's, so nothing is said or done differently."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from tests.contract.driver import OURS, Driver, driving
from tests.contract.requests import Case
from tests.reference.clock import relative, skewed
from tests.reference.conftest import Record
from tests.reference.side_by_side import ROWS
from tests.support.templates import Databases

DAYS = (0, 1, -1)
STATES = ("all", "ready", "scheduled", "locked", "failed")
SKEW = re.compile(r"[^\n]*clock is \d+ s (ahead of|behind)[^\n]*\n([^\n]*all times are the database's[^\n]*\n)?")
LINES = [
    *(f"list --limit 500 --state {state}{more}" for state in STATES for more in ("", " --json")),
    *("stats", "stats --json", "queues", "workers", "workers --json", "show 10003", "show 10002 --json", "doctor"),
    *("run-now 10003", "run-now 10002 10004 10005", "run-now 10003 --json", "retry 10005 10006", "retry 10005 --json"),
    *("reschedule 10003 --now", "reschedule 10002 --run-at 2995-01-01T00:00:00Z", "complete 10002 10010 10009"),
    *("fail 10002 10010 10009", "add send_email", "add send_email --run-at now --json", "add send_email --key key:8"),
    *("add send_email --key key:36 --job-key-mode preserve-run-at", "remove key:8", "remove key:36", "cleanup"),
    *("sweep-stale-workers --dry-run", "sweep-stale-workers --dry-run --sweep-threshold 2h", "sweep-stale-workers"),
    *("force-unlock pool-1 graphile_worker_2", "migrate", "cleanup --dry-run", "force-unlock pool-1 --dry-run"),
    *("release-old-locks --dry-run", "release-old-locks --dry-run --older-than 1h", "release-old-locks"),
]
READS = [
    *(f"/api/jobs?limit=500&state={state}" for state in STATES),
    *("/api/jobs?sort=-run_at&limit=500", "/api/jobs?search=key&sort=-id", "/api/jobs/count", "/api/overview"),
    *(f"/api/jobs/{id}" for id in range(10_001, 10_020)),
    *("/api/maintenance", "/api/session"),
]
WRITES = [
    *({"action": "run-now", "ids": ids} for ids in ([10003], [10002, 10004, 10005, 10009, 10010])),
    *({"action": action, "ids": [10005, 10006, 10010]} for action in ("retry", "complete", "fail")),
]
TABLES = ("jobs", "job_queues", "workers", "tasks", "job_retirements")


@dataclass
class Hosts:
    """The same admin on three hosts; `drivers` by how many days their clocks are ahead."""

    drivers: dict[int, Driver]
    connection: asyncpg.Connection[Any]

    async def left(self) -> list[str]:
        """Every row of every table, its times as distances from the database's now."""
        select = "select format('%s %s', '{0}', to_jsonb(t)) from graphile_worker._private_{0} t"
        rows = await self.connection.fetch(" union all ".join(select.format(table) for table in TABLES))
        now = await self.connection.fetchval("select now()")
        return sorted(relative(row[0], now) for row in rows)

    async def relative(self, text: str) -> str:
        """What was said, its times as distances from the database's now."""
        return relative(text, await self.connection.fetchval("select now()"))


@pytest.fixture
async def hosts(databases: Databases) -> AsyncIterator[Hosts]:
    """Three admins, a day apart, on one database with several hundred rows."""
    dsn = databases.server.dsn(await databases.empty())
    async with AsyncExitStack() as stack:
        connection = await asyncpg.connect(dsn)
        stack.push_async_callback(connection.close)
        starting = {days: driving(OURS, dsn, rows=ROWS, doors=["none"], variables=skewed(days)) for days in DAYS}
        drivers = {days: await stack.enter_async_context(driver) for days, driver in starting.items()}
        yield Hosts(drivers, connection)


def test_the_clock_of_a_program_is_really_off() -> None:
    command = [sys.executable, "-c", "import time; print(time.time(), time.monotonic())"]
    seen = [subprocess.run(command, env=skewed(days), capture_output=True, check=True).stdout.split() for days in DAYS]
    wall, monotonic = ([float(numbers[place]) for numbers in seen] for place in (0, 1))
    assert [round((time - wall[0]) / 86_400) for time in wall] == list(DAYS)
    assert max(monotonic) - min(monotonic) < 60


async def test_every_command(hosts: Hosts, record_property: Record) -> None:
    for line in LINES:
        done = {days: await command(hosts, driver, line) for days, driver in hosts.drivers.items()}
        assert done[1] == done[0], line
        assert done[-1] == done[0], line
    record_property(
        "figures", f"clock: {len(LINES)} command lines a day ahead and a day behind, 0 print or leave anything else"
    )


async def test_every_answer(hosts: Hosts, record_property: Record) -> None:
    for path in READS:
        read = {days: await answer(hosts, driver, Case(path, "GET", path)) for days, driver in hosts.drivers.items()}
        assert read[1] == read[0], path
        assert read[-1] == read[0], path
    for body in WRITES:
        case, written = Case(str(body), "POST", "/api/jobs/action", body), {}
        for days, driver in hosts.drivers.items():
            await driver.seed()
            written[days] = (await answer(hosts, driver, case), await hosts.left())
        assert written[1] == written[0], body
        assert written[-1] == written[0], body
    figures = f"clock: {len(READS)} reads and {len(WRITES)} writes of admins a day ahead and a day behind, 0 differ"
    record_property("figures", figures)


async def test_the_skew_is_said(hosts: Hosts) -> None:
    said = {days: (await driver.command("doctor"))[1] for days, driver in hosts.drivers.items()}
    assert [bool(SKEW.search(text)) for text in said.values()] == [False, True, True]


async def command(hosts: Hosts, driver: Driver, line: str) -> list[str]:
    """Exit code, output (but for what it says about the clock itself) and rows left."""
    await driver.seed()
    code, out = await driver.command(*shlex.split(line))
    assert code in (0, 1), line  # nothing that is no command
    return [f"exit {code}", *(await hosts.relative(SKEW.sub("", out))).splitlines(), *await hosts.left()]


async def answer(hosts: Hosts, driver: Driver, case: Case) -> Any:
    """What was answered, without what is new each time and what it says about the clock itself."""
    response = await driver.send(case)
    body = json.loads(await hosts.relative(response.text))
    for name in ("csrf_token", "age_ms"):
        body.pop(name, None)
    for name in {"warnings", "health"} & set(body):
        body[name] = [finding for finding in body[name] if finding["code"] != "clock_skew"]
    assert response.status_code == 200, body
    return body
