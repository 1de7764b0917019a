"""Helpers of the tests about the event stream."""

from __future__ import annotations

import asyncio
from typing import Any

LISTENERS = (  # the second is the check that the database answers
    "select count(*) from pg_stat_activity where datname = current_database() and "
    "(query ilike 'listen%' or query = 'select 1')"
)


async def until(question: Any, wanted: Any, within: float = 10) -> None:
    """Asks until the answer is the wanted one."""
    async with asyncio.timeout(within):
        while await question() != wanted:
            await asyncio.sleep(0.05)


async def all_idle(pool: Any) -> bool:
    """Whether nothing holds a connection; a check of the database takes one for a moment."""
    return bool(pool.get_idle_size() == pool.get_size())
