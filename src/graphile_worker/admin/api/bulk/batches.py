"""The ids of a selection in batches, and a request of the HTTP API: one action on as many batches as fit into its time.

No state stays in the server: `next` is the cursor of the following request.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from graphile_worker.admin.api.bulk.selection import BulkCursor, JobSelection
from graphile_worker.core.actions.batches import batches as split
from graphile_worker.core.exceptions import DATABASE_ERRORS, OutcomeUnknown
from graphile_worker.core.jobs import JobReport, JobResult
from graphile_worker.core.queue import Queue

PAGE_IDS = 500  # most ids of one request, and of one page of a selection
PAGE_SECONDS = 2.0  # after which a request is answered, and a page of a selection is read again


@dataclass(frozen=True, slots=True)
class IdBatch:
    """Ids for one transaction, and the cursor behind them; None after the last ones."""

    ids: list[int]
    next: BulkCursor | None


@dataclass(slots=True)
class BulkResult:
    """The results of one request, one per id, and the cursor of the next request, None at the end."""

    results: list[JobResult] = field(default_factory=list)
    next: BulkCursor | None = None

    @property
    def outcomes(self) -> dict[str, int]:
        """How many ids have each outcome."""
        return dict(Counter(result.outcome.value for result in self.results))


async def id_batches(
    queue: Queue, selection: JobSelection, cursor: BulkCursor | None = None
) -> AsyncGenerator[IdBatch]:
    """All ids of a selection behind the cursor. What the caller does with a batch may change what follows it."""
    while True:
        cursor, ids = await selection.page(queue, cursor, PAGE_IDS)
        read_at = time.monotonic()
        left = len(ids)
        for batch in split(ids):
            cursor, left = selection.advance(cursor, batch), left - len(batch)
            last = cursor.after >= cursor.last or (left == 0 and len(ids) < PAGE_IDS)
            yield IdBatch(batch, None if last else cursor)
            if last:
                return
            if time.monotonic() - read_at > PAGE_SECONDS:
                break
        if not ids:
            return


async def apply_to_page(
    queue: Queue,
    selection: JobSelection,
    apply: Callable[[list[int]], Awaitable[JobReport]],
    cursor: BulkCursor | None = None,
) -> BulkResult:
    """Applies the action to the next batches. Raises an error only where nothing was done before it."""
    done = BulkResult()
    started = time.monotonic()
    async with aclosing(id_batches(queue, selection, cursor)) as batches:
        async for batch in batches:
            try:
                done.results += (await apply(batch.ids)).results
            except OutcomeUnknown as error:
                done.results += error.results  # the next request begins behind them: they may be done
                done.next = batch.next
                break
            except DATABASE_ERRORS:
                if not done.results:
                    raise
                break  # `next` is still the cursor in front of this batch: the next request raises, if the cause remains
            done.next = batch.next
            if len(done.results) >= PAGE_IDS or time.monotonic() - started > PAGE_SECONDS:
                break
    return done
