"""The report at the end of an action on jobs, as lines or as JSON. With --ndjson each id has been printed already."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from graphile_worker.admin.api.json_codec import encode
from graphile_worker.admin.api.responses.actions import job_output
from graphile_worker.admin.api.responses.errors import result_output
from graphile_worker.cli.output import note, one_per_line, print_json, say
from graphile_worker.cli.selection.bulk_action import ActionSummary
from graphile_worker.cli.settings import settings
from graphile_worker.core.actions.action import JobAction
from graphile_worker.core.jobs import JobResult, Outcome
from graphile_worker.core.plurals import counted

if TYPE_CHECKING:
    from graphile_worker.admin.api.bulk.selection import Preview

LISTED = 20  # jobs that were not done and are listed on standard error


def report_ids(context: click.Context, action: JobAction, summary: ActionSummary, asked: int, dry_run: bool) -> None:
    """For ids: the ids that were done, in the reference's format, then each other id with its reason."""
    json = settings(context).json
    if json and dry_run:
        results = [result_output(result) for result in summary.results]
        print_json_once({"dry_run": True, "results": results})
    elif json and not one_per_line():
        print_json(encode([job_output(job) for job in summary.jobs]))
    elif not json:
        ids = ", ".join(str(result.id) for result in summary.results if result.outcome is Outcome.DONE)
        say(_head(action, summary, dry_run) + (f": {ids}" if ids else ""))
    _note_not_done(summary, dry_run, all=json)
    if summary.stopped:
        note(f"Stopped: {asked - len(summary.results)} of {asked} were not processed.")


def report_filtered(
    context: click.Context, action: JobAction, summary: ActionSummary, preview: Preview, dry_run: bool
) -> None:
    """For a filter: the number of jobs that were done, and the jobs that were not."""
    if settings(context).json:
        not_done = [result_output(result) for result in summary.not_done]
        outcomes = dict(summary.outcomes)
        members = {"dry_run": dry_run, "matched": asdict(preview), "outcomes": outcomes, "not_done": not_done}
        print_json_once(members | {"stopped": summary.stopped})
    else:
        say(_head(action, summary, dry_run))
    if not settings(context).json or one_per_line():
        _note_not_done(summary, dry_run, all=False)
    if summary.stopped:
        note("Stopped: the same command goes on with what still matches.")


def print_json_once(value: dict[str, object]) -> None:
    """Prints one JSON document, except with --ndjson, where each line is about one id."""
    if not one_per_line():
        print_json(encode(value))


def _head(action: JobAction, summary: ActionSummary, dry_run: bool) -> str:
    if dry_run:
        return f"Would {action.words} {counted(summary.done, 'job')}"
    return action.message.format(summary.done)


def _note_not_done(summary: ActionSummary, dry_run: bool, *, all: bool) -> None:
    not_done = summary.not_done
    listed = not_done if all else not_done[:LISTED]
    for result in listed:
        note(_not_done(result, dry_run))
    if len(not_done) > len(listed):
        note(f"and {len(not_done) - len(listed)} more not done; --json and --ndjson name all")


def _not_done(result: JobResult, dry_run: bool) -> str:
    if result.outcome is Outcome.UNKNOWN:
        return f"job {result.id} (unknown): {result.reason}"
    return f"job {result.id} {'would not be done' if dry_run else 'not done'} ({result.outcome}): {result.reason}"
