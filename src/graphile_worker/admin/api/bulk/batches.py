"""One verb on many jobs, a step at a time: each step reports per id and says where to go on.

A step is stateless: whoever asks for the next one continues, whoever does not has stopped.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from graphile_worker.admin.api.bulk.selection import Chosen, Place
from graphile_worker.core.actions.act import CHUNK
from graphile_worker.core.exceptions import AccessError, DatabaseError, OutcomeUnknown, SchemaError
from graphile_worker.core.jobs import JobReport, JobResult
from graphile_worker.core.queue import Queue

STEP_IDS = 500  # ids of one step at most
STEP_SECONDS = 2.0  # after which a step ends with what it has

Act = Callable[[list[int]], Awaitable[JobReport]]


@dataclass(slots=True)
class Step:
    """What one step did: a result per id, and the `next` place, None at the end."""

    results: list[JobResult] = field(default_factory=list)
    next: Place | None = None

    @property
    def outcomes(self) -> dict[str, int]:
        """How many ids came to each outcome."""
        return dict(Counter(result.outcome.value for result in self.results))


async def step(queue: Queue, chosen: Chosen, act: Act, place: Place | None = None) -> Step:
    """Applies the verb to the next jobs, 50 in a transaction."""
    place, ids = await chosen.take(queue, place, STEP_IDS)
    done = Step()
    begun = time.monotonic()
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        try:
            done.results += (await act(chunk)).results
        except OutcomeUnknown as error:
            done.results += error.results  # the next step begins after them: they may be done
            break
        except (DatabaseError, SchemaError, AccessError):
            if not done.results:
                raise
            break  # what was done is told; the next step meets the error, if it is still there
        if time.monotonic() - begun > STEP_SECONDS:
            break
    if len(done.results) < len(ids) or len(ids) == STEP_IDS:
        passed = chosen.passed(place, [result.id for result in done.results])
        done.next = passed if passed.after < passed.last else None
    return done
