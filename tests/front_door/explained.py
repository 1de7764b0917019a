"""What PostgreSQL does for a statement of ours, by its own account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from graphile_worker.core.database.transactions import AnyConnection


async def plan(connection: AnyConnection, text: str, *arguments: Any) -> dict[str, Any]:
    """The plan of a statement that has run, as EXPLAIN (ANALYZE, BUFFERS) tells it."""
    async with connection.transaction():
        await connection.execute("set local plan_cache_mode = force_custom_plan")
        explained = await connection.fetchval("explain (analyze, buffers, format json) " + text, *arguments)
    root: dict[str, Any] = json.loads(explained)[0]["Plan"]
    return root


def nodes(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node and all below it."""
    yield root
    for below in root.get("Plans", ()):
        yield from nodes(below)


def blocks(root: dict[str, Any]) -> int:
    """Pages of 8 KiB that were read, wherever they were."""
    return int(root["Shared Hit Blocks"]) + int(root["Shared Read Blocks"])
