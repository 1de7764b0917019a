"""Login roles of one test, and WorkerUtils as them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from graphile_worker.core.database.transactions import Pool, connect
from graphile_worker.core.diagnosis.capabilities import Capabilities, inspect
from graphile_worker.core.schema import Schema
from graphile_worker.worker_utils import WorkerUtils

_numbers = itertools.count(1)


async def login(admin: Pool, kind: str, options: str = "") -> str:
    """Makes a login role, its name unique on the server (roles are shared by all databases)."""
    name = f"{kind}_{next(_numbers)}_{await admin.fetchval('select current_database()')}"
    await admin.execute(f"create role {name} login password 'secret' {options}")
    return name


async def own_everything(admin: Pool, owner: str, schema: str = "graphile_worker") -> None:
    """Gives the schema and all that is in it to a role."""
    quoted = Schema(schema).quoted
    await admin.execute(f"alter schema {quoted} owner to {owner}")
    for kind, name in await admin.fetch(
        """
        select case c.relkind when 'v' then 'view' else 'table' end, c.oid::regclass::text from pg_class c
        where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'v')
        union all
        select 'function', p.oid::regprocedure::text from pg_proc p where p.pronamespace = $1::regnamespace
        """,
        quoted,
    ):
        await admin.execute(f"alter {kind} {name} owner to {owner}")


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
    async with utils.queue.read_unchecked() as tx:
        return await inspect(tx)
