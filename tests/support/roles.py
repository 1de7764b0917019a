"""Login roles of one test, and WorkerUtils as them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from graphile_worker.core.capabilities import Capabilities, inspect
from graphile_worker.core.database import Pool, connect
from graphile_worker.core.utils import WorkerUtils

_numbers = itertools.count(1)


async def login(admin: Pool, kind: str, options: str = "") -> str:
    """Makes a login role, its name unique on the server (roles are shared by all databases)."""
    name = f"{kind}_{next(_numbers)}_{await admin.fetchval('select current_database()')}"
    await admin.execute(f"create role {name} login password 'secret' {options}")
    return name


def as_role(dsn: str, user: str) -> str:
    """The same address for another user."""
    scheme, _, rest = dsn.partition("://")
    return f"{scheme}://{user}:secret@{rest.rpartition('@')[2]}"


@asynccontextmanager
async def acting_as(dsn: str, user: str, schema: str = "graphile_worker") -> AsyncIterator[WorkerUtils]:
    """Every verb, as that role."""
    async with AsyncExitStack() as stack:
        pool = await connect(as_role(dsn, user))
        stack.push_async_callback(pool.close)
        yield WorkerUtils(pool, schema)


async def capabilities(utils: WorkerUtils) -> Capabilities:
    """One look, now."""
    async with utils.database.read() as connection:
        return await inspect(connection, utils.schema)
