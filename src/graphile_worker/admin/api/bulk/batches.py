"""The ids of a selection in batches, and the step of the HTTP API: one action on as many batches as fit into its time.

A step keeps no state in the server: its `next` is the cursor of the following request.
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

STEP_IDS = 500  # most ids of one step, and of one page of a selection
STEP_SECONDS = 2.0  # after which a step returns, and a page of a selection is read again


@dataclass(frozen=True, slots=True)
class IdBatch:
    """Ids for one transaction, and the cursor behind them; None after the last ones."""

    ids: list[int]
    next: BulkCursor | None


@dataclass(slots=True)
class BulkStep:
    """The results of one step, one per id, and the cursor of the next step, None at the end."""

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
        cursor, ids = await selection.page(queue, cursor, STEP_IDS)
        read_at = time.monotonic()
        left = len(ids)
        for batch in split(ids):
            cursor, left = selection.advance(cursor, batch), left - len(batch)
            last = cursor.after >= cursor.last or (left == 0 and len(ids) < STEP_IDS)
            yield IdBatch(batch, None if last else cursor)
            if last:
                return
            if time.monotonic() - read_at > STEP_SECONDS:
                break
        if not ids:
            return


async def run_step(
    queue: Queue,
    selection: JobSelection,
    act: Callable[[list[int]], Awaitable[JobReport]],
    cursor: BulkCursor | None = None,
) -> BulkStep:
    """Applies the action to the next batches. Raises an error only where nothing was done before it."""
    step = BulkStep()
    started = time.monotonic()
    async with aclosing(id_batches(queue, selection, cursor)) as batches:
        async for batch in batches:
            try:
                step.results += (await act(batch.ids)).results
            except OutcomeUnknown as error:
                step.results += error.results  # the next step begins behind them: they may be done
                step.next = batch.next
                break
            except DATABASE_ERRORS:
                if not step.results:
                    raise
                break  # `next` is still the cursor in front of this batch: the next step raises, if the cause remains
            step.next = batch.next
            if len(step.results) >= STEP_IDS or time.monotonic() - started > STEP_SECONDS:
                break
    return step
