"""Databases made by the migrations of Node's own releases, each made once and cloned for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.peers import node
from tests.support.templates import Databases

_made: dict[tuple[str, int], str] = {}  # (package, highest migration) -> the template's name


@pytest.fixture
async def node_dsn(databases: Databases) -> AsyncIterator[Callable[[str, int], Awaitable[str]]]:
    """Makes a database as that Node release leaves it: `await node_dsn("node-0.16", 18)` is its address."""
    async with AsyncExitStack() as stack:

        async def make(package: str, highest: int) -> str:
            if (package, highest) not in _made:
                template = await databases.empty()
                await node.migrate(package, databases.server.dsn(template), highest)
                _made[package, highest] = template
            name = await databases.clone(_made[package, highest])
            stack.push_async_callback(databases.drop, name)
            return databases.server.dsn(name)

        yield make
