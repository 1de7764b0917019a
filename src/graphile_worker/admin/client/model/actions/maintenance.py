"""The maintenance operations: their titles, sentences and buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import CLEANUP_TASKS

if TYPE_CHECKING:
    from typing import TypeGuard

    from graphile_worker.admin.client.model.types import MaintenanceName

# name: (title, what it does, label, kind of button)
CARDS: dict[str, tuple[str, str, str, str]] = {
    "migrate": (
        "Migrate",
        "Brings the schema to the newest state this version knows; live workers keep running.",
        "Migrate",
        "main",
    ),
    "delete-permanently-failed-jobs": (
        "Delete failed jobs",
        "Jobs that used all attempts and are not running. They are gone for good.",
        "Delete",
        "bad",
    ),
    "gc-job-queues": ("Remove unused queues", "Queue rows that no job refers to and nobody holds.", "Remove", "main"),
    "gc-task-identifiers": (
        "Remove unused task names",
        "Dangerous while workers run: those that know a removed name never see its new jobs until they restart.",
        "Remove",
        "bad",
    ),
    "sweep-stale-workers": (
        "Release jobs of stale workers",
        (
            "For workers that sent heartbeats and stopped for 5 minutes: their jobs and queues are released, and the jobs "
            "run again after 30 s. Workers without heartbeats are never touched."
        ),
        "Release",
        "main",
    ),
    "release-old-locks": (
        "Release old locks",
        (
            "For workers without heartbeats, like Node's: a lock this old is taken from its worker, which has most "
            "likely died. If it has not, its job runs twice. Attempts stay as they are."
        ),
        "Release",
        "bad",
    ),
    "force-unlock": (
        "Force unlock",
        (
            "Takes every job and queue away from the workers named here. Be sure that they are dead: "
            "what a live one runs would run twice."
        ),
        "Unlock",
        "bad",
    ),
}
ORDER: tuple[MaintenanceName, ...] = (
    "migrate",
    "delete-permanently-failed-jobs",
    "gc-job-queues",
    "gc-task-identifiers",
    "sweep-stale-workers",
    "release-old-locks",
    "force-unlock",
)
NAMED_MAX = 20  # worker ids in a message


def is_operation(name: str) -> TypeGuard[MaintenanceName]:
    """Is it the name of an operation?"""
    return name in CARDS


def action_of(name: str) -> str:
    """The action of POST api/maintenance that does it."""
    return "cleanup" if name in CLEANUP_TASKS else name
