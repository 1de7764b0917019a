"""Databases by the dozen: one migrated template for each schema name, cloned for every test."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from graphile_worker.core.database.transactions import Database, connect
from graphile_worker.core.migration.migrate import migrate
from graphile_worker.core.queue import Queue
from graphile_worker.core.schema import DEFAULT_SCHEMA, Schema
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from graphile_worker.worker_utils import WorkerUtils


class Databases:
    """Makes and drops databases of one server."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server
        self._numbers = itertools.count(1)
        self._templates: dict[str, str] = {}

    async def empty(self) -> str:
        """The name of a new database with nothing in it."""
        return await self._create("template0")

    async def migrated(self, schema: str) -> str:
        """The name of a new database that holds the migrated schema and no jobs."""
        if schema not in self._templates:
            template = await self.empty()
            await self._migrate(template, schema)
            self._templates[schema] = template
        return await self._create(self._templates[schema])

    @asynccontextmanager
    async def queue(self, schema: str) -> AsyncIterator[WorkerUtils]:
        """A migrated queue without jobs in a database of its own."""
        async with self._opened(await self.migrated(schema), schema) as utils:
            yield utils

    @asynccontextmanager
    async def encoded(self, encoding: str) -> AsyncIterator[WorkerUtils]:
        """The same in a database of this encoding."""
        name = await self._create("template0", f"encoding '{encoding}' locale 'C'")
        async with self._opened(name, DEFAULT_SCHEMA) as utils:
            await utils.migrate()
            yield utils

    @asynccontextmanager
    async def _opened(self, name: str, schema: str) -> AsyncIterator[WorkerUtils]:
        pool = await connect(self.server.dsn(name))
        try:
            yield WorkerUtils(pool, schema)
        finally:
            await pool.close()
            await self.drop(name)

    async def clone(self, template: str) -> str:
        """The name of a new database like that one."""
        return await self._create(template)

    async def drop(self, name: str) -> None:
        """Drops a database, whoever is still connected to it."""
        await self._execute(f'drop database if exists "{name}" with (force)')

    async def _create(self, template: str, options: str = "") -> str:
        name = f"test_{next(self._numbers)}"
        await self._execute(f'create database "{name}" template "{template}" {options}')
        return name

    async def _migrate(self, database: str, schema: str) -> None:
        pool = await connect(self.server.dsn(database))
        try:
            await migrate(Queue(Database(pool), Schema(schema)))
        finally:
            await pool.close()

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server.dsn())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
