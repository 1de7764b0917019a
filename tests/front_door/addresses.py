"""A database with one job, the pieces of its address, and the program in an environment of which we know everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest

from graphile_worker.conninfo import resolve
from tests.cli.support import Program, Ran


@dataclass(frozen=True)
class Target:
    """A database that holds one job, and a home folder for the program."""

    host: str
    port: int
    user: str
    password: str
    database: str
    home: Path

    @property
    def lines(self) -> str:
        """Its parameters, one a line, as in a service file."""
        return (
            f"host={self.host}\nport={self.port}\nuser={self.user}\npassword={self.password}\ndbname={self.database}\n"
        )

    @property
    def authority(self) -> str:
        """`user:password@host:port`."""
        return f"{quote(self.user)}:{quote(self.password)}@{self.host}:{self.port}"

    def run(self, *arguments: str, **environment: str) -> Ran:
        """A command with no other variable of libpq than these."""
        return Program(None)(*arguments, HOME=str(self.home), **environment)

    def reached(self, address: str | None = None, **environment: str) -> None:
        """The program counts the one job of this database; nothing is on standard error but warnings and notes."""
        given = [] if address is None else ["--database-url", address]
        ran = self.run("count", *given, **environment)
        assert (ran.code, ran.out.strip()) == (0, "1"), ran

    def refused(self, address: str | None = None, code: int = 2, **environment: str) -> str:
        """What the program says where it ends with this code."""
        ran = self.run("count", *([] if address is None else ["--database-url", address]), **environment)
        assert ran.code == code and "mistake of ours" not in ran.err, ran
        return ran.err


@pytest.fixture
async def target(dsn: str, tmp_path: Path) -> AsyncIterator[Target]:
    """A migrated database with one job."""
    options = resolve(dsn, {})
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select graphile_worker.add_job('here')")
    finally:
        await connection.close()
    host = options.hosts[0]
    home = tmp_path / "home"
    home.mkdir()
    yield Target(host.host, host.port, options.user, options.password or "", options.database, home)
