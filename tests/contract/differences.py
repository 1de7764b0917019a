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
OWN_ORDER = "ours answers in the order asked"
HIDDEN = "ours is closed by default: what is behind the token cannot be told from what is not there"
REGISTERED_ONLY = (
    "the reference takes running jobs from every worker without a heartbeat; ours only from those that had one"
)
ALIVE = "a living worker would never see jobs of a task that is made anew"
_STALE_GONE = {"workers": {"worker-stale": None}}
_BOTH_FAILED = {"5": None, "6": None}

DIFFERENCES: dict[tuple[str, str], Difference] = {
    ("adds", "refused: key blank"): _refused("a key of blanks is a mistake; the reference stores it", "key"),
    ("adds", "refused: queue empty"): _refused("the reference makes a real queue named ''", "queue"),
    ("adds", "refused: unknown member"): _refused("the reference drops `queue_name` and adds the job without a queue"),
    ("actions", "complete three"): Difference(
        OWN_ORDER, 200, {"message": "Completed 3 job(s)"}, {"jobs": {"1": None, "2": None, "3": None}}
    ),
    ("actions", "run-now as the browser sends it"): Difference(
        OWN_ORDER,
        200,
        {"message": "Run now 2 job(s)"},
        {"jobs": {"2": {"run_at": "<time>"}, "3": {"run_at": "<time>"}}},
    ),
    ("actions", "complete under an old lock"): Difference(
        "the reference leaves the queue locked by the dead worker",
        200,
        {"message": "Completed 1 job(s)"},
        {"jobs": {"8": None}, "queues": {"held by the dead": {"locked_by": None}}},
    ),
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
    ("maintenance", "cleanup failed jobs"): Difference(
        "the reference forgets jobs with more attempts than allowed",
        200,
        {"message": "Cleanup complete"},
        {"jobs": _BOTH_FAILED},
    ),
    ("maintenance", "cleanup tasks"): Difference(
        ALIVE,
        200,
        {
            "message": "No task identifier deleted: a worker sent a heartbeat in the last 5 minutes",
            "outcome": "not_done",
        },
        {},
    ),
    ("maintenance", "cleanup all"): Difference(
        ALIVE, 200, {"message": "Cleanup complete"}, {"jobs": _BOTH_FAILED, "queues": {"idle": None}}
    ),
    ("maintenance", "force-unlock an unknown one"): Difference(
        "the reference counts the names it was given, ours the workers that held something",
        200,
        {"message": "Unlocked 0 worker id(s)"},
        {},
    ),
    ("maintenance", "sweep, looking only"): Difference(
        REGISTERED_ONLY, 200, {"message": "Would recover 1 worker(s): worker-stale"}
    ),
    ("maintenance", "sweep"): Difference(
        REGISTERED_ONLY, 200, {"message": "Recovered 0 job(s) from 1 worker(s): worker-stale"}, _STALE_GONE
    ),
    ("maintenance", "sweep with numbers"): Difference(
        REGISTERED_ONLY, 200, {"message": "Recovered 0 job(s) from 1 worker(s): worker-stale"}, _STALE_GONE
    ),
    ("errors", "GET /api/jobs?status=failed"): _refused("the reference ignores the parameter and lists everything"),
    ("errors", "GET /api/jobs?state=ready&state=failed"): Difference(
        "several states at once are jobs in any of them", 200
    ),
    **{
        ("doors", f"{door}, {kind} credentials: GET /nothing"): Difference(HIDDEN, 401, {"error": "unauthorized"})
        for door in ("bearer", "header")
        for kind in ("wrong", "no")
    },
}

# Ours print more lines after the reference's own.
LONGER_COMMANDS = ("show 2", "show 5")
_TASK_NAMED = "the reference leaves task_identifier null in what its actions print"
_MORE_STATES = "ours also counts blocked and retrying jobs, which are ready or scheduled as well"
_USAGE = "usage errors exit 2, whoever finds them"
COMMAND_DIFFERENCES: dict[str, tuple[str, dict[str, Any]]] = {
    "add x --payload {": (_USAGE, {"exit": 2}),
    "reschedule 1": (_USAGE, {"exit": 2}),
    "stats": (
        _MORE_STATES,
        {"out": "total\tready\tscheduled\tlocked\tfailed\tblocked\tretrying\n9\t3\t2\t2\t2\t0\t1\n"},
    ),
    "admin --auth none --listen 0.0.0.0:5679": (_USAGE, {"exit": 2}),
    "complete 1 --json": (_TASK_NAMED, {"json": [{"id": 1, "task_identifier": "send_email"}]}),
    "complete 1 2 --json": (_TASK_NAMED, {"json": [{"task_identifier": "send_email"}] * 2}),
    "fail 1 --json": (_TASK_NAMED, {"json": [{"task_identifier": "send_email", "attempts": 25}]}),
    "fail 1 -r because --json": (_TASK_NAMED, {"json": [{"task_identifier": "send_email", "last_error": "because"}]}),
    "reschedule 3 --now --json": (_TASK_NAMED, {"json": [{"task_identifier": "resize_image", "run_at": "<time>"}]}),
    "reschedule 1 --priority 4 --json": (_TASK_NAMED, {"json": [{"task_identifier": "send_email", "priority": 4}]}),
    "reschedule 5 --attempts 0 --max-attempts 9 --json": (
        _TASK_NAMED,
        {"json": [{"task_identifier": "send_email", "attempts": 0, "max_attempts": 9}]},
    ),
    **{
        f"sweep-stale-workers{option} --dry-run": (
            REGISTERED_ONLY,
            {"out": "Would recover 1 worker(s): worker-stale\n"},
        )
        for option in ("", " --sweep-threshold 10m")
    },
    **{
        f"sweep-stale-workers{option} --dry-run --json": (
            REGISTERED_ONLY,
            {"json": {"worker_ids": ["worker-stale"], "recovered_count": 0}},
        )
        for option in ("", " --sweep-threshold 10m")
    },
}
