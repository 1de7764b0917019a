"""A queue with unusual jobs, and a login whose sessions carry a setting."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import asyncpg

from graphile_worker.core.database.transactions import connect
from graphile_worker.core.schema import DEFAULT_SCHEMA
from tests.settings import asking
from tests.settings.values import Tried
from tests.support.roles import as_role, own_everything
from tests.support.templates import Databases

HERE = Path(__file__).parent
SEEDS = (HERE.parent / "contract" / "seed.sql", HERE / "seed.sql")


Result: TypeAlias = "dict[str, tuple[str, str]] | str"  # without and with the setting by what was asked; or a refusal


class Places:
    """Clones of one database for logins of two roles: the owner of the queue and a superuser."""

    def __init__(self, databases: Databases, template: str) -> None:
        self._databases = databases
        self._template = template
        self._unset: dict[str, dict[str, str]] = {}
        number = re.sub(r"\D", "", template)
        self.owner, self.chief = f"setter{number}x", f"chief{number}x"

    @classmethod
    async def made(cls, databases: Databases) -> Places:
        """The template with its jobs, and the roles."""
        places = cls(databases, await databases.migrated(DEFAULT_SCHEMA))
        dsn = databases.server.dsn(places._template)
        connection = await asyncpg.connect(dsn)
        for seed in SEEDS:
            await connection.execute(seed.read_text("utf-8").replace("{schema}", DEFAULT_SCHEMA))
        await connection.execute(
            f"create role {places.owner} login password 'secret';"
            f"create role {places.chief} login superuser password 'secret'; analyze"
        )
        await connection.close()
        pool = await connect(dsn)
        await own_everything(pool, places.owner)
        await pool.close()
        return places

    async def unset(self, role: str) -> dict[str, str]:
        """The answers to this role where nothing is set."""
        if role not in self._unset:
            async with self._clone() as (name, _):
                self._unset[role] = await self._asked(name, role, "")
        return self._unset[role]

    async def results(self, group: list[Tried]) -> dict[Tried, Result]:
        """Of settings with one place, tried together; where an answer differs, each half is tried again."""
        role = self.chief if group[0].login_of_superuser else self.owner
        unset = await self.unset(role)
        async with self._clone() as (name, connection):
            session = _Session(connection, name, role, self._address(name, role, ""))
            refused: dict[Tried, Result] = {}
            for tried in group:
                refusal = await session.take(tried)
                if refusal:
                    refused[tried] = f"the server refuses it: {refusal}"
            found = await self._asked(name, role, session.options)
        differences = {asked: (unset[asked], found[asked]) for asked in unset if found[asked] != unset[asked]}
        taken = [tried for tried in group if tried not in refused]
        if not differences or len(taken) == 1:
            return refused | dict.fromkeys(taken, differences)
        half = len(taken) // 2
        return refused | await self.results(taken[:half]) | await self.results(taken[half:])

    def _address(self, database: str, role: str, options: str) -> str:
        return as_role(self._databases.server.dsn(database), role) + options

    async def _asked(self, database: str, role: str, options: str) -> dict[str, str]:
        found = await asking.everything(self._address(database, role, options))
        return {asked: asking.masked(text, database, role) for asked, text in found.items()}

    @asynccontextmanager
    async def _clone(self) -> AsyncIterator[tuple[str, asyncpg.Connection[asyncpg.Record]]]:
        name = await self._databases.clone(self._template)
        connection = await asyncpg.connect(self._databases.server.dsn())
        try:
            yield name, connection
        finally:
            await connection.close()
            await self._databases.drop(name)


class _Session:
    """A login that takes one setting after the other, and leaves out those with which the server lets nobody in."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record], database: str, role: str, address: str) -> None:
        self._connection = connection
        self._of = {"role": f"role {role} in database {database}", "database": f"database {database}"}
        self._given: list[str] = []
        self._login = address

    @property
    def options(self) -> str:
        """What the address carries."""
        return f"?options={quote(' '.join(self._given), safe='')}" if self._given else ""

    async def take(self, tried: Tried) -> str | None:
        """The server's words where it refuses."""
        try:
            await self._set(tried)
        except asyncpg.PostgresError as error:
            return str(error)
        try:
            await (await asyncpg.connect(self._login + self.options)).close()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            if tried.place == "address":
                self._given.pop()
            else:
                await self._connection.execute(f'alter {self._of[tried.place]} reset "{tried.name}"')
            return str(error)
        return None

    async def _set(self, tried: Tried) -> None:
        if tried.place == "address":
            self._given.append(_option(tried))
            return
        literal = "'" + tried.value.replace("'", "''") + "'"
        if tried.name == "search_path" and tried.value:
            literal = tried.value  # a list, not one name
        await self._connection.execute(f'alter {self._of[tried.place]} set "{tried.name}" = {literal}')


def _option(tried: Tried) -> str:
    """As libpq's `options` has it: blanks and backslashes behind a backslash."""
    return "-c " + re.sub(r"([\\ ])", r"\\\1", f"{tried.name}={tried.value}")
