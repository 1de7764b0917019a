"""`POST /api/jobs/action` and `/api/jobs/remove-by-key`: verbs on jobs that exist."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
from starlette.responses import Response

from graphile_worker.admin.api import requests, vocabulary
from graphile_worker.admin.api.bulk import batches
from graphile_worker.admin.api.bulk.selection import BulkCursor, FilterSelection, IdSelection, JobSelection
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.json_codec import encode, nearest, shown
from graphile_worker.admin.api.requests import BulkRequest, JobActionRequest, RemoveByKeyRequest
from graphile_worker.admin.api.responses.actions import Acted, BulkPreview, BulkStep, Removed, job_output
from graphile_worker.admin.api.responses.errors import result_output
from graphile_worker.admin.server.audit.audit_notes import outcomes
from graphile_worker.admin.server.audit.events import first_items
from graphile_worker.admin.server.endpoint import ApiRequest, Endpoint
from graphile_worker.admin.server.http.json_responses import json_response
from graphile_worker.admin.server.security.permissions import action, one_of
from graphile_worker.core import validation
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.jobs import JobReport, RemoveOutcome
from graphile_worker.core.plurals import counted
from graphile_worker.core.worker_utils import WorkerUtils

LARGE_ROWS = 16  # jobs of an action whose payloads and errors may have 1 MiB each in the answer; of more, 8 KiB
MESSAGES = {
    "complete": "Completed {0} job(s)",
    "fail": "Failed {0} job(s)",
    "run-now": "Run now {0} job(s)",
    "retry": "Retried {0} job(s)",
    "reschedule": "Rescheduled {0} job(s)",
}


async def act(request: ApiRequest[JobActionRequest]) -> Response:
    """One verb on the ids given; `results` has an outcome for each.

    `omitted`: the ids of `jobs` whose payload and error are null because they are too large for this answer.
    """
    context, asked = request.context, request.body
    if not asked.ids:
        raise InvalidInput.saying("ids", "select at least one job")
    if len(asked.ids) > requests.IDS_MAX:
        raise InvalidInput("ids", f"must be at most {requests.IDS_MAX}", hint=requests.MORE_IDS)
    _refuse_idle_members(asked)
    expected = {id: msgspec.structs.asdict(job) for id, job in (asked.expected or {}).items()}
    utils = context.config.utils.with_rows("large" if len(asked.ids) <= LARGE_ROWS else "small")
    report = await _apply(utils, asked, asked.ids, revisions=asked.revisions, expected=expected)
    request.wrote(outcomes=outcomes(report.results))
    answer = {
        "message": MESSAGES[asked.action].format(report.done),
        "results": [result_output(result) for result in report.results],
        "jobs": [job_output(job) for job in report.jobs],
    }
    omitted = [job.id for job in report.jobs if job.payload is None]
    return json_response(encode(answer | ({"omitted": omitted} if omitted else {})))


def _refuse_idle_members(asked: JobActionRequest | BulkRequest) -> None:
    """A number that the action would not use is a misunderstanding, except that the reference's client sends nulls."""
    used = {
        "fail": {"reason"},
        "run-now": {"priority", "attempts", "max_attempts"},
        "reschedule": {"run_at", "priority", "attempts", "max_attempts"},
    }.get(asked.action, set())
    for name in ("reason", "run_at", "priority", "attempts", "max_attempts"):
        if name not in used and getattr(asked, name) is not None:
            raise InvalidInput(name, f"is not used by {asked.action}")
    if asked.action == "reschedule" and all(getattr(asked, name) is None for name in used):
        raise InvalidInput.saying("run_at", "provide run_at, priority, attempts, or max_attempts")


async def _apply(
    utils: WorkerUtils,
    asked: JobActionRequest | BulkRequest,
    ids: list[int],
    **seen: Any,
) -> JobReport:
    numbers: dict[str, Any] = {
        "priority": asked.priority,
        "attempts": asked.attempts,
        "max_attempts": asked.max_attempts,
    }
    match asked.action:
        case "complete":
            return await utils.complete_jobs(ids, **seen)
        case "fail":
            reason = asked.reason if asked.reason and asked.reason.strip() else vocabulary.FAIL_REASON
            return await utils.permanently_fail_jobs(ids, reason, **seen)
        case "run-now":
            return await utils.run_now(ids, **numbers, **seen)
        case "retry":
            return await utils.retry(ids, **seen)
        case "reschedule":
            return await utils.reschedule_jobs(ids, run_at=asked.run_at, **numbers, **seen)


async def act_on_many(request: ApiRequest[BulkRequest]) -> Response:
    """One step of a verb on all that a filter finds, or on ids; with `dry_run` what it would work through."""
    context, asked = request.context, request.body
    _refuse_idle_members(asked)
    utils, jobs = context.config.utils.with_rows("small"), chosen(asked)
    place = BulkCursor.decode(asked.cursor) if asked.cursor else None
    if asked.dry_run:
        await _apply(utils, asked, [1], dry_run=True)  # what is wrong with its values, or not allowed, is said first
        found = await jobs.preview(utils.database, utils.schema)
        amount = f"{'more than ' if found.more else ''}{counted(found.count, 'job')}"
        return json_response(encode({"message": f"Would look at {amount}", **asdict(found)}))
    step = await batches.run_batch(utils.database, utils.schema, jobs, lambda ids: _apply(utils, asked, ids), place)
    request.wrote(outcomes=step.outcomes, **first_items("ids", [result.id for result in step.results]))
    answer = {
        "message": MESSAGES[asked.action].format(step.outcomes.get("done", 0)),
        "results": [result_output(result) for result in step.results],
        "outcomes": step.outcomes,
        "next": step.next.encode() if step.next else None,
    }
    return json_response(encode(answer))


def chosen(asked: BulkRequest) -> JobSelection:
    """What a bulk verb is for: the filter's jobs or the ids', never both, never neither."""
    if asked.ids is None:
        if asked.filter is None:
            raise InvalidInput("filter", "is required, or `ids`: which jobs")
        return FilterSelection(bulk_filter(asked.filter))
    if asked.filter is not None:
        raise InvalidInput("ids", "cannot go together with `filter`: give one of them")
    if not asked.ids:
        raise InvalidInput.saying("ids", "select at least one job")
    if len(asked.ids) > requests.BULK_IDS_MAX:
        raise InvalidInput("ids", f"must be at most {requests.BULK_IDS_MAX}", hint=requests.USE_FILTER)
    return IdSelection(asked.ids)


def bulk_filter(given: dict[str, str | int | list[str]]) -> JobFilter:
    """The list's filter out of a JSON object with the list's own parameter names."""
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


REMOVE_MESSAGES = {
    RemoveOutcome.REMOVED: "Removed job with key `{0}`",
    RemoveOutcome.KEY_RELEASED: "Job with key `{0}` is running: it lost its key and will not run again",
    RemoveOutcome.NOT_FOUND: "No job with key `{0}`",
}


async def remove_by_key(request: ApiRequest[RemoveByKeyRequest]) -> Response:
    """Removes the job with a key and says which of three things happened."""
    context, asked = request.context, request.body
    if not asked.key.strip():
        raise InvalidInput("key", "is required")
    report = await context.config.utils.remove_job(validation.key(asked.key))
    request.wrote(outcomes={report.outcome.value: 1})
    message = REMOVE_MESSAGES[report.outcome].format(asked.key)
    return json_response(encode({"message": message, "outcome": report.outcome.value}))


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/jobs/action",
        act,
        permission=one_of(*MESSAGES),
        request=JobActionRequest,
        response=Acted,
        exclusive=True,
    ),
    Endpoint(
        "POST",
        "/api/jobs/remove-by-key",
        remove_by_key,
        permission=action("remove-by-key"),
        request=RemoveByKeyRequest,
        response=Removed,
        exclusive=True,
    ),
    Endpoint(
        "POST",
        "/api/jobs/bulk",
        act_on_many,
        permission=one_of(*MESSAGES),
        request=BulkRequest,
        response=(BulkStep, BulkPreview),
        exclusive=True,
    ),
)
