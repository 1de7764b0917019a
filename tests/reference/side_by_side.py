"""The reference and ours, both serving one database that holds some hundreds of rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from tests.contract.driver import OURS, Driver, driving

ROWS = (Path(__file__).parent / "rows.sql").read_text("utf-8")


@dataclass(frozen=True)
class Both:
    """The two, and a connection of our own to their database."""

    theirs: Driver
    ours: Driver
    connection: asyncpg.Connection[Any]

    async def ids(self) -> list[int]:
        """Every job there is."""
        query = "select coalesce(array_agg(id order by id), '{}') from graphile_worker._private_jobs"
        return list(await self.connection.fetchval(query))


@asynccontextmanager
async def side_by_side(reference: Sequence[str], dsn: str, more_rows: str = "") -> AsyncIterator[Both]:
    """Both with the rows of seed.sql, rows.sql and `more_rows`, until the block ends."""
    async with (
        driving(reference, dsn, rows=ROWS + more_rows, doors=["none"]) as theirs,
        driving(OURS, dsn, rows=ROWS + more_rows, doors=["none"]) as ours,
    ):
        connection = await asyncpg.connect(dsn)
        try:
            yield Both(theirs, ours, connection)
        finally:
            await connection.close()
