"""Case 24: with catalogs that were never analyzed, PostgreSQL compiles the look at the schema for 100 ms.

The kind: a setting of the server that makes every page and command slow without changing an answer. Transactions switch
the compiler off and plan each statement for its values; nothing depends on how well the catalogs are known.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from graphile_worker.core.database.transactions import AnyConnection, Database, Pool, connect
from graphile_worker.core.migration.sql import statement
from graphile_worker.core.schema import Schema

LOOKS = ("schema_state.catalog", "capabilities.role", "capabilities.privileges")
EAGER = "jit = on; set jit_above_cost = 0; set jit_inline_above_cost = 0; set jit_optimize_above_cost = 0"


@pytest.fixture
async def eager(empty_dsn: str) -> Pool:
    """A fresh database whose sessions compile whatever they can."""
    pool = await connect(empty_dsn)
    name = await pool.fetchval("select current_database()")
    await pool.execute("; ".join(f"alter database {name} set {one.removeprefix('set ')}" for one in EAGER.split("; ")))
    await pool.close()
    return await connect(empty_dsn)


async def plan(connection: AnyConnection, name: str) -> dict[str, Any]:
    """How PostgreSQL runs a look at the catalog."""
    text = await connection.fetchval(f"explain (analyze, format json) {statement(name).text(Schema())}")
    found: dict[str, Any] = json.loads(text)[0]
    return found


async def test_nothing_is_compiled(eager: Pool) -> None:
    database = Database(eager)
    assert await eager.fetchval("show jit") == "on"
    for transaction in (database.read, database.write):
        async with transaction() as connection:
            assert await connection.fetchval("show jit") == "off"
            assert await connection.fetchval("show plan_cache_mode") == "force_custom_plan"
            for name in LOOKS:
                assert "JIT" not in await plan(connection, name), name
    assert await eager.fetchval("show jit") == "on"
    await eager.close()


@pytest.mark.parametrize("name", LOOKS)
async def test_a_look_reads_no_more_of_catalogs_that_are_not_analyzed(empty_dsn: str, name: str) -> None:
    """Before and after `analyze`, it touches the same order of pages."""
    pool = await connect(empty_dsn)
    database = Database(pool)

    async def pages() -> int:
        async with database.read() as connection:
            text = await connection.fetchval(
                f"explain (analyze, buffers, format json) {statement(name).text(Schema())}"
            )
        root = json.loads(text)[0]["Plan"]
        return int(root["Shared Hit Blocks"] + root["Shared Read Blocks"])

    await pages()
    fresh = await pages()
    await pool.execute("analyze")
    assert fresh <= 3 * await pages() + 100
    await pool.close()
