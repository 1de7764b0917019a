"""Helpers of the tests about the event stream."""

from __future__ import annotations

import asyncio
from typing import Any

LISTENERS = "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen%'"


async def until(question: Any, wanted: Any, within: float = 10) -> None:
    """Asks until the answer is the wanted one."""
    async with asyncio.timeout(within):
        while await question() != wanted:
            await asyncio.sleep(0.05)
