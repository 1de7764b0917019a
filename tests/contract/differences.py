"""Where ours answers otherwise on purpose, with the reason. Everything else is compared member by member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Difference:
    """Our answer to one case: its status, members of its body, and what it leaves in the tables."""

    reason: str
    status: int
    body: dict[str, Any] | None = None
    left: dict[str, Any] | None = None


def _refused(reason: str, field: str | None = None) -> Difference:
    return Difference(reason, 400, {"field": field} if field else None)


NOT_DONE = "the reference counts it as done without saying that nothing happened; ours says which and why"
DIFFERENCES: dict[tuple[str, str], Difference] = {
    ("adds", "refused: identifier blank"): _refused("a task without a name can never run", "identifier"),
    ("adds", "refused: key blank"): _refused("a key of blanks is a mistake; the reference stores it", "key"),
    ("adds", "refused: queue empty"): _refused("the reference makes a real queue named ''", "queue"),
    ("adds", "refused: unknown member"): _refused("the reference drops `queue_name` and adds the job without a queue"),
    ("actions", "run-now a used-up one"): Difference(
        "the reference says done, and the job never runs: `retry` resets the attempts",
        200,
        {"message": "Run now 0 job(s)", "jobs": []},
        {},
    ),
    ("actions", "refused: attempts below zero"): _refused("the reference stores -5 attempts", "attempts"),
    ("removals", "running"): Difference(
        "the job goes on running and only lost its key",
        200,
        {"outcome": "key_released"},
        {"jobs": {"4": {"key": None, "attempts": 25}}},
    ),
    ("removals", "no such key"): Difference(
        NOT_DONE, 200, {"message": "No job with key `nothing`", "outcome": "not_found"}, {}
    ),
    ("removals", "blanks are part of a key"): Difference(
        NOT_DONE, 200, {"message": "No job with key ` email:2 `", "outcome": "not_found"}, {}
    ),
    ("maintenance", "force-unlock an unknown one"): Difference(
        "the reference counts the names it was given, ours the workers that held something",
        200,
        {"message": "Unlocked 0 worker id(s)"},
        {},
    ),
    ("errors", "GET /api/jobs?status=failed"): _refused("the reference ignores the parameter and lists everything"),
}
