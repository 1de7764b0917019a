"""Previews of every maintenance action. An error in one of them does not affect the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from graphile_worker.admin.api.maintenance import summaries as reads
from graphile_worker.admin.api.redaction.redact import Redaction
from graphile_worker.admin.api.responses.diagnosis import finding_output
from graphile_worker.admin.api.responses.errors import server_output
from graphile_worker.core.diagnosis.health import diagnose
from graphile_worker.core.exceptions import DatabaseUnavailable, GraphileWorkerError
from graphile_worker.core.locks import force_unlock
from graphile_worker.core.locks.old_lock_rules import OldLocksConfig
from graphile_worker.core.locks.old_locks import preview_old_locks
from graphile_worker.core.locks.sweep import SweepConfig, preview_sweep
from graphile_worker.core.maintenance.cleanup import preview_cleanup
from graphile_worker.core.queue import Queue


async def previews(queue: Queue, silence: SweepConfig, age: OldLocksConfig, redaction: Redaction) -> dict[str, Any]:
    """`as_of`, a part for each operation and `health` (what `doctor` says); one that fails is
    `{"refused": message, "remedy": hint}`.

    Raises DatabaseUnavailable.
    """

    async def cleanup() -> Any:
        return {task: asdict(preview) for task, preview in (await preview_cleanup(queue)).items()}

    async def stale() -> Any:
        return asdict(await preview_sweep(queue, threshold_secs=silence.threshold_secs))

    async def old() -> Any:
        return asdict(await preview_old_locks(queue, older_than_secs=age.older_than_secs))

    async def held() -> Any:
        return [asdict(holder) for holder in await force_unlock.holders(queue)]

    async def plan() -> Any:
        return asdict(await reads.migration_plan(queue))

    async def health() -> Any:
        return [finding_output(finding) for finding in (await diagnose(queue)).findings]

    return {
        "as_of": await reads.now(queue),
        "migrate": await _part(plan, redaction),
        "cleanup": await _part(cleanup, redaction),
        "sweep-stale-workers": await _part(stale, redaction),
        "release-old-locks": await _part(old, redaction),
        "force-unlock": await _part(held, redaction),
        "health": await _part(health, redaction),
    }


async def _part(read: Callable[[], Awaitable[Any]], redaction: Redaction) -> Any:
    try:
        return await read()
    except DatabaseUnavailable:
        raise
    except GraphileWorkerError as error:
        refused = {"refused": error.message, "remedy": error.hint}
        server = server_output(error, redaction)
        return refused | {"server": server} if server else refused
