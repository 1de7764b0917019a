"""`/api/maintenance`: previews of the operations (GET), and one of them (POST)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
from starlette.responses import Response

from graphile_worker.admin.api.json_codec import encode
from graphile_worker.admin.api.json_schema import integer
from graphile_worker.admin.api.maintenance import summaries
from graphile_worker.admin.api.maintenance.previews import previews
from graphile_worker.admin.api.maintenance.summaries import Summary
from graphile_worker.admin.api.requests import MaintenanceRequest, UnlockOne
from graphile_worker.admin.api.responses.maintenance import OPERATIONS, REFERENCED, Previews
from graphile_worker.admin.api.vocabulary import CLEANUP_TASKS
from graphile_worker.admin.server.endpoint import ApiRequest, Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_response, json_with_age
from graphile_worker.admin.server.security.permissions import READ, one_of
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.locks.config import (
    MAXIMUM_SECONDS,
    MINIMUM_THRESHOLD,
    OLD_LOCK_MINIMUM,
)
from graphile_worker.core.locks.force_unlock import UnlockReport
from graphile_worker.core.locks.old_lock_rules import OldLocksConfig
from graphile_worker.core.locks.sweep import SweepConfig
from graphile_worker.worker_utils import WorkerUtils

Result = tuple[Summary, dict[str, Any]]  # and the members of the report
_SWEEP, _OLD_LOCKS = SweepConfig(), OldLocksConfig()
_DEFAULTS = {
    "older_than_secs": _OLD_LOCKS.older_than_secs,
    "sweep_threshold_secs": _SWEEP.threshold_secs,
    "recovery_delay_secs": _SWEEP.recovery_delay_secs,
}


async def preview(request: ReadRequest) -> Response:
    """What every operation would do now with these numbers; shared by all requests."""
    context = request.context
    numbers = {name: request.query.count(name, default) for name, default in _DEFAULTS.items()}
    sweep_config = SweepConfig(numbers["sweep_threshold_secs"], numbers["recovery_delay_secs"])
    old_locks = OldLocksConfig(numbers["older_than_secs"])
    utils = context.config.utils

    async def make() -> dict[str, msgspec.Raw]:
        found = await previews(utils.queue, sweep_config, old_locks, context.redaction)
        return {name: msgspec.Raw(encode(part)) for name, part in found.items()}  # encoded once for all who share it

    return json_with_age(await context.shared.get(("maintenance", *numbers.values()), make, context.config.freshness))


async def maintain(request: ApiRequest[MaintenanceRequest]) -> Response:
    """One operation, with the members of its report beside the message. A dry run changes nothing."""
    operation = request.body
    _refuse_unused_members(operation)
    summary, members = await _run(request.context.config.utils, operation)
    request.wrote(message=summary.head)  # without the reasons, which may quote messages of the database
    return json_response({**summary.members, **members, "dry_run": operation.dry_run})


# action -> the members of a request that it uses
USED_MEMBERS = {
    "migrate": set[str](),
    "cleanup": {"cleanup_tasks", "force"},
    "force-unlock": {"worker_ids", "unlock"},
    "sweep-stale-workers": {"sweep_threshold_secs", "recovery_delay_secs"},
    "release-old-locks": {"older_than_secs"},
}


def _refuse_unused_members(operation: MaintenanceRequest) -> None:
    """Raises InvalidInput for a member that the action does not use. The reference's client sends nulls and []."""
    for name in MaintenanceRequest.__struct_fields__:
        if name in ("action", "dry_run") or name in USED_MEMBERS[operation.action]:
            continue
        if getattr(operation, name) not in (None, []):
            raise InvalidInput(name, f"is not used by {operation.action}")


async def _run(utils: WorkerUtils, operation: MaintenanceRequest) -> Result:
    match operation.action:
        case "migrate":
            return await _migrate(utils, operation.dry_run)
        case "cleanup":
            return await _clean_up(utils, operation)
        case "force-unlock":
            return await _force_unlock(utils, operation)
        case "sweep-stale-workers":
            return await _sweep(utils, operation)
        case "release-old-locks":
            return await _release(utils, operation)


async def _migrate(utils: WorkerUtils, dry_run: bool) -> Result:
    if dry_run:
        plan = await summaries.migration_plan(utils.queue)
        return Summary(plan.message), asdict(plan)
    report = await utils.migrate()
    return Summary("Migrations complete"), {
        "applied": report.applied,
        "found": report.found,
        "detail": report.message,
        "closed_to": report.closed_to,
    }


async def _clean_up(utils: WorkerUtils, operation: MaintenanceRequest) -> Result:
    report = await utils.cleanup(operation.cleanup_tasks or None, force=operation.force, dry_run=operation.dry_run)
    selected = 0 < len(set(operation.cleanup_tasks)) < len(CLEANUP_TASKS)  # the reference's page names all of them
    if operation.dry_run:
        return Summary(summaries.would_delete(report.deleted)), asdict(report)
    return summaries.cleanup_summary(report, selected=selected), asdict(report)


async def _force_unlock(utils: WorkerUtils, operation: MaintenanceRequest) -> Result:
    if operation.unlock is not None:
        if operation.worker_ids:
            raise InvalidInput("unlock", "cannot go together with worker_ids")
        report = await _unlock_one(utils, operation.unlock, dry_run=operation.dry_run)
        return summaries.unlock_one_summary(report, dry_run=operation.dry_run), asdict(report)
    if not operation.worker_ids:
        raise InvalidInput.saying("worker_ids", "provide at least one worker id")
    report = await utils.force_unlock_workers(operation.worker_ids, dry_run=operation.dry_run)
    return summaries.unlock_summary(report, operation.worker_ids, dry_run=operation.dry_run), asdict(report)


async def _unlock_one(utils: WorkerUtils, one: UnlockOne, *, dry_run: bool) -> UnlockReport:
    if (one.job_id is None) == (one.queue_name is None):
        raise InvalidInput("unlock", "must name either a job or a queue")
    if one.job_id is not None:
        return await utils.force_unlock_job(
            one.job_id, locked_by=one.locked_by, locked_at=one.locked_at, dry_run=dry_run
        )
    assert one.queue_name is not None
    return await utils.force_unlock_queue(
        one.queue_name, locked_by=one.locked_by, locked_at=one.locked_at, dry_run=dry_run
    )


async def _sweep(utils: WorkerUtils, operation: MaintenanceRequest) -> Result:
    report = await utils.sweep_stale_workers(
        threshold_secs=_or_default(operation, "sweep_threshold_secs"),
        recovery_delay_secs=_or_default(operation, "recovery_delay_secs"),
        dry_run=operation.dry_run,
    )
    return Summary(summaries.sweep_message(report.workers, report.jobs, dry_run=operation.dry_run)), asdict(report)


async def _release(utils: WorkerUtils, operation: MaintenanceRequest) -> Result:
    age = _or_default(operation, "older_than_secs")
    report = await utils.release_old_locks(older_than_secs=age, dry_run=operation.dry_run)
    return summaries.old_locks_summary(report, age, dry_run=operation.dry_run), asdict(report)


def _or_default(operation: MaintenanceRequest, name: str) -> int:
    value: int | None = getattr(operation, name)
    return _DEFAULTS[name] if value is None else value


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/maintenance",
        preview,
        permission=READ,
        parameters=tuple(_DEFAULTS),
        parameter_schemas={
            "older_than_secs": integer(OLD_LOCK_MINIMUM, MAXIMUM_SECONDS),
            "sweep_threshold_secs": integer(MINIMUM_THRESHOLD, MAXIMUM_SECONDS),
            "recovery_delay_secs": integer(0, MAXIMUM_SECONDS),
        },
        response=Previews,
        more_types=REFERENCED,
    ),
    Endpoint(
        "POST",
        "/api/maintenance",
        maintain,
        permission=one_of(*USED_MEMBERS),
        request=MaintenanceRequest,
        response=OPERATIONS,
    ),
)
