"""What has become of the jobs of an action that made them due."""

from __future__ import annotations

import re
from collections.abc import Mapping

from graphile_worker.admin.api.requests import IDS_MAX
from graphile_worker.admin.api.responses.jobs import ProgressCounts
from graphile_worker.admin.api.sql import statement
from graphile_worker.core import validation
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.queue import Queue
from graphile_worker.core.sql import texts

_RANGE = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,19}))?(?::([0-9]{1,5}))?", re.ASCII)


def parse_ids(text: str) -> dict[int, int | None]:
    """("1-2:4,7") -> {1: 4, 2: 4, 7: None}, each id with its attempts; at most IDS_MAX ids. Raises InvalidInput."""
    ids: dict[int, int | None] = {}
    given = 0
    for part in text.split(","):
        found = _RANGE.fullmatch(part)
        if found is None:
            raise InvalidInput("ids", "must be ids and ranges between commas, like 1-3,7 or with attempts 1-3:0,7:4")
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last <= validation.BIGINT_MAX:
            raise InvalidInput(
                "ids", f"must be from 1 to {validation.BIGINT_MAX}, the first of a range not above its last"
            )
        given += last - first + 1
        if given > IDS_MAX:
            raise InvalidInput("ids", f"must be at most {IDS_MAX}")
        ids.update(dict.fromkeys(range(first, last + 1), int(found[3]) if found[3] else None))
    return ids


@retried_read
async def progress(queue: Queue, ids: Mapping[int, int | None]) -> ProgressCounts:
    """Counts these ids: gone from the table (completed, removed or unknown), running, failed since, waiting.

    An id with its attempts after the action has failed if the job has more attempts now and no lock. Of an id without
    them, a job with an error whose run_at is later than its last change counts, also where a reschedule set run_at.
    """
    async with queue.read() as tx:
        row = await tx.fetchrow(statement("selection.progress"), ids=texts(ids), attempts=texts(ids.values()))
    assert row is not None  # an aggregate always answers
    waiting = row["present"] - row["running"] - row["failed"]
    return {
        "gone": len(ids) - row["present"],
        "running": row["running"],
        "failed": row["failed"],
        "waiting": waiting,
        "as_of": row["as_of"],
    }
