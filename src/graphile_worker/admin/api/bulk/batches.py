"""An action on many jobs in batches. Each batch has a result per id, and the cursor of the next one.

The server keeps no state between batches: a client continues with the cursor, or stops.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from graphile_worker.admin.api.bulk.selection import BulkCursor, JobSelection
from graphile_worker.core.actions.act import CHUNK
from graphile_worker.core.database.transactions import Database
from graphile_worker.core.exceptions import AccessError, DatabaseError, OutcomeUnknown, SchemaError
from graphile_worker.core.jobs import JobReport, JobResult
from graphile_worker.core.schema import Schema

BATCH_IDS = 500  # maximum ids of a batch
BATCH_SECONDS = 2.0  # after which a batch ends with the results that it has

Act = Callable[[list[int]], Awaitable[JobReport]]


@dataclass(slots=True)
class BatchResult:
    """The result of one batch: a result per id, and the cursor of the next batch, None after the last one."""

    results: list[JobResult] = field(default_factory=list)
    next: BulkCursor | None = None

    @property
    def outcomes(self) -> dict[str, int]:
        """The number of ids by outcome."""
        return dict(Counter(result.outcome.value for result in self.results))


async def run_batch(
    database: Database, schema: Schema, selection: JobSelection, act: Act, cursor: BulkCursor | None = None
) -> BatchResult:
    """Applies the action to the next jobs, 50 in a transaction."""
    cursor, ids = await selection.next_batch(database, schema, cursor, BATCH_IDS)
    done = BatchResult()
    started = time.monotonic()
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        try:
            done.results += (await act(chunk)).results
        except OutcomeUnknown as error:
            done.results += error.results  # the next batch begins after them: they may be committed
            break
        except (DatabaseError, SchemaError, AccessError):
            if not done.results:
                raise
            break  # keep the results; the next batch raises the error, if it persists
        if time.monotonic() - started > BATCH_SECONDS:
            break
    if len(done.results) < len(ids) or len(ids) == BATCH_IDS:
        following = selection.cursor_after(cursor, [result.id for result in done.results])
        done.next = following if following.after < following.last else None
    return done
