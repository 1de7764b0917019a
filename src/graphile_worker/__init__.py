"""graphile-worker: the Graphile Worker job queue from Python.

The names below are the public ones; each is loaded when it is first used, so importing the package is cheap.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true; the module `typing` alone would take as long as all the rest
if TYPE_CHECKING:
    from typing import Any

    from graphile_worker.core.exceptions import GraphileWorkerError, InvalidInput
    from graphile_worker.core.jobs import (
        AddedJob,
        AddOutcome,
        AddPlan,
        Job,
        JobKeyMode,
        JobReport,
        JobResult,
        JobSpec,
        Outcome,
        RawJson,
        RemoveOutcome,
        RemoveReport,
    )
    from graphile_worker.core.locks.force_unlock import UnlockReport
    from graphile_worker.core.maintenance.cleanup import CleanupReport
    from graphile_worker.core.migration.migrate import MigrationReport
    from graphile_worker.core.schema import Schema
    from graphile_worker.core.worker_utils import WorkerUtils

__version__ = "0.1.0"

_HOMES = {
    "AddOutcome": "core.jobs",
    "AddPlan": "core.jobs",
    "AddedJob": "core.jobs",
    "CleanupReport": "core.maintenance.cleanup",
    "GraphileWorkerError": "core.exceptions",
    "InvalidInput": "core.exceptions",
    "Job": "core.jobs",
    "JobKeyMode": "core.jobs",
    "JobReport": "core.jobs",
    "JobResult": "core.jobs",
    "JobSpec": "core.jobs",
    "MigrationReport": "core.migration.migrate",
    "Outcome": "core.jobs",
    "RawJson": "core.jobs",
    "RemoveOutcome": "core.jobs",
    "RemoveReport": "core.jobs",
    "Schema": "core.schema",
    "UnlockReport": "core.locks.force_unlock",
    "WorkerUtils": "core.worker_utils",
}
__all__ = [
    "AddOutcome",
    "AddPlan",
    "AddedJob",
    "CleanupReport",
    "GraphileWorkerError",
    "InvalidInput",
    "Job",
    "JobKeyMode",
    "JobReport",
    "JobResult",
    "JobSpec",
    "MigrationReport",
    "Outcome",
    "RawJson",
    "RemoveOutcome",
    "RemoveReport",
    "Schema",
    "UnlockReport",
    "WorkerUtils",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"graphile_worker.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'graphile_worker' has no attribute {name!r}")
