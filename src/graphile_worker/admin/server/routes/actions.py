"""`POST /api/jobs/action`, `/bulk`, `/payload` and `/remove-by-key`: actions on existing jobs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
from starlette.responses import Response

from graphile_worker.admin.api import requests, vocabulary
from graphile_worker.admin.api.bulk.batches import apply_to_page
from graphile_worker.admin.api.bulk.selection import BulkCursor, FilterSelection, IdSelection, JobSelection
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.json_codec import nearest, shown
from graphile_worker.admin.api.requests import BulkRequest, ChangePayloadRequest, JobActionRequest, RemoveByKeyRequest
from graphile_worker.admin.api.responses.actions import Acted, BulkPreview, BulkStep, Removed, job_output
from graphile_worker.admin.api.responses.errors import result_output
from graphile_worker.admin.server.audit.audit_notes import outcomes
from graphile_worker.admin.server.audit.events import first_items
from graphile_worker.admin.server.endpoint import ApiRequest, Endpoint
from graphile_worker.admin.server.http.json_responses import json_response
from graphile_worker.admin.server.security.permissions import action as permission_to
from graphile_worker.admin.server.security.permissions import one_of
from graphile_worker.core import validation
from graphile_worker.core.actions.table import ARGUMENT_NAMES, JOB_ACTION_NAMES, JOB_ACTIONS, RUN_AT
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.jobs import JobReport, Outcome, RawJson, RemoveOutcome, RemoveReport
from graphile_worker.core.plurals import counted
from graphile_worker.core.queue import Queue

LARGE_ROWS = 16  # up to so many jobs, payloads and errors in the answer may have 1 MiB each; for more jobs, 8 KiB
REMOVE_MESSAGES = {
    RemoveOutcome.REMOVED: "Removed job with key `{0}`",
    RemoveOutcome.KEY_RELEASED: "Job with key `{0}` is running: it lost its key and will not run again",
    RemoveOutcome.NOT_FOUND: "No job with key `{0}`",
    RemoveOutcome.CHANGED: "Nothing was done: the job with key `{0}` is another one, or in another state, now",
}
DRY_RUN_MESSAGES = REMOVE_MESSAGES | {
    RemoveOutcome.REMOVED: "Would remove job with key `{0}`",
    RemoveOutcome.KEY_RELEASED: "Job with key `{0}` is running: it would lose its key and not run again",
    RemoveOutcome.CHANGED: "Would do nothing: the job with key `{0}` is another one, or in another state, now",
}
UNMARKED = {  # by whether it is a dry run: a running job where the schema has no mark for a job that was given up
    False: "Job with key `{0}` is running: it lost its key; a recovery of dead workers may run it again",
    True: "Job with key `{0}` is running: it would lose its key; a recovery of dead workers may run it again",
}


async def apply_action(request: ApiRequest[JobActionRequest]) -> Response:
    """One action on ids; `results` has an outcome for each.

    `omitted`: the ids of `jobs` whose payload and error are null because they are too large for this response.
    """
    context, body = request.context, request.body
    if not body.ids:
        raise InvalidInput.saying("ids", "select at least one job")
    if len(body.ids) > requests.IDS_MAX:
        raise InvalidInput("ids", f"must be at most {requests.IDS_MAX}", hint=requests.MORE_IDS)
    action, arguments = JOB_ACTIONS[body.action], _arguments(body)
    expected = {id: msgspec.structs.asdict(job) for id, job in (body.expected or {}).items()}
    utils = context.config.utils.with_rows("large" if len(body.ids) <= LARGE_ROWS else "small")
    report = await action.apply(utils, body.ids, arguments, revisions=body.revisions, expected=expected)
    request.wrote(outcomes=outcomes(report.results))
    return json_response(_acted(action.message.format(report.done), report))


def _acted(message: str, report: JobReport) -> Acted:
    answer: Acted = {
        "message": message,
        "results": [result_output(result) for result in report.results],
        "jobs": [job_output(job) for job in report.jobs],
    }
    if omitted := [job.id for job in report.jobs if job.payload is None]:
        answer["omitted"] = omitted
    return answer


def _arguments(body: JobActionRequest | BulkRequest) -> dict[str, Any]:
    """The arguments of the action, with their defaults.

    A member that the action does not use is refused, unless it is null: the reference's client sends nulls.
    """
    action = JOB_ACTIONS[body.action]
    names = [argument.name for argument in action.arguments]
    for name in body.__struct_fields__:
        if name in ARGUMENT_NAMES and name not in names and getattr(body, name) is not None:
            raise InvalidInput(name, f"is not used by {body.action}")
    values = {name: getattr(body, name) for name in names}
    if action.requires_argument and all(value is None for value in values.values()):
        message = f"provide {', '.join(names[:-1])}, or {names[-1]}"
        raise InvalidInput.saying(names[0], message, reason_code="nothing_to_change")
    for argument in action.arguments:
        if argument.default and not (values[argument.name] or "").strip():
            values[argument.name] = argument.default[0]
    return values


async def apply_bulk_action(request: ApiRequest[BulkRequest]) -> Response:
    """One batch of an action on the jobs that a filter matches, or on ids; with `dry_run` their number and a sample."""
    context, body = request.context, request.body
    action, arguments = JOB_ACTIONS[body.action], _arguments(body)
    utils = context.config.utils.with_rows("small")
    selection = await _selection(body, utils.queue)
    cursor = BulkCursor.decode(body.cursor) if body.cursor else None
    if body.dry_run:
        checked = action.validate(arguments)
        times = {RUN_AT.name: checked[RUN_AT.name]} if checked.get(RUN_AT.name) else {}
        times = await utils.queue.absolute_times(times)
        found = await selection.preview(utils.queue, action.name)
        amount = f"{'more than ' if found.more else ''}{counted(found.count, 'job')}"
        return json_response({"message": f"Would look at {amount}", **asdict(found), **times})
    page = await apply_to_page(utils.queue, selection, lambda ids: action.apply(utils, ids, arguments), cursor)
    request.wrote(outcomes=page.outcomes, **first_items("ids", [result.id for result in page.results]))
    answer = {
        "message": action.message.format(page.outcomes.get("done", 0)),
        "results": [result_output(result) for result in page.results],
        "outcomes": page.outcomes,
        "next": page.next.encode() if page.next else None,
    }
    return json_response(answer)


async def _selection(body: BulkRequest, queue: Queue) -> JobSelection:
    """The selection by filter or by ids; a request has exactly one of them."""
    if body.ids is None:
        if body.filter is None:
            raise InvalidInput("filter", "is required, or `ids`: which jobs")
        return FilterSelection(await _bulk_filter(body.filter).with_absolute_times(queue))
    if body.filter is not None:
        raise InvalidInput("ids", "cannot go together with `filter`: give one of them")
    if not body.ids:
        raise InvalidInput.saying("ids", "select at least one job")
    if len(body.ids) > requests.BULK_IDS_MAX:
        raise InvalidInput("ids", f"must be at most {requests.BULK_IDS_MAX}", hint=requests.USE_FILTER)
    return IdSelection(body.ids)


def _bulk_filter(given: dict[str, str | int | list[str]]) -> JobFilter:
    """The filter of a JSON object with the names of the list's parameters."""
    if not given:
        raise InvalidInput("filter", 'must hold a condition; every job is {"state": "all"}')
    for name in given:
        if name not in vocabulary.FILTER_PARAMETERS:
            known = list(vocabulary.FILTER_PARAMETERS)
            raise InvalidInput("filter", f"has no parameter {shown(name)}" + nearest(name, known))
        if isinstance(given[name], list) and name not in vocabulary.REPEATED_PARAMETERS:
            raise InvalidInput(name, "takes one value")
    values = {name: value if isinstance(value, list) else [str(value)] for name, value in given.items()}
    return JobFilter.for_action(values)


async def change_payload(request: ApiRequest[ChangePayloadRequest]) -> Response:
    """Replaces the payload of one job that is not running.

    Where the job has changed, the outcome is `changed` and `jobs` has the present row.
    """
    body = request.body
    utils = request.context.config.utils.with_rows("large")
    report = await utils.change_payload(
        body.id,
        RawJson(bytes(body.payload).decode()),
        expected_payload=body.expected_payload,
        revisions=None if body.revision is None else {body.id: body.revision},
        expected=None if body.expected is None else {body.id: msgspec.structs.asdict(body.expected)},
    )
    request.wrote(outcomes=outcomes(report.results))
    (result,) = report.results
    done = result.outcome is Outcome.DONE
    message = f"Changed the payload of job {body.id}" if done else f"Job {body.id} was not changed: {result.reason}"
    return json_response(_acted(message, report))


async def remove_by_key(request: ApiRequest[RemoveByKeyRequest]) -> Response:
    """Removes the job with a key and returns its outcome."""
    context, body = request.context, request.body
    if not body.key.strip():
        raise InvalidInput("key", "is required")
    outcome = None if body.expected_outcome is None else RemoveOutcome(body.expected_outcome)
    report = await context.config.utils.remove_job(
        validation.key(body.key), dry_run=body.dry_run, expected_id=body.expected_id, expected_outcome=outcome
    )
    answer: Removed = {
        "message": _removed(report, dry_run=body.dry_run).format(body.key),
        "outcome": report.outcome.value,
    }
    if body.dry_run:
        found = report.job.id if report.job else None
        return json_response(answer | {"dry_run": True, "id": found, "marked": report.marked})
    request.wrote(outcomes={report.outcome.value: 1})
    return json_response(answer)


def _removed(report: RemoveReport, *, dry_run: bool) -> str:
    """The message of a removal, with a placeholder for the key."""
    if report.outcome is RemoveOutcome.KEY_RELEASED and not report.marked:
        return UNMARKED[dry_run]
    return (DRY_RUN_MESSAGES if dry_run else REMOVE_MESSAGES)[report.outcome]


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/jobs/action",
        apply_action,
        permission=one_of(*JOB_ACTION_NAMES),
        request=JobActionRequest,
        response=Acted,
        exclusive=True,
    ),
    Endpoint(
        "POST",
        "/api/jobs/payload",
        change_payload,
        permission=permission_to("change-payload"),
        request=ChangePayloadRequest,
        response=Acted,
        exclusive=True,
    ),
    Endpoint(
        "POST",
        "/api/jobs/remove-by-key",
        remove_by_key,
        permission=permission_to("remove-by-key"),
        request=RemoveByKeyRequest,
        response=Removed,
        exclusive=True,
    ),
    Endpoint(
        "POST",
        "/api/jobs/bulk",
        apply_bulk_action,
        permission=one_of(*JOB_ACTION_NAMES),
        request=BulkRequest,
        response=(BulkStep, BulkPreview),
        exclusive=True,
    ),
)
