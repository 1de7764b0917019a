"""The reference's migrations: all of them by its own program, or up to a number by their SQL.

That SQL is read where cargo keeps the sources of what it has built, and is no part of this repository.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.contract.driver import environment

CRATE = "graphile_worker_migrations-0.4.24"  # of graphile_worker_cli 0.1.12
HIGHEST = 22
_MARK = "-- graphile-worker-rs:"


@dataclass(frozen=True)
class Migration:
    """One of theirs."""

    number: int
    breaking: bool
    statements: list[str]


def sources() -> Path:
    """The folder of their SQL files. Raises FileNotFoundError."""
    cargo = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    for folder in cargo.glob(f"registry/src/*/{CRATE}/src/sql"):
        return folder
    raise FileNotFoundError(f"cargo has no sources of {CRATE}; scripts/test-peers fetches them")


def read(path: Path, schema: str = "graphile_worker") -> Migration:
    """One file as their runner takes it: lines with a mark tell it things, one of them stands between two statements."""
    text = path.read_text("utf-8").replace(":GRAPHILE_WORKER_SCHEMA", schema)
    parts = [
        "\n".join(line for line in part.splitlines() if not line.strip().startswith(_MARK))
        for part in text.split(f"{_MARK}statement")
    ]
    breaking = any(line.strip() == f"{_MARK}breaking" for line in text.splitlines())
    return Migration(int(path.stem.lstrip("m")), breaking, [part for part in parts if part.strip()])


async def migrate_to(dsn: str, number: int) -> None:
    """What their runner does on this database when it knows the migrations up to `number`."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("create schema if not exists graphile_worker")
        await connection.execute(
            "create table if not exists graphile_worker.migrations"
            " (id int primary key, ts timestamptz default now() not null, breaking boolean not null default false)"
        )
        last = await connection.fetchval("select coalesce(max(id), 0) from graphile_worker.migrations")
        for migration in [read(path) for path in sorted(sources().glob("m*.sql"))]:
            if last < migration.number <= number:
                await _run(connection, migration)
    finally:
        await connection.close()


async def _run(connection: asyncpg.Connection[asyncpg.Record], migration: Migration) -> None:
    async with connection.transaction():
        insert = "insert into graphile_worker.migrations (id, breaking) values ($1, $2)"
        await connection.execute(insert, migration.number, migration.breaking)
        for statement in migration.statements:
            await connection.execute(statement)


async def run(program: Sequence[str], dsn: str, *arguments: str) -> tuple[int | None, str]:
    """One command of the reference's program; its exit code and all it said."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *program, *arguments, env=environment(dsn), stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()
