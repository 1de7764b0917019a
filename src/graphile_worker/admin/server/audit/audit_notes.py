"""What a write is about, for its audit event: noted when its body is decoded, and when it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from starlette.types import Scope

from graphile_worker.admin.api import wire
from graphile_worker.admin.server.audit.events import some
from graphile_worker.core.jobs import JobResult

ASKED, ABOUT, LET_IN, CODE = "audit_action", "audit_about", "audit_let_in", "audit_code"  # in the state of a request
_ACTIONS: dict[type[msgspec.Struct], str] = {wire.AddJobRequest: "add", wire.RemoveByKeyRequest: "remove-by-key"}
# What is worth a line and is no payload, no text of an error and no text that somebody searched for.
_MEMBERS = (
    "identifier", "queue", "key", "job_key_mode", "flags", "run_at", "priority", "attempts", "max_attempts",
    "dry_run", "cursor", "cleanup_tasks", "force", "older_than_secs", "sweep_threshold_secs", "recovery_delay_secs",
)  # fmt: skip
_TEXTS = ("search", "error")  # of a filter: they may repeat a payload or an error


def action_of(asked: msgspec.Struct) -> str:
    """The action that a decoded body asks for."""
    return str(getattr(asked, "action", None) or _ACTIONS[type(asked)])


def note_asked(scope: Scope, asked: msgspec.Struct) -> None:
    """The action and what it is for, out of a decoded body."""
    scope["state"][ASKED] = action_of(asked)
    about = {name: getattr(asked, name, None) for name in _MEMBERS}
    about = {name: value for name, value in about.items() if value not in (None, [], False)}
    for name in ("ids", "worker_ids"):
        if items := getattr(asked, name, None):
            about |= some(name, items)
    if (filter := getattr(asked, "filter", None)) is not None:
        about["filter"] = harmless(filter)
    scope["state"][ABOUT] = about


def note(scope: Scope, **facts: Any) -> None:
    """More about the write, known when it is done."""
    scope["state"].setdefault(ABOUT, {}).update(facts)


def outcomes(results: Iterable[JobResult]) -> dict[str, int]:
    """How many ids came to each outcome."""
    return dict(Counter(result.outcome.value for result in results))


def harmless(filter: Mapping[str, Any]) -> dict[str, Any]:
    """A filter without the texts that it looks for: only their length, or their number."""
    shown = {name: value for name, value in filter.items() if name not in _TEXTS}
    for name in _TEXTS:
        if (value := filter.get(name)) is not None:
            shown |= {f"{name}_count": len(value)} if isinstance(value, list) else {f"{name}_length": len(str(value))}
    return shown
