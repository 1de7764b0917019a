"""Responses of the maintenance operations; most of their members are those of the reports of `core`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict, get_type_hints

import msgspec

from graphile_worker.admin.api.json_schema import union_of
from graphile_worker.admin.api.maintenance.summaries import MigrationPlan
from graphile_worker.admin.api.responses.diagnosis import Finding
from graphile_worker.admin.api.responses.errors import ServerMessage
from graphile_worker.admin.api.responses.values import Time
from graphile_worker.core.locks.force_unlock import Holder, UnlockReport
from graphile_worker.core.locks.old_locks import OldLocksReport
from graphile_worker.core.locks.sweep import SweepReport
from graphile_worker.core.maintenance.cleanup import CleanupReport, TaskPreview


def _operation(name: str, doc: str, members: dict[str, Any]) -> type[msgspec.Struct]:
    """The response of an operation: its message, its outcome, whether it was a dry run, and the members of its report."""
    head = {"message": str, "outcome": Literal["done", "partly", "not_done"], "dry_run": bool}
    made = msgspec.defstruct(name, [*(head | members).items()], kw_only=True)
    made.__doc__ = doc
    return made


# The response by action; `migrate` has two, a plan for a dry run.
OPERATIONS = (
    _operation("MigrationPlanned", "The steps that a migration would apply.", get_type_hints(MigrationPlan)),
    _operation("Migrated", "The steps that a migration applied.", {"applied": list[int], "found": str, "detail": str, "closed_to": list[str]}),
    _operation("CleanedUp", "Deleted rows by task, and why a task was skipped.", get_type_hints(CleanupReport)),
    _operation("ForceUnlocked", "The workers whose locks were released.", get_type_hints(UnlockReport)),
    _operation("Swept", "Stale workers, and the number of their jobs that were released.", get_type_hints(SweepReport)),
    _operation("OldLocksReleased", "Old locks that were released, and why others were not.", get_type_hints(OldLocksReport)),
)  # fmt: skip


class Refused(TypedDict):
    """A part of the previews that cannot be determined: the reason and the remedy."""

    refused: str
    remedy: str | None
    server: NotRequired[ServerMessage]


CleanupPreviews = TypedDict(
    "CleanupPreviews",
    {
        "delete-permanently-failed-jobs": TaskPreview,
        "gc-task-identifiers": TaskPreview,
        "gc-job-queues": TaskPreview,
    },
)
Previews = TypedDict(
    "Previews",
    {
        "as_of": Time,
        "age_ms": int,
        "migrate": Annotated[Any, union_of(MigrationPlan, Refused)],
        "cleanup": Annotated[Any, union_of(CleanupPreviews, Refused)],
        "sweep-stale-workers": Annotated[Any, union_of(SweepReport, Refused)],
        "release-old-locks": Annotated[Any, union_of(OldLocksReport, Refused)],
        "force-unlock": list[Holder] | Refused,
        "health": list[Finding] | Refused,
    },
)
REFERENCED = (MigrationPlan, CleanupPreviews, SweepReport, OldLocksReport, Refused)  # by `union_of`
