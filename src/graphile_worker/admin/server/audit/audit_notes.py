"""Facts about a write for its audit event: recorded when the body is decoded, and when the write is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from starlette.types import Scope

from graphile_worker.admin.server.audit.events import first_items
from graphile_worker.core.jobs import JobResult

# keys of the state of a request
ACTION, ABOUT, AUTHENTICATED, CODE = "audit_action", "audit_about", "audit_authenticated", "audit_code"
# Members of a request that an event repeats: no payloads, no error texts and no search texts.
_MEMBERS = (
    "identifier", "queue", "key", "job_key_mode", "flags", "run_at", "priority", "attempts", "max_attempts",
    "dry_run", "cursor", "cleanup_tasks", "force", "older_than_secs", "sweep_threshold_secs", "recovery_delay_secs",
)  # fmt: skip
_TEXTS = ("search", "error", "variant")  # conditions of a filter that may repeat a payload or an error


def note_request(scope: Scope, action: str, body: msgspec.Struct) -> None:
    """Records the action and the members of a decoded body."""
    scope["state"][ACTION] = action
    about = {name: getattr(body, name, None) for name in _MEMBERS}
    about = {name: value for name, value in about.items() if value not in (None, [], False)}
    for name in ("ids", "worker_ids"):
        if items := getattr(body, name, None):
            about |= first_items(name, items)
    if (filter := getattr(body, "filter", None)) is not None:
        about["filter"] = without_texts(filter)
    scope["state"][ABOUT] = about


def note(scope: Scope, **facts: Any) -> None:
    """Records facts that are known when the write is done."""
    scope["state"].setdefault(ABOUT, {}).update(facts)


def outcomes(results: Iterable[JobResult]) -> dict[str, int]:
    """The number of ids by outcome."""
    return dict(Counter(result.outcome.value for result in results))


def without_texts(filter: Mapping[str, Any]) -> dict[str, Any]:
    """A filter with the length or the number of its search and error texts in place of the texts."""
    shown = {name: value for name, value in filter.items() if name not in _TEXTS}
    for name in _TEXTS:
        if (value := filter.get(name)) is not None:
            shown |= {f"{name}_count": len(value)} if isinstance(value, list) else {f"{name}_length": len(str(value))}
    return shown
