"""What has become of the jobs of an action that made them due."""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphile_worker.admin.api.requests import IDS_MAX
from graphile_worker.admin.api.responses.jobs import ProgressCounts
from graphile_worker.admin.api.sql import statement
from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.queue import Queue

_RANGE = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,19}))?", re.ASCII)


def parse_ids(text: str) -> list[int]:
    """("1-3,7") -> [1, 2, 3, 7]; at most IDS_MAX ids. Raises InvalidInput."""
    ids: list[int] = []
    for part in text.split(","):
        found = _RANGE.fullmatch(part)
        if found is None:
            raise InvalidInput("ids", "must be ids and ranges between commas, like 1-3,7")
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last <= validation.BIGINT_MAX:
            raise InvalidInput(
                "ids", f"must be from 1 to {validation.BIGINT_MAX}, the first of a range not above its last"
            )
        if len(ids) + last - first >= IDS_MAX:
            raise InvalidInput("ids", f"must be at most {IDS_MAX}")
        ids.extend(range(first, last + 1))
    return ids


@retried_read
async def progress(queue: Queue, ids: Sequence[int]) -> ProgressCounts:
    """Counts these ids: gone from the table (completed, removed or unknown), running, failed since, waiting.

    A job with an error whose run_at is later than its last change counts as failed, also where a reschedule set run_at.
    """
    wanted = set(ids)
    async with queue.read() as tx:
        row = await tx.fetchrow(statement("selection.progress"), ids=[str(id) for id in wanted])
    assert row is not None  # an aggregate always answers
    waiting = row["present"] - row["running"] - row["failed"]
    return {
        "gone": len(wanted) - row["present"],
        "running": row["running"],
        "failed": row["failed"],
        "waiting": waiting,
        "as_of": row["as_of"],
    }
