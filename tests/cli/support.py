"""Runs the program as people do: a process of its own, with an environment we know all of."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.support.imports import OURS_FIRST

PROGRAM = [sys.executable, "-m", "graphile_worker"]


@dataclass(frozen=True)
class Ran:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.out)


class Program:
    """The command line on one database and schema."""

    def __init__(self, dsn: str | None, schema: str = "graphile_worker") -> None:
        self.environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "GRAPHILE_WORKER_SCHEMA": schema, **OURS_FIRST}
        if dsn:
            self.environment["DATABASE_URL"] = dsn

    def __call__(self, *arguments: str, stdin: str | None = None, **environment: str) -> Ran:
        done = subprocess.run(
            [*PROGRAM, *arguments], env=self.environment | environment, input=stdin, capture_output=True,
            encoding="utf-8", timeout=60,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)


async def rows(dsn: str, query: str) -> list[dict[str, Any]]:
    """The rows of a query."""
    connection = await asyncpg.connect(dsn)
    try:
        return [dict(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()
