"""`POST /api/jobs/action` and `/api/jobs/remove-by-key`: verbs on jobs that exist."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api import vocabulary, wire
from graphile_worker.admin.api.bulk import batches
from graphile_worker.admin.api.bulk.selection import Chosen, Matching, Named, Place
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.wire import BulkRequest, JobActionRequest
from graphile_worker.admin.server.audit.audit_notes import outcomes
from graphile_worker.admin.server.audit.events import some
from graphile_worker.admin.server.context import context_of, json_response
from graphile_worker.admin.server.http import body
from graphile_worker.core import validation
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.jobs import JobReport, RemoveOutcome
from graphile_worker.core.plurals import counted
from graphile_worker.worker_utils import WorkerUtils

LARGE_ROWS = 16  # jobs of an action whose payloads and errors may have 1 MiB each in the answer; of more, 8 KiB
MESSAGES = {
    "complete": "Completed {0} job(s)",
    "fail": "Failed {0} job(s)",
    "run-now": "Run now {0} job(s)",
    "retry": "Retried {0} job(s)",
    "reschedule": "Rescheduled {0} job(s)",
}


async def act(request: Request) -> Response:
    """One verb on the ids given; `results` has an outcome for each.

    `omitted`: the ids of `jobs` whose payload and error are null because they are too large for this answer.
    """
    context = context_of(request)
    asked = await body.read(request, JobActionRequest)
    if not asked.ids:
        raise InvalidInput.saying("ids", "select at least one job")
    if len(asked.ids) > wire.IDS_MAX:
        raise InvalidInput("ids", f"must be at most {wire.IDS_MAX}", hint=wire.MORE_IDS)
    _refuse_idle_members(asked)
    expected = {id: msgspec.structs.asdict(job) for id, job in (asked.expected or {}).items()}
    utils = context.config.utils.with_rows("large" if len(asked.ids) <= LARGE_ROWS else "small")
    report = await _apply(utils, asked, asked.ids, revisions=asked.revisions, expected=expected)
    context.wrote(request, outcomes=outcomes(report.results))
    answer = {
        "message": MESSAGES[asked.action].format(report.done),
        "results": [wire.result_output(result) for result in report.results],
        "jobs": [wire.job_output(job) for job in report.jobs],
    }
    omitted = [job.id for job in report.jobs if job.payload is None]
    return json_response(wire.encode(answer | ({"omitted": omitted} if omitted else {})))


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


async def act_on_many(request: Request) -> Response:
    """One step of a verb on all that a filter finds, or on ids; with `dry_run` what it would work through."""
    context = context_of(request)
    asked = await body.read(request, BulkRequest)
    _refuse_idle_members(asked)
    utils, jobs = context.config.utils.with_rows("small"), chosen(asked)
    place = Place.decode(asked.cursor) if asked.cursor else None
    if asked.dry_run:
        await _apply(utils, asked, [1], dry_run=True)  # what is wrong with its values, or not allowed, is said first
        found = await jobs.preview(utils.queue)
        amount = f"{'more than ' if found.more else ''}{counted(found.count, 'job')}"
        return json_response(wire.encode({"message": f"Would look at {amount}", **asdict(found)}))
    step = await batches.step(utils.queue, jobs, lambda ids: _apply(utils, asked, ids), place)
    context.wrote(request, outcomes=step.outcomes, **some("ids", [result.id for result in step.results]))
    answer = {
        "message": MESSAGES[asked.action].format(step.outcomes.get("done", 0)),
        "results": [wire.result_output(result) for result in step.results],
        "outcomes": step.outcomes,
        "next": step.next.encode() if step.next else None,
    }
    return json_response(wire.encode(answer))


def chosen(asked: BulkRequest) -> Chosen:
    """What a bulk verb is for: the filter's jobs or the ids', never both, never neither."""
    if asked.ids is None:
        if asked.filter is None:
            raise InvalidInput("filter", "is required, or `ids`: which jobs")
        return Matching(bulk_filter(asked.filter))
    if asked.filter is not None:
        raise InvalidInput("ids", "cannot go together with `filter`: give one of them")
    if not asked.ids:
        raise InvalidInput.saying("ids", "select at least one job")
    if len(asked.ids) > wire.BULK_IDS_MAX:
        raise InvalidInput("ids", f"must be at most {wire.BULK_IDS_MAX}", hint=wire.A_FILTER)
    return Named(asked.ids)


def bulk_filter(given: dict[str, str | int | list[str]]) -> JobFilter:
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


REMOVE_MESSAGES = {
    RemoveOutcome.REMOVED: "Removed job with key `{0}`",
    RemoveOutcome.KEY_RELEASED: "Job with key `{0}` is running: it lost its key and will not run again",
    RemoveOutcome.NOT_FOUND: "No job with key `{0}`",
}


async def remove_by_key(request: Request) -> Response:
    """Removes the job with a key and says which of three things happened."""
    context = context_of(request)
    asked = await body.read(request, wire.RemoveByKeyRequest)
    if not asked.key.strip():
        raise InvalidInput("key", "is required")
    report = await context.config.utils.remove_job(validation.key(asked.key))
    context.wrote(request, outcomes={report.outcome.value: 1})
    message = REMOVE_MESSAGES[report.outcome].format(asked.key)
    return json_response(wire.encode({"message": message, "outcome": report.outcome.value}))
