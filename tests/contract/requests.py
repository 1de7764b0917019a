"""What is asked of the reference and of ours: every route, with good and bad input.

A case is one request. `door` names the server it is sent to (how it authenticates), `csrf` whether a write
carries the page's token ("no" and "wrong" are cases of their own), `raw` is a body that is not `body` as JSON.
Every case starts from the rows of seed.sql; what a write leaves in the tables is recorded beside its answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Door = Literal["none", "basic", "bearer", "header", "read-only"]
BIG_ID = 9007199254740993  # one past what a double can hold


@dataclass(frozen=True)
class Case:
    """One request; `name` is its key in the recorded file and unique in its group."""

    name: str
    method: str
    path: str
    body: Any = None
    raw: str | None = None
    door: Door = "none"
    csrf: Literal["right", "no", "wrong"] = "right"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether this request may change a row."""
        return self.method != "GET"


def _gets(*paths: str) -> list[Case]:
    return [Case(f"GET {path}", "GET", path) for path in paths]


def _jobs(*queries: str) -> list[Case]:
    return _gets(*(f"/api/jobs?{query}" for query in queries))


def _posts(path: str, bodies: dict[str, Any]) -> list[Case]:
    return [Case(name, "POST", path, body) for name, body in bodies.items()]


READS = [
    *_gets("/api/session", "/api/overview", "/api/jobs", "/api/jobs/1", "/api/jobs/2", f"/api/jobs/{BIG_ID}"),
    *_jobs("state=all", "state=ready", "state=scheduled", "state=locked", "state=failed"),
    *_jobs("identifier=send_email", "identifier=", "identifier=nothing", "identifier=a%2C+task+with+%22quotes%22"),
    *_jobs("identifier=send_email%20", "identifier=SEND_EMAIL"),
    *_jobs("queue=imports", "queue=", "queue=nothing", "queue=held%20by%20the%20dead"),
    *_jobs("search=SMTP", "search=%20smtp%20", "search=", "search=%20", "search=email%3A4", "search=worker-dead"),
    *_jobs("search=resize", "search=a%40example", "search=3", f"search={BIG_ID}", "search=mailers", "search=%E2%9C%93"),
    *_jobs("search=100%25", "search=d_mail", "search=nothing%20at%20all"),
    *_jobs("limit=2", "limit=2&offset=2", "offset=8", "offset=100", "limit=0", "limit=501", "limit=99999"),
    *_jobs("state=failed&identifier=send_email", "state=ready&queue=imports&search=b", "state=locked&limit=1&offset=1"),
]

ADDS = _posts(
    "/api/jobs",
    {
        "only a task": {"identifier": "send_email"},
        "a new task and queue": {"identifier": "brand_new", "queue": "brand new queue"},
        "everything": {
            "identifier": "send_email",
            "payload": {"to": "x", "n": [1, None]},
            "queue": "imports",
            "run_at": "2995-01-01T00:00:00Z",
            "max_attempts": 7,
            "key": "fresh",
            "job_key_mode": "replace",
            "priority": -3,
            "flags": ["a", "b"],
        },
        "as the browser sends it": {
            "identifier": "x",
            "payload": {"a": 1},
            "queue": None,
            "run_at": None,
            "max_attempts": None,
            "key": None,
            "job_key_mode": None,
            "priority": None,
            "flags": None,
        },
        "payload null": {"identifier": "send_email", "payload": None},
        "payload a list": {"identifier": "send_email", "payload": [1, "two", {"three": 3}]},
        "payload a number": {"identifier": "send_email", "payload": 12.5},
        "flags empty": {"identifier": "send_email", "flags": []},
        "key waiting, no mode": {"identifier": "resize_image", "payload": {"new": True}, "key": "email:2"},
        "key waiting, replace": {"identifier": "resize_image", "key": "email:2", "job_key_mode": "replace"},
        "key scheduled, preserve-run-at": {
            "identifier": "resize_image",
            "key": "image:3",
            "job_key_mode": "preserve-run-at",
        },
        "key waiting, unsafe-dedupe": {"identifier": "resize_image", "key": "email:2", "job_key_mode": "unsafe-dedupe"},
        "key running, replace": {"identifier": "send_email", "key": "email:4", "job_key_mode": "replace"},
        "key used up, replace": {"identifier": "send_email", "key": "email:5", "job_key_mode": "replace"},
        "key used up, unsafe-dedupe": {"identifier": "send_email", "key": "email:5", "job_key_mode": "unsafe-dedupe"},
        "two lists are joined": {"identifier": "resize_image", "payload": [4], "key": "image:3"},
        "run_at with a space and an offset": {"identifier": "send_email", "run_at": "2995-01-01 05:30:00+05:30"},
        "run_at offset without colon": {"identifier": "send_email", "run_at": "2995-01-01T05:30:00+0530"},
        "run_at small z, nanoseconds": {"identifier": "send_email", "run_at": "2995-01-01T00:00:00.123456789z"},
        "priority lowest": {"identifier": "send_email", "priority": -32768},
        "refused: mode without key": {"identifier": "send_email", "job_key_mode": "replace"},
        "refused: mode with a blank key": {"identifier": "send_email", "key": "  ", "job_key_mode": "replace"},
        "refused: no identifier": {"payload": {}},
        "refused: identifier blank": {"identifier": "  "},
        "refused: identifier a number": {"identifier": 5},
        "refused: identifier too long": {"identifier": "x" * 129},
        "refused: queue too long": {"identifier": "send_email", "queue": "x" * 129},
        "refused: key too long": {"identifier": "send_email", "key": "x" * 513},
        "refused: key empty": {"identifier": "send_email", "key": ""},
        "refused: key blank": {"identifier": "send_email", "key": "  "},
        "refused: queue empty": {"identifier": "send_email", "queue": ""},
        "refused: max_attempts 0": {"identifier": "send_email", "max_attempts": 0},
        "refused: max_attempts 40000": {"identifier": "send_email", "max_attempts": 40000},
        "refused: priority 40000": {"identifier": "send_email", "priority": 40000},
        "refused: priority as text": {"identifier": "send_email", "priority": "1"},
        "refused: priority 1.5": {"identifier": "send_email", "priority": 1.5},
        "refused: unknown mode": {"identifier": "send_email", "key": "k", "job_key_mode": "other"},
        "refused: run_at now": {"identifier": "send_email", "run_at": "now"},
        "refused: run_at without zone": {"identifier": "send_email", "run_at": "2995-01-01T00:00:00"},
        "refused: run_at a number": {"identifier": "send_email", "run_at": 1},
        "refused: flags as text": {"identifier": "send_email", "flags": "a"},
        "refused: NUL in identifier": {"identifier": "a\0b"},
        "refused: NUL in a flag": {"identifier": "send_email", "flags": ["a\0"]},
        "refused: unknown member": {"identifier": "send_email", "queue_name": "imports"},
        "refused: a list": [],
        "refused: null": None,
    },
)

ACTIONS = _posts(
    "/api/jobs/action",
    {
        "complete": {"action": "complete", "ids": [1]},
        "complete three": {"action": "complete", "ids": [3, 2, 1]},
        "complete with a running and an unknown id": {"action": "complete", "ids": [1, 4, 999]},
        "complete the same id twice": {"action": "complete", "ids": [1, 1]},
        "complete an id past 2^53": {"action": "complete", "ids": [BIG_ID]},
        "complete under an old lock": {"action": "complete", "ids": [8]},
        "fail": {"action": "fail", "ids": [1]},
        "fail with a reason": {"action": "fail", "ids": [1], "reason": "bad address"},
        "fail with a blank reason": {"action": "fail", "ids": [1], "reason": "  "},
        "fail a running one": {"action": "fail", "ids": [4]},
        "run-now a scheduled one": {"action": "run-now", "ids": [3]},
        "run-now with the three numbers": {
            "action": "run-now",
            "ids": [3],
            "priority": 1,
            "attempts": 0,
            "max_attempts": 9,
        },
        "run-now as the browser sends it": {
            "action": "run-now",
            "ids": [3, 2],
            "reason": None,
            "run_at": None,
            "priority": None,
            "attempts": None,
            "max_attempts": None,
        },
        "run-now a used-up one": {"action": "run-now", "ids": [5]},
        "run-now a used-up one with attempts": {"action": "run-now", "ids": [5], "attempts": 0},
        "reschedule to a time": {"action": "reschedule", "ids": [1], "run_at": "2995-01-01T00:00:00Z"},
        "reschedule priority": {"action": "reschedule", "ids": [1, 2], "priority": 9},
        "reschedule attempts": {"action": "reschedule", "ids": [5], "attempts": 0},
        "reschedule max_attempts": {"action": "reschedule", "ids": [1], "max_attempts": 1},
        "reschedule a running one": {"action": "reschedule", "ids": [4], "priority": 1},
        "reschedule an unknown one": {"action": "reschedule", "ids": [999], "priority": 1},
        "refused: reschedule nothing given": {"action": "reschedule", "ids": [1]},
        "refused: no ids": {"action": "complete", "ids": []},
        "refused: ids missing": {"action": "complete"},
        "refused: ids null": {"action": "complete", "ids": None},
        "refused: ids as text": {"action": "complete", "ids": ["1"]},
        "refused: an id of 2^63": {"action": "complete", "ids": [2**63]},
        "refused: unknown action": {"action": "delete", "ids": [1]},
        "refused: action missing": {"ids": [1]},
        "refused: attempts below zero": {"action": "reschedule", "ids": [1], "attempts": -5},
        "refused: max_attempts 0": {"action": "reschedule", "ids": [1], "max_attempts": 0},
        "refused: priority 40000": {"action": "reschedule", "ids": [1], "priority": 40000},
        "refused: NUL in reason": {"action": "fail", "ids": [1], "reason": "a\0"},
    },
)

REMOVALS = _posts(
    "/api/jobs/remove-by-key",
    {
        "waiting": {"key": "email:2"},
        "running": {"key": "email:4"},
        "used up": {"key": "email:5"},
        "other letters": {"key": "ключ ✓"},
        "no such key": {"key": "nothing"},
        "blanks are part of a key": {"key": " email:2 "},
        "refused: empty": {"key": ""},
        "refused: blank": {"key": "  "},
        "refused: null": {"key": None},
        "refused: missing": {},
        "refused: NUL": {"key": "a\0"},
    },
)

MAINTENANCE = _posts(
    "/api/maintenance",
    {
        "migrate": {"action": "migrate"},
        "migrate as the browser sends it": {
            "action": "migrate",
            "cleanup_tasks": [],
            "worker_ids": [],
            "dry_run": False,
            "sweep_threshold_secs": None,
            "recovery_delay_secs": None,
        },
        "cleanup failed jobs": {"action": "cleanup", "cleanup_tasks": ["delete-permanently-failed-jobs"]},
        "cleanup queues": {"action": "cleanup", "cleanup_tasks": ["gc-job-queues"]},
        "cleanup tasks": {"action": "cleanup", "cleanup_tasks": ["gc-task-identifiers"]},
        "cleanup all": {"action": "cleanup"},
        "force-unlock": {"action": "force-unlock", "worker_ids": ["worker-a"]},
        "force-unlock an unknown one": {"action": "force-unlock", "worker_ids": ["nobody"]},
        "sweep, looking only": {"action": "sweep-stale-workers", "dry_run": True},
        "sweep": {"action": "sweep-stale-workers"},
        "sweep with numbers": {"action": "sweep-stale-workers", "sweep_threshold_secs": 600, "recovery_delay_secs": 0},
        "refused: force-unlock nobody": {"action": "force-unlock"},
        "refused: unknown action": {"action": "vacuum"},
        "refused: unknown cleanup": {"action": "cleanup", "cleanup_tasks": ["everything"]},
        "refused: cleanup_tasks null": {"action": "cleanup", "cleanup_tasks": None},
        "refused: dry_run null": {"action": "sweep-stale-workers", "dry_run": None},
        "refused: threshold as text": {"action": "sweep-stale-workers", "sweep_threshold_secs": "5m"},
        "refused: threshold below zero": {"action": "sweep-stale-workers", "sweep_threshold_secs": -1},
        "refused: threshold 2^53": {"action": "sweep-stale-workers", "sweep_threshold_secs": 2**53},
    },
)

ERRORS = [
    *_jobs("state=", "state=READY", "state=running", "state=ready&state=failed"),
    *_jobs("limit=", "limit=-1", "limit=x", "limit=1.5", "limit=1&limit=2", "limit=99999999999999999999"),
    *_jobs("offset=", "offset=-1", "offset=x", "offset=1&offset=2", "search=%00", "search=a&search=b"),
    *_jobs("identifier=%00", "status=failed"),
    *_gets("/api/jobs/999", "/api/jobs/-1", "/api/jobs/0", "/api/jobs/abc", "/api/jobs/9223372036854775808"),
    *_gets("/nothing", "/api/nothing", "/assets/nothing.js", "/api/jobs/action"),
    Case("POST where only GET is", "POST", "/api/overview", {}),
    Case("PUT a list", "PUT", "/api/jobs", {}),
    Case("DELETE a job", "DELETE", "/api/jobs/1"),
    Case("PATCH a job", "PATCH", "/api/jobs/1", {}),
    Case("not JSON", "POST", "/api/jobs", raw="{identifier"),
    Case("cut short", "POST", "/api/jobs", raw='{"identifier":"x"'),
    Case("empty body", "POST", "/api/jobs", raw=""),
    Case("two documents", "POST", "/api/jobs", raw='{"identifier":"x"} {}'),
    Case("a member twice", "POST", "/api/jobs", raw='{"identifier":"x","identifier":"y"}'),
    Case("text/plain", "POST", "/api/jobs", raw='{"identifier":"x"}', headers={"content-type": "text/plain"}),
    Case(
        "a form", "POST", "/api/jobs", raw="identifier=x", headers={"content-type": "application/x-www-form-urlencoded"}
    ),
    Case("more than 2 MiB", "POST", "/api/jobs", {"identifier": "x", "payload": "y" * 2_097_152}),
    Case(
        "deeper than any job", "POST", "/api/jobs", raw='{"identifier":"x","payload":' + "[" * 5000 + "]" * 5000 + "}"
    ),
]

_PLACES = ["/", "/assets/admin.css", "/favicon.ico", "/api/session", "/api/overview", "/nothing"]
_ADD = {"identifier": "send_email"}
DOORS = [
    *(
        Case(f"{door}, {kind} credentials: GET {path}", "GET", path, door=door, headers={"x-credentials": kind})
        for door in ("none", "basic", "bearer", "header", "read-only")
        for kind in ("right", "wrong", "no")
        if door != "none" or kind == "right"
        for path in _PLACES
    ),
    *(
        Case(
            f"{door}, {kind} credentials: POST without a token",
            "POST",
            "/api/jobs",
            _ADD,
            door=door,
            csrf="no",
            headers={"x-credentials": kind},
        )
        for door in ("none", "basic", "bearer", "header", "read-only")
        for kind in ("right", "wrong")
    ),
    Case("a wrong token", "POST", "/api/jobs", _ADD, csrf="wrong"),
    Case("a wrong token, bad input too", "POST", "/api/jobs", {"identifier": ""}, csrf="wrong"),
    *(
        Case(f"read-only: {name}", "POST", path, body, door="read-only")
        for name, path, body in (
            ("add", "/api/jobs", _ADD),
            ("action", "/api/jobs/action", {"action": "complete", "ids": [1]}),
            ("remove", "/api/jobs/remove-by-key", {"key": "email:2"}),
            ("migrate", "/api/maintenance", {"action": "migrate"}),
            ("a sweep that only looks", "/api/maintenance", {"action": "sweep-stale-workers", "dry_run": True}),
        )
    ),
]

GROUPS: dict[str, list[Case]] = {
    "reads": READS,
    "adds": ADDS,
    "actions": ACTIONS,
    "removals": REMOVALS,
    "maintenance": MAINTENANCE,
    "errors": ERRORS,
    "doors": DOORS,
}
