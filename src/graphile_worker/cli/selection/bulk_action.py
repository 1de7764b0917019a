"""One action on selected jobs, batch after batch: outcomes are counted as they arrive, and Ctrl-C stops between batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import click

from graphile_worker.admin.api.json_codec import encode
from graphile_worker.admin.api.responses.errors import result_output
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.output import note, one_per_line, print_lines
from graphile_worker.cli.selection.progress import progress, stopping
from graphile_worker.cli.settings import settings
from graphile_worker.core.actions.action import JobAction
from graphile_worker.core.actions.table import RUN_AT
from graphile_worker.core.exceptions import DATABASE_ERRORS, OutcomeUnknown
from graphile_worker.core.jobs import Job, JobReport, JobResult, Outcome

if TYPE_CHECKING:
    from graphile_worker.admin.api.bulk.selection import JobSelection
    from graphile_worker.core.queue import Queue


@dataclass(frozen=True)
class BulkAction:
    """The action of a command with its arguments.

    Args:
        call: the action that is applied; `reschedule --now` applies `run-now` and keeps its own words in messages.
    """

    action: JobAction
    arguments: Mapping[str, Any]
    call: JobAction

    async def with_absolute_times(self, queue: Queue) -> BulkAction:
        """The same action with the time that it gives to the jobs, which is printed where a relative time was given."""
        checked = self.call.validate(self.arguments)
        times = {RUN_AT.name: checked.get(RUN_AT.name)}
        absolute = await queue.absolute_times(times)
        if absolute == times:
            return self
        note(f"run_at: {absolute[RUN_AT.name]}")
        return replace(self, arguments={**self.arguments, **absolute})


@dataclass
class ActionSummary:
    """The outcomes so far. With `keep_all` every result and row is kept, else only results that are not `done`."""

    keep_all: bool
    outcomes: Counter[str] = field(default_factory=Counter)
    results: list[JobResult] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    stopped: bool = False

    @property
    def done(self) -> int:
        """How many jobs were done; in a dry run, would be."""
        return self.outcomes[Outcome.DONE.value]

    @property
    def unknown(self) -> int:
        """How many jobs may or may not be done."""
        return self.outcomes[Outcome.UNKNOWN.value]

    @property
    def not_done(self) -> list[JobResult]:
        """The results that are not `done`."""
        return [result for result in self.results if result.outcome is not Outcome.DONE]

    def add(self, report: JobReport) -> None:
        """Adds the report of one batch."""
        self.outcomes.update(result.outcome.value for result in report.results)
        self.results += [result for result in report.results if self.keep_all or result.outcome is not Outcome.DONE]
        self.jobs += report.jobs if self.keep_all else []


def run_bulk_action(
    context: click.Context,
    bulk: BulkAction,
    selection: JobSelection,
    summary: ActionSummary,
    *,
    total: int | None,
    dry_run: bool,
) -> None:
    """Applies the action to every batch of the selection. Raises its errors; the summary then holds what came before."""
    from graphile_worker.admin.api.bulk.batches import id_batches

    async def body(session: Session) -> None:
        utils = session.utils if summary.keep_all else session.utils.with_rows("small")
        absolute = await bulk.with_absolute_times(session.queue)
        label = f"{bulk.action.name}, dry run" if dry_run else bulk.action.name

        async def apply(ids: list[int]) -> JobReport:
            return await bulk.call.apply(utils, ids, absolute.arguments, dry_run=dry_run)

        batches = id_batches(session.queue, selection)
        with stopping() as stop, progress(label, total) as advance:
            async with aclosing(batches):
                async for batch in batches:
                    if stop.requested:
                        summary.stopped = True
                        return
                    report = await _report(apply, batch.ids, retry=bool(summary.outcomes))
                    summary.add(report)
                    if one_per_line():
                        print_lines(encode(result_line(result, dry_run)) for result in report.results)
                    advance(len(report.results))

    run(settings(context), body)


async def _report(apply: Callable[[list[int]], Awaitable[JobReport]], ids: list[int], *, retry: bool) -> JobReport:
    """The report of one batch. With `retry` a batch that an error of the database ended is tried once more."""
    try:
        return await apply(ids)
    except OutcomeUnknown as error:
        return JobReport(list(error.results), [])
    except DATABASE_ERRORS:
        if not retry:
            raise
    return await _report(apply, ids, retry=False)


def result_line(result: JobResult, dry_run: bool) -> dict[str, object]:
    """The document that --ndjson prints for one id."""
    return result_output(result) | ({"dry_run": True} if dry_run else {})
