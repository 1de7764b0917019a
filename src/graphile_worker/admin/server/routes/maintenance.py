"""`POST /api/maintenance`: migrate, clean up, unlock, sweep."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api import wire
from graphile_worker.admin.api.wire import MaintenanceRequest
from graphile_worker.admin.server import body
from graphile_worker.admin.server.context import context_of, json_response
from graphile_worker.core.errors import InvalidInput
from graphile_worker.core.utils import WorkerUtils
from graphile_worker.recovery.sweep import sweep


async def maintain(request: Request) -> Response:
    """One operation; counts stand beside the contract's message."""
    context = context_of(request)
    asked = await body.read(request, MaintenanceRequest)
    answer = await _apply(context.config.utils, asked)
    context.wrote(request, asked.action, dry_run=asked.dry_run, message=answer["message"])
    return json_response(wire.encode(answer))


async def _apply(utils: WorkerUtils, asked: MaintenanceRequest) -> dict[str, Any]:
    match asked.action:
        case "migrate":
            migrated = await utils.migrate()
            return {"message": "Migrations complete", "applied": migrated.applied, "detail": migrated.message}
        case "cleanup":
            cleaned = await utils.cleanup(asked.cleanup_tasks or None)
            return {"message": "Cleanup complete", "deleted": cleaned.deleted, "skipped": cleaned.skipped}
        case "force-unlock":
            return await _force_unlock(utils, asked.worker_ids)
        case "sweep-stale-workers":
            return await _sweep(utils, asked)


async def _force_unlock(utils: WorkerUtils, worker_ids: list[str]) -> dict[str, Any]:
    if not worker_ids:
        raise InvalidInput.saying("worker_ids", "provide at least one worker id")
    report = await utils.force_unlock_workers(worker_ids)
    return {
        "message": f"Unlocked {len(report.workers)} worker id(s)",
        "workers": report.workers,
        "jobs": report.jobs,
        "queues": report.queues,
    }


async def _sweep(utils: WorkerUtils, asked: MaintenanceRequest) -> dict[str, Any]:
    threshold = 300 if asked.sweep_threshold_secs is None else asked.sweep_threshold_secs
    delay = 30 if asked.recovery_delay_secs is None else asked.recovery_delay_secs
    report = await sweep(
        utils.database, utils.schema, threshold_secs=threshold, recovery_delay_secs=delay, dry_run=asked.dry_run
    )
    names = ", ".join(report.workers)
    if not report.workers:
        message = "No stale workers found"
    elif asked.dry_run:
        message = f"Would recover {len(report.workers)} worker(s): {names}"
    else:
        message = f"Recovered {report.jobs} job(s) from {len(report.workers)} worker(s): {names}"
    return {"message": message, "workers": report.workers, "jobs": report.jobs}
