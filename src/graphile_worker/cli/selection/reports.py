"""What a verb on jobs did, said at its end: as lines, or as JSON. With --ndjson the ids have told it already."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from graphile_worker.admin.api.json_codec import encode
from graphile_worker.admin.api.responses.actions import job_output
from graphile_worker.admin.api.responses.errors import result_output
from graphile_worker.cli.output import note, one_per_line, print_json, say
from graphile_worker.cli.selection.bulk_action import Deed, Tally
from graphile_worker.cli.settings import settings
from graphile_worker.core.jobs import JobResult, Outcome
from graphile_worker.core.plurals import counted

if TYPE_CHECKING:
    from graphile_worker.admin.api.bulk.selection import Preview

NAMED = 20  # jobs that were not done, named for a person


def tell_named(context: click.Context, deed: Deed, tally: Tally, asked: int, dry_run: bool) -> None:
    """About ids: the ids that were done, as the reference prints them, then every other one with its reason."""
    json = settings(context).json
    if json and dry_run:
        results = [result_output(result) for result in tally.results]
        print_json_once({"dry_run": True, "results": results})
    elif json and not one_per_line():
        print_json(encode([job_output(job) for job in tally.jobs]))
    elif not json:
        ids = ", ".join(str(result.id) for result in tally.results if result.outcome is Outcome.DONE)
        say(_head(deed, tally, dry_run) + (f": {ids}" if ids else ""))
    _tell_left(tally, dry_run, all=json)
    if tally.stopped:
        note(f"Stopped: {asked - len(tally.results)} of {asked} were not looked at.")


def tell_found(context: click.Context, deed: Deed, tally: Tally, found: Preview, dry_run: bool) -> None:
    """About a filter: how many, and what was left alone."""
    if settings(context).json:
        left = [result_output(result) for result in tally.left]
        outcomes = dict(tally.outcomes)
        members = {"dry_run": dry_run, "matched": asdict(found), "outcomes": outcomes, "not_done": left}
        print_json_once(members | {"stopped": tally.stopped})
    else:
        say(_head(deed, tally, dry_run))
    if not settings(context).json or one_per_line():
        _tell_left(tally, dry_run, all=False)
    if tally.stopped:
        note("Stopped: the same command goes on with what still matches.")


def print_json_once(value: dict[str, object]) -> None:
    """A JSON document, except in a stream of lines, each of which is about one id."""
    if not one_per_line():
        print_json(encode(value))


def _head(deed: Deed, tally: Tally, dry_run: bool) -> str:
    """What was done in the reference's words; what would be, in ours."""
    return f"Would {deed.words} {counted(tally.done, 'job')}" if dry_run else f"{deed.done} {tally.done} job(s)"


def _tell_left(tally: Tally, dry_run: bool, *, all: bool) -> None:
    left = tally.left
    shown = left if all else left[:NAMED]
    for result in shown:
        note(_left(result, dry_run))
    if len(left) > len(shown):
        note(f"and {len(left) - len(shown)} more not done; --json and --ndjson name all")


def _left(result: JobResult, dry_run: bool) -> str:
    if result.outcome is Outcome.UNKNOWN:
        return f"job {result.id} (unknown): {result.reason}"
    return f"job {result.id} {'would not be done' if dry_run else 'not done'} ({result.outcome}): {result.reason}"
