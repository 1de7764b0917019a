"""The batch engine: changes rows by id in small transactions, and has a result for each id.

A batch is one transaction. Rows that another session holds are retried for a moment. Where the database refuses a
batch, each of its ids gets a transaction of its own, so that one row does not stop the others. Where an error ends the
run midway, the results so far are kept and every other id gets a result that says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress

from graphile_worker.core.database.retry import is_busy, retry_busy
from graphile_worker.core.exceptions import (
    DATABASE_ERRORS,
    Busy,
    GraphileWorkerError,
    OutcomeUnknown,
    Refused,
    reason_of,
)
from graphile_worker.core.jobs import JobResult, Outcome

BATCH = 50  # ids per transaction, so that no worker waits for us longer than a few milliseconds
BUSY_WAITS = (0.05, 0.2, 0.5)  # seconds before each new try at rows that another session holds for a moment

# One transaction on ids: appends their results to the list before it commits. An id without a result needs no change.
Change = Callable[[list[int], list[JobResult]], Awaitable[None]]


def batches(ids: Sequence[int], size: int = BATCH) -> Iterator[list[int]]:
    """The ids in lists of at most `size`."""
    return (list(ids[start : start + size]) for start in range(0, len(ids), size))


def interruption_reasons(error: GraphileWorkerError) -> tuple[str, str]:
    """The reasons for the ids of the batch that an error ended, and for the ids after it."""
    if isinstance(error, OutcomeUnknown):
        return f"may or may not be done ({error.CAUSE}): look again", f"not tried: {error.CAUSE}"
    return f"not done: {reason_of(error)}", f"not tried: {error.message}"


class BatchRun:
    """The results of a change by id.

    Args:
        change: the change of one batch.
        refusal: the reason for an id that the database refuses on its own.
    """

    def __init__(self, change: Change, refusal: Callable[[Refused], str] = reason_of) -> None:
        self.results: dict[int, JobResult] = {}
        self.any_settled = True  # whether any id had a result before an error ended the run
        self._change = change
        self._refusal = refusal

    @property
    def any_done(self) -> bool:
        """Whether the change of any id is committed."""
        return any(result.outcome is Outcome.DONE for result in self.results.values())

    async def run(self, ids: Iterable[int]) -> GraphileWorkerError | None:
        """Changes all ids, in ascending order. Returns the error that ended the run, if any."""
        ordered = sorted(ids)
        for index, batch in enumerate(batches(ordered)):
            try:
                await self._all_or_each(batch)
            except DATABASE_ERRORS as error:
                self.any_settled = bool(self.results)
                self.interrupt(error, batch, ordered[(index + 1) * BATCH :])
                return error
        return None

    def interrupt(self, error: GraphileWorkerError, batch: Iterable[int], rest: Iterable[int]) -> None:
        """Adds results for ids without one: those of the batch that an error ended, and those after it."""
        in_batch, not_tried = interruption_reasons(error)
        if isinstance(error, OutcomeUnknown):
            in_batch = not_tried  # the ids of the transaction itself have their results already
        for ids, reason in ((batch, in_batch), (rest, not_tried)):
            for id in ids:
                self.results.setdefault(id, JobResult(id, Outcome.REFUSED, reason))

    async def _all_or_each(self, ids: list[int]) -> None:
        """The ids in one transaction; where the database refuses it, each id in its own."""
        try:
            await self._retry_busy(ids)
        except Refused as error:
            if len(ids) == 1:
                self.results[ids[0]] = JobResult(ids[0], Outcome.REFUSED, self._refusal(error))
                return
            for id in ids:
                if id not in self.results or self.results[id].outcome is Outcome.BUSY:
                    await self._all_or_each([id])

    async def _retry_busy(self, ids: list[int]) -> None:
        """One transaction, and further ones for the ids whose rows are busy."""
        busy = ids

        async def transaction() -> None:
            nonlocal busy
            busy = await self._change_once(busy)
            if busy:
                raise _BusyRows

        with suppress(_BusyRows):
            await retry_busy(transaction, BUSY_WAITS, retriable=lambda error: isinstance(error, _BusyRows))

    async def _change_once(self, ids: list[int]) -> list[int]:
        """One transaction. Returns the ids whose rows are busy."""
        found: list[JobResult] = []
        try:
            await self._change(ids, found)
        except OutcomeUnknown as error:
            self._replace(ids, [_unknown(result, error) for result in found])
            raise
        except Busy as error:
            if not is_busy(error):
                raise
            found = [JobResult(id, Outcome.BUSY, reason_of(error)) for id in ids]
        self._replace(ids, found)
        return [result.id for result in found if result.outcome is Outcome.BUSY]

    def _replace(self, ids: list[int], found: list[JobResult]) -> None:
        for id in ids:
            self.results.pop(id, None)  # an id that was busy before may need no change now
        self.results |= {result.id: result for result in found}


class _BusyRows(Exception):
    """Some ids of a committed transaction have the outcome BUSY."""


def _unknown(result: JobResult, error: OutcomeUnknown) -> JobResult:
    """The result of an unknown commit; what the transaction skipped stays as it is either way."""
    done = result.outcome is Outcome.DONE
    return JobResult(result.id, Outcome.UNKNOWN, interruption_reasons(error)[0]) if done else result
