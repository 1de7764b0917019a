"""A verb on jobs at work, for ids and for filters alike: chunk after chunk, counted as it comes, stopped by Ctrl-C."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from graphile_worker.admin.api import wire
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.output import one_per_line, print_lines
from graphile_worker.cli.selection.progress import progress, stopping
from graphile_worker.cli.settings import settings
from graphile_worker.core.exceptions import OutcomeUnknown
from graphile_worker.core.jobs import Job, JobReport, JobResult, Outcome

if TYPE_CHECKING:
    from graphile_worker.worker_utils import WorkerUtils

Act = Callable[[list[int]], Awaitable[JobReport]]
Walk = Callable[[Session, Act], Awaitable[None]]  # calls the verb with chunk after chunk


@dataclass(frozen=True)
class Deed:
    """A verb and its words; `call` does it to ids, or looks only."""

    name: str
    done: str
    call: Callable[[WorkerUtils, Sequence[int], bool], Awaitable[JobReport]]
    deletes: bool = False

    @property
    def words(self) -> str:
        """The verb in a question or after "would"."""
        return self.name.replace("-", " ") + (" (delete)" if self.deletes else "")


@dataclass
class Tally:
    """What became of the ids so far. `keep` everything where ids were named; else only what was not done."""

    keep: bool
    outcomes: Counter[str] = field(default_factory=Counter)
    results: list[JobResult] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    stopped: bool = False

    @property
    def done(self) -> int:
        """How many were done, or would be."""
        return self.outcomes[Outcome.DONE.value]

    @property
    def unknown(self) -> int:
        """How many may or may not be done."""
        return self.outcomes[Outcome.UNKNOWN.value]

    @property
    def left(self) -> list[JobResult]:
        """What was not done."""
        return [result for result in self.results if result.outcome is not Outcome.DONE]

    def take(self, report: JobReport) -> None:
        """Counts the report of one chunk."""
        self.outcomes.update(result.outcome.value for result in report.results)
        self.results += [result for result in report.results if self.keep or result.outcome is not Outcome.DONE]
        self.jobs += report.jobs if self.keep else []


class _Stopped(Exception):
    """Leaves a walk between two chunks."""


def do(context: click.Context, deed: Deed, walk: Walk, tally: Tally, *, total: int | None, dry_run: bool) -> None:
    """Runs the walk and fills the tally, also as far as it came before an error. Raises what the verb raises."""
    lines = one_per_line()

    async def body(session: Session) -> None:
        utils = session.utils if tally.keep else session.utils.with_rows("small")
        label = f"{deed.name}, looking" if dry_run else deed.name
        with stopping() as stop, progress(label, total) as advance:

            async def act(ids: list[int]) -> JobReport:
                if stop.asked:
                    raise _Stopped
                try:
                    report = await deed.call(utils, ids, dry_run)
                except OutcomeUnknown as error:
                    report = JobReport(list(error.results), [])
                tally.take(report)
                if lines:
                    print_lines(wire.encode(line(result, dry_run)) for result in report.results)
                advance(len(report.results))
                return report

            try:
                await walk(session, act)
            except _Stopped:
                tally.stopped = True

    run(settings(context), body)


def line(result: JobResult, dry_run: bool) -> dict[str, object]:
    """What --ndjson says about one id."""
    return wire.result_output(result) | ({"dry_run": True} if dry_run else {})
