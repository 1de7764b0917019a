"""An address means the same to the library's pool and to the command line as to `resolve`."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from graphile_worker.core.database.transactions import Database, connect
from tests.cli.support import PROGRAM
from tests.connection.answers import QUERY
from tests.connection.cases import Placed, placed
from tests.connection.families import FAMILIES
from tests.connection.ours import surrounded
from tests.connection.peers import PATIENCE, ask_psql
from tests.connection.servers import Servers
from tests.hardening.volume import volume
from tests.support.imports import OURS_FIRST

STEP = volume(10, 2)  # of the addresses that are dealt from parts
COMMANDS = volume(8, 60)  # how many of them the command line is given


async def by_pool(case: Placed) -> list[str]:
    """The row of QUERY, by a transaction of a pool on the case's address."""
    pool = await connect(case.address, application_name="")
    try:
        async with Database(pool).read() as connection:
            return [str(value) for value in json.loads(await connection.fetchval(QUERY))]
    finally:
        await pool.close()


def by_command(case: Placed) -> tuple[str, str]:
    """Role and database, as `doctor` reports them."""
    environ = case.environ | OURS_FIRST
    if case.address is not None:
        environ["DATABASE_URL"] = case.address
    done = subprocess.run(
        [*PROGRAM, "doctor", "--json"], env=environ, cwd=case.home, capture_output=True, encoding="utf-8",
        timeout=PATIENCE, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    report = json.loads(done.stdout)
    return report["role"], report["database"]


def test_each_way_reaches_what_psql_reaches(
    servers: Servers, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    cases = [placed(case, servers, tmp_path / str(n)) for n, case in enumerate(FAMILIES["product"][::STEP])]
    reached = [(case, answer.place) for case, answer in zip(cases, ask_psql(cases), strict=True) if answer.place]
    for case, (server, role, database, address, *_) in reached:
        with surrounded(case):
            assert asyncio.run(by_pool(case))[:4] == [server, role, database, address], case
    for case, (_, role, database, *_) in reached[:COMMANDS]:
        assert by_command(case) == (role, database), case
    record_property(
        "figures", f"{len(reached)} addresses by pool, {len(reached[:COMMANDS])} by the command line: psql's place"
    )
