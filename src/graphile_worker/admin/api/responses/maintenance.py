"""What maintenance answers, as types made of the reports themselves; see admin/api/responses/jobs.py."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict, get_type_hints

import msgspec

from graphile_worker.admin.api.maintenance.summaries import MigrationPlan
from graphile_worker.admin.api.openapi import either
from graphile_worker.admin.api.responses.jobs import Finding, ServerMessage, Time
from graphile_worker.core.locks.force_unlock import Holder, UnlockReport
from graphile_worker.core.locks.old_locks import OldLocksReport
from graphile_worker.core.locks.sweep import SweepReport
from graphile_worker.core.maintenance.cleanup import CleanupReport, TaskPreview


def _told(name: str, doc: str, members: dict[str, Any]) -> type[msgspec.Struct]:
    """An operation's answer: its message, whether all of it was done, and whether it was only a look, beside the members of its report."""
    head = {"message": str, "outcome": Literal["done", "partly", "not_done"], "dry_run": bool}
    made = msgspec.defstruct(name, [*(head | members).items()], kw_only=True)
    made.__doc__ = doc
    return made


# One of these, by the action asked for; `migrate` has two, a plan where it was a dry run.
MAINTAINED = (
    _told("MigrationPlanned", "What a migration would do.", get_type_hints(MigrationPlan)),
    _told("Migrated", "What a migration did.", {"applied": list[int], "found": str, "detail": str, "closed_to": list[str]}),
    _told("CleanedUp", "Rows deleted by task, and why a task was left out.", get_type_hints(CleanupReport)),
    _told("ForceUnlocked", "Whom locks were taken from.", get_type_hints(UnlockReport)),
    _told("Swept", "Silent workers, and the jobs handed back.", get_type_hints(SweepReport)),
    _told("OldLocksReleased", "Old locks that went, and why others stayed.", get_type_hints(OldLocksReport)),
)  # fmt: skip


class Refused(TypedDict):
    """A part of the previews that cannot be told: why, and what helps."""

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
        "migrate": Annotated[Any, either(MigrationPlan, Refused)],
        "cleanup": Annotated[Any, either(CleanupPreviews, Refused)],
        "sweep-stale-workers": Annotated[Any, either(SweepReport, Refused)],
        "release-old-locks": Annotated[Any, either(OldLocksReport, Refused)],
        "force-unlock": list[Holder] | Refused,
        "health": list[Finding] | Refused,
    },
)
NAMED = (MigrationPlan, CleanupPreviews, SweepReport, OldLocksReport, Refused)  # by name only: see `either`
