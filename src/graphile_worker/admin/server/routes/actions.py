"""`POST /api/jobs/action`, `/api/jobs/bulk` and `/api/jobs/remove-by-key`: actions on existing jobs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api import vocabulary, wire
from graphile_worker.admin.api.bulk.batches import apply_to_page
from graphile_worker.admin.api.bulk.selection import BulkCursor, FilterSelection, IdSelection, JobSelection
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.wire import BulkRequest, JobActionRequest
from graphile_worker.admin.server.audit.audit_notes import outcomes
from graphile_worker.admin.server.audit.events import some
from graphile_worker.admin.server.context import context_of, json_response
from graphile_worker.admin.server.http import body
from graphile_worker.core import validation
from graphile_worker.core.actions.table import ARGUMENT_NAMES, JOB_ACTIONS
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.jobs import RemoveOutcome
from graphile_worker.core.plurals import counted

LARGE_ROWS = 16  # up to so many jobs, payloads and errors in the answer may have 1 MiB each; for more jobs, 8 KiB
REMOVE_MESSAGES = {
    RemoveOutcome.REMOVED: "Removed job with key `{0}`",
    RemoveOutcome.KEY_RELEASED: "Job with key `{0}` is running: it lost its key and will not run again",
    RemoveOutcome.NOT_FOUND: "No job with key `{0}`",
}


async def act(request: Request) -> Response:
    """One action on the ids given; `results` has an outcome for each.

    `omitted`: the ids of `jobs` whose payload and error are null because they are too large for this answer.
    """
    context = context_of(request)
    asked = await body.read(request, JobActionRequest)
    if not asked.ids:
        raise InvalidInput.saying("ids", "select at least one job")
    if len(asked.ids) > wire.IDS_MAX:
        raise InvalidInput("ids", f"must be at most {wire.IDS_MAX}", hint=wire.MORE_IDS)
    action, arguments = JOB_ACTIONS[asked.action], _arguments(asked)
    expected = {id: msgspec.structs.asdict(job) for id, job in (asked.expected or {}).items()}
    utils = context.config.utils.with_rows("large" if len(asked.ids) <= LARGE_ROWS else "small")
    report = await action.apply(utils, asked.ids, arguments, revisions=asked.revisions, expected=expected)
    context.wrote(request, outcomes=outcomes(report.results))
    answer = {
        "message": action.message.format(report.done),
        "results": [wire.result_output(result) for result in report.results],
        "jobs": [wire.job_output(job) for job in report.jobs],
    }
    omitted = [job.id for job in report.jobs if job.payload is None]
    return json_response(wire.encode(answer | ({"omitted": omitted} if omitted else {})))


def _arguments(asked: JobActionRequest | BulkRequest) -> dict[str, Any]:
    """The arguments of the action, with their defaults.

    A member that the action does not use is refused, unless it is null: the reference's client sends nulls.
    """
    action = JOB_ACTIONS[asked.action]
    names = [argument.name for argument in action.arguments]
    for name in asked.__struct_fields__:
        if name in ARGUMENT_NAMES and name not in names and getattr(asked, name) is not None:
            raise InvalidInput(name, f"is not used by {asked.action}")
    values = {name: getattr(asked, name) for name in names}
    if action.requires_argument and all(value is None for value in values.values()):
        raise InvalidInput.saying(names[0], f"provide {', '.join(names[:-1])}, or {names[-1]}")
    for argument in action.arguments:
        if argument.default and not (values[argument.name] or "").strip():
            values[argument.name] = argument.default[0]
    return values


async def act_on_many(request: Request) -> Response:
    """One step of an action on all that a filter finds, or on ids; with `dry_run` what it would work through."""
    context = context_of(request)
    asked = await body.read(request, BulkRequest)
    action, arguments = JOB_ACTIONS[asked.action], _arguments(asked)
    utils, selection = context.config.utils.with_rows("small"), _selection(asked)
    cursor = BulkCursor.decode(asked.cursor) if asked.cursor else None
    if asked.dry_run:
        action.validate(arguments)
        found = await selection.preview(utils.queue, action.name)
        amount = f"{'more than ' if found.more else ''}{counted(found.count, 'job')}"
        return json_response(wire.encode({"message": f"Would look at {amount}", **asdict(found)}))
    page = await apply_to_page(utils.queue, selection, lambda ids: action.apply(utils, ids, arguments), cursor)
    context.wrote(request, outcomes=page.outcomes, **some("ids", [result.id for result in page.results]))
    answer = {
        "message": action.message.format(page.outcomes.get("done", 0)),
        "results": [wire.result_output(result) for result in page.results],
        "outcomes": page.outcomes,
        "next": page.next.encode() if page.next else None,
    }
    return json_response(wire.encode(answer))


def _selection(asked: BulkRequest) -> JobSelection:
    """The filter's jobs or the ids: one of the two."""
    if asked.ids is None:
        if asked.filter is None:
            raise InvalidInput("filter", "is required, or `ids`: which jobs")
        return FilterSelection(_bulk_filter(asked.filter))
    if asked.filter is not None:
        raise InvalidInput("ids", "cannot go together with `filter`: give one of them")
    if not asked.ids:
        raise InvalidInput.saying("ids", "select at least one job")
    if len(asked.ids) > wire.BULK_IDS_MAX:
        raise InvalidInput("ids", f"must be at most {wire.BULK_IDS_MAX}", hint=wire.A_FILTER)
    return IdSelection(asked.ids)


def _bulk_filter(given: dict[str, str | int | list[str]]) -> JobFilter:
    """The list's filter out of a JSON object with the list's own parameter names."""
    if not given:
        raise InvalidInput("filter", 'must hold a condition; every job is {"state": "all"}')
    for name in given:
        if name not in vocabulary.FILTER_PARAMETERS:
            known = list(vocabulary.FILTER_PARAMETERS)
            raise InvalidInput("filter", f"has no parameter {wire.shown(name)}" + wire.nearest(name, known))
        if isinstance(given[name], list) and name not in vocabulary.REPEATED_PARAMETERS:
            raise InvalidInput(name, "takes one value")
    values = {name: value if isinstance(value, list) else [str(value)] for name, value in given.items()}
    return JobFilter.deliberate(values)


async def remove_by_key(request: Request) -> Response:
    """Removes the job with a key and returns its outcome."""
    context = context_of(request)
    asked = await body.read(request, wire.RemoveByKeyRequest)
    if not asked.key.strip():
        raise InvalidInput("key", "is required")
    report = await context.config.utils.remove_job(validation.key(asked.key))
    context.wrote(request, outcomes={report.outcome.value: 1})
    message = REMOVE_MESSAGES[report.outcome].format(asked.key)
    return json_response(wire.encode({"message": message, "outcome": report.outcome.value}))
