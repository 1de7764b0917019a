"""graphile-worker: the Graphile Worker job queue from Python.

The names in `__all__` are public. Each one is loaded when it is first used, so importing the package is cheap.
"""

TYPE_CHECKING = False  # type checkers read it as true; importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from graphile_worker.core.actions.preconditions import Expected, Revisions
    from graphile_worker.core.database.transactions import connect
    from graphile_worker.core.exceptions import (
        AccessError,
        Busy,
        DatabaseError,
        DatabaseReadOnly,
        DatabaseUnavailable,
        GraphileWorkerError,
        InvalidInput,
        JobNotScheduled,
        NotFound,
        OutcomeUnknown,
        PermissionDenied,
        PoolBusy,
        QueryTimeout,
        Refused,
        RowSecurity,
        SchemaError,
        SchemaMissing,
        SchemaUnsupported,
        ServerMessage,
    )
    from graphile_worker.core.jobs import (
        AddedJob,
        AddOutcome,
        AddPlan,
        Job,
        JobKeyMode,
        JobReport,
        JobResult,
        JobSpec,
        JobStats,
        Outcome,
        RawJson,
        RemoveOutcome,
        RemoveReport,
        Rows,
    )
    from graphile_worker.core.locks.force_unlock import Holder, UnlockReport
    from graphile_worker.core.locks.old_locks import OldLock, OldLocksReport
    from graphile_worker.core.locks.sweep import SilentWorker, SweepReport
    from graphile_worker.core.maintenance.cleanup import CleanupReport
    from graphile_worker.core.maintenance.repair import RepairReport
    from graphile_worker.core.migration.migrate import MigrationReport
    from graphile_worker.core.schema import Schema
    from graphile_worker.reads.objects import (
        FilterOptions,
        JobCount,
        JobPage,
        ListedJob,
        Moment,
        QueuePage,
        QueueRow,
        RetryTime,
        StoredJob,
        Why,
        WorkerPage,
        WorkerRow,
    )
    from graphile_worker.worker_utils import WorkerUtils

__version__ = "0.1.0"

_HOMES = {
    "AccessError": "core.exceptions",
    "AddOutcome": "core.jobs",
    "AddPlan": "core.jobs",
    "AddedJob": "core.jobs",
    "Busy": "core.exceptions",
    "CleanupReport": "core.maintenance.cleanup",
    "DatabaseError": "core.exceptions",
    "DatabaseReadOnly": "core.exceptions",
    "DatabaseUnavailable": "core.exceptions",
    "Expected": "core.actions.preconditions",
    "FilterOptions": "reads.objects",
    "GraphileWorkerError": "core.exceptions",
    "Holder": "core.locks.force_unlock",
    "InvalidInput": "core.exceptions",
    "Job": "core.jobs",
    "JobCount": "reads.objects",
    "JobKeyMode": "core.jobs",
    "JobNotScheduled": "core.exceptions",
    "JobPage": "reads.objects",
    "JobReport": "core.jobs",
    "JobResult": "core.jobs",
    "JobSpec": "core.jobs",
    "JobStats": "core.jobs",
    "ListedJob": "reads.objects",
    "MigrationReport": "core.migration.migrate",
    "Moment": "reads.objects",
    "NotFound": "core.exceptions",
    "OldLock": "core.locks.old_locks",
    "OldLocksReport": "core.locks.old_locks",
    "Outcome": "core.jobs",
    "OutcomeUnknown": "core.exceptions",
    "PermissionDenied": "core.exceptions",
    "PoolBusy": "core.exceptions",
    "QueryTimeout": "core.exceptions",
    "QueuePage": "reads.objects",
    "QueueRow": "reads.objects",
    "RawJson": "core.jobs",
    "Refused": "core.exceptions",
    "RemoveOutcome": "core.jobs",
    "RemoveReport": "core.jobs",
    "RepairReport": "core.maintenance.repair",
    "RetryTime": "reads.objects",
    "Revisions": "core.actions.preconditions",
    "RowSecurity": "core.exceptions",
    "Rows": "core.jobs",
    "Schema": "core.schema",
    "SchemaError": "core.exceptions",
    "SchemaMissing": "core.exceptions",
    "SchemaUnsupported": "core.exceptions",
    "ServerMessage": "core.exceptions",
    "SilentWorker": "core.locks.sweep",
    "StoredJob": "reads.objects",
    "SweepReport": "core.locks.sweep",
    "UnlockReport": "core.locks.force_unlock",
    "Why": "reads.objects",
    "WorkerPage": "reads.objects",
    "WorkerRow": "reads.objects",
    "WorkerUtils": "worker_utils",
    "connect": "core.database.transactions",
}
__all__ = [
    "AccessError",
    "AddOutcome",
    "AddPlan",
    "AddedJob",
    "Busy",
    "CleanupReport",
    "DatabaseError",
    "DatabaseReadOnly",
    "DatabaseUnavailable",
    "Expected",
    "FilterOptions",
    "GraphileWorkerError",
    "Holder",
    "InvalidInput",
    "Job",
    "JobCount",
    "JobKeyMode",
    "JobNotScheduled",
    "JobPage",
    "JobReport",
    "JobResult",
    "JobSpec",
    "JobStats",
    "ListedJob",
    "MigrationReport",
    "Moment",
    "NotFound",
    "OldLock",
    "OldLocksReport",
    "Outcome",
    "OutcomeUnknown",
    "PermissionDenied",
    "PoolBusy",
    "QueryTimeout",
    "QueuePage",
    "QueueRow",
    "RawJson",
    "Refused",
    "RemoveOutcome",
    "RemoveReport",
    "RepairReport",
    "RetryTime",
    "Revisions",
    "RowSecurity",
    "Rows",
    "Schema",
    "SchemaError",
    "SchemaMissing",
    "SchemaUnsupported",
    "ServerMessage",
    "SilentWorker",
    "StoredJob",
    "SweepReport",
    "UnlockReport",
    "Why",
    "WorkerPage",
    "WorkerRow",
    "WorkerUtils",
    "connect",
]

if not TYPE_CHECKING:  # type checkers know the imports above, and report every other name

    def __getattr__(name):
        if name in _HOMES:
            from importlib import import_module

            return getattr(import_module(f"graphile_worker.{_HOMES[name]}"), name)
        raise AttributeError(f"module 'graphile_worker' has no attribute {name!r}")

    def __dir__():
        return [*__all__, *(name for name in globals() if name.startswith("__"))]


del TYPE_CHECKING
