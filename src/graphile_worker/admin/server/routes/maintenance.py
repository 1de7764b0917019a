"""`/api/maintenance`: what the operations would do (GET), and one of them done (POST)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api import wire
from graphile_worker.admin.api.maintenance import summaries as words
from graphile_worker.admin.api.maintenance.previews import previews
from graphile_worker.admin.api.maintenance.summaries import Told
from graphile_worker.admin.api.vocabulary import CLEANUP_TASKS
from graphile_worker.admin.api.wire import MaintenanceRequest
from graphile_worker.admin.server.context import aged, context_of, json_response
from graphile_worker.admin.server.http import body, query_params
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.locks.config import OldLocksConfig, SweepConfig
from graphile_worker.worker_utils import WorkerUtils

Answer = tuple[Told, dict[str, Any]]  # and the members of the report
_DEFAULT, _OLD = SweepConfig(), OldLocksConfig()
_NUMBERS = {
    "older_than_secs": _OLD.older_than_secs,
    "sweep_threshold_secs": _DEFAULT.threshold_secs,
    "recovery_delay_secs": _DEFAULT.recovery_delay_secs,
}


async def preview(request: Request) -> Response:
    """What every operation would do now, for the numbers given; shared by all who look."""
    context = context_of(request)
    values = query_params.read(request.scope["query_string"], _NUMBERS)
    numbers = {name: query_params.count(values, name, default) for name, default in _NUMBERS.items()}
    silence = SweepConfig(numbers["sweep_threshold_secs"], numbers["recovery_delay_secs"])
    age = OldLocksConfig(numbers["older_than_secs"])
    utils = context.config.utils

    async def make() -> str:
        return wire.encode(await previews(utils.queue, silence, age, context.redaction)).decode()

    return aged(await context.shared.get(("maintenance", *numbers.values()), make, context.config.freshness))


async def maintain(request: Request) -> Response:
    """One operation; counts stand beside the contract's message. A dry run only says what would be done."""
    context = context_of(request)
    asked = await body.read(request, MaintenanceRequest)
    _refuse_idle_members(asked)
    told, members = await _apply(context.config.utils, asked)
    context.wrote(request, message=told.head)  # the reasons may quote what the database said
    return json_response(wire.encode({**told.members, **members, "dry_run": asked.dry_run}))


# action -> the members of a request that it uses
USED_MEMBERS = {
    "migrate": set[str](),
    "cleanup": {"cleanup_tasks", "force"},
    "force-unlock": {"worker_ids"},
    "sweep-stale-workers": {"sweep_threshold_secs", "recovery_delay_secs"},
    "release-old-locks": {"older_than_secs"},
}


def _refuse_idle_members(asked: MaintenanceRequest) -> None:
    """What the action would not use is a misunderstanding, except that the reference's client sends nulls and []."""
    for name in MaintenanceRequest.__struct_fields__:
        if name in ("action", "dry_run") or name in USED_MEMBERS[asked.action]:
            continue
        if getattr(asked, name) not in (None, []):
            raise InvalidInput(name, f"is not used by {asked.action}")


async def _apply(utils: WorkerUtils, asked: MaintenanceRequest) -> Answer:
    match asked.action:
        case "migrate":
            return await _migrate(utils, asked.dry_run)
        case "cleanup":
            return await _clean_up(utils, asked)
        case "force-unlock":
            return await _force_unlock(utils, asked)
        case "sweep-stale-workers":
            return await _sweep(utils, asked)
        case "release-old-locks":
            return await _release(utils, asked)


async def _migrate(utils: WorkerUtils, dry_run: bool) -> Answer:
    if dry_run:
        plan = await words.migration_plan(utils.queue)
        return Told(plan.message), asdict(plan)
    report = await utils.migrate()
    return Told("Migrations complete"), {
        "applied": report.applied,
        "found": report.found,
        "detail": report.message,
        "closed_to": report.closed_to,
    }


async def _clean_up(utils: WorkerUtils, asked: MaintenanceRequest) -> Answer:
    report = await utils.cleanup(asked.cleanup_tasks or None, force=asked.force, dry_run=asked.dry_run)
    named = 0 < len(set(asked.cleanup_tasks)) < len(CLEANUP_TASKS)  # the reference's page names all of them
    told = Told(words.would_delete(report.deleted)) if asked.dry_run else words.cleaned(report, asked=named)
    return told, asdict(report)


async def _force_unlock(utils: WorkerUtils, asked: MaintenanceRequest) -> Answer:
    if not asked.worker_ids:
        raise InvalidInput.saying("worker_ids", "provide at least one worker id")
    report = await utils.force_unlock_workers(asked.worker_ids, dry_run=asked.dry_run)
    return words.unlocked(report, asked.worker_ids, dry_run=asked.dry_run), asdict(report)


async def _sweep(utils: WorkerUtils, asked: MaintenanceRequest) -> Answer:
    report = await utils.sweep_stale_workers(
        threshold_secs=_or_default(asked, "sweep_threshold_secs"),
        recovery_delay_secs=_or_default(asked, "recovery_delay_secs"),
        dry_run=asked.dry_run,
    )
    return Told(words.swept(report.workers, report.jobs, dry_run=asked.dry_run)), asdict(report)


async def _release(utils: WorkerUtils, asked: MaintenanceRequest) -> Answer:
    age = _or_default(asked, "older_than_secs")
    report = await utils.release_old_locks(older_than_secs=age, dry_run=asked.dry_run)
    return words.released(report, age, dry_run=asked.dry_run), asdict(report)


def _or_default(asked: MaintenanceRequest, name: str) -> int:
    given: int | None = getattr(asked, name)
    return _NUMBERS[name] if given is None else given
