"""One connection and one schema: runs named statements, their parameters given by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg

from graphile_worker.core.database.waits import TRIPS_OF_STATEMENT, add_trips
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import Statement

if TYPE_CHECKING:
    from graphile_worker.core.database.transactions import AnyConnection


class SchemaConnection:
    """Runs statements on `connection`, filled in for `schema`. All methods raise TypeError as Statement.bind."""

    def __init__(self, connection: AnyConnection, schema: Schema) -> None:
        self.connection = connection
        self.schema = schema

    @property
    def server_major(self) -> int:
        """The major version of the server."""
        return self.connection.get_server_version().major

    async def fetch(self, statement: Statement, /, **parameters: Any) -> list[asyncpg.Record]:
        """All rows."""
        text, values = statement.bind(self.schema, parameters)
        add_trips()
        return await self.connection.fetch(text, *values)

    async def fetchrow(self, statement: Statement, /, **parameters: Any) -> asyncpg.Record | None:
        """The first row, or None."""
        text, values = statement.bind(self.schema, parameters)
        add_trips()
        return await self.connection.fetchrow(text, *values)

    async def fetchval(self, statement: Statement, /, **parameters: Any) -> Any:
        """The first column of the first row; None where there is no row."""
        text, values = statement.bind(self.schema, parameters)
        add_trips()
        return await self.connection.fetchval(text, *values)

    async def execute(self, statement: Statement, /, **parameters: Any) -> str:
        """Runs the statement, or a script without parameters; the tag of the last command."""
        text, values = statement.bind(self.schema, parameters)
        add_trips(TRIPS_OF_STATEMENT if values else 1)
        return await self.connection.execute(text, *values)

    async def cursor(self, statement: Statement, /, **parameters: Any) -> Any:
        """A server-side cursor over the rows."""
        text, values = statement.bind(self.schema, parameters)
        add_trips()
        return await self.connection.cursor(text, *values)
