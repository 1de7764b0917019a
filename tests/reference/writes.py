"""What both are told to do, on rows of every kind; only writes that the reference does rightly.

Where ours is different on purpose is in tests/contract/differences.py, case by case: running now what is used up,
more attempts than allowed, cleaning up under living workers, sweeping those who never had a heartbeat.
"""

from __future__ import annotations

import json
from itertools import product
from typing import Any

from tests.contract.requests import Case

RUNNING, USED_UP, OVERDRAWN = "running, with a key", "used up, with a key", "more than used up"
_FREE = "j.locked_at is null and j.attempts < j.max_attempts"
_DUE, _LATER = f"{_FREE} and j.run_at < now()", f"{_FREE} and j.run_at > now()"
_OLD = "j.locked_at < now() - interval '4 h' and j.attempts < j.max_attempts"
KINDS = {
    "waiting": f"{_DUE} and j.attempts = 0 and j.key is null and j.job_queue_id is null",
    "waiting in a queue": f"{_DUE} and q.id is not null and q.locked_at is null",
    "waiting in a held queue": f"{_DUE} and q.locked_at is not null",
    "waiting with a key": f"{_DUE} and j.attempts = 0 and j.key is not null",
    "waiting with a key, a list": f"{_DUE} and j.key is not null and json_typeof(j.payload) = 'array'",
    "scheduled with a key": f"{_LATER} and j.attempts = 0 and j.key is not null",
    "to be retried, with a key": f"{_LATER} and j.attempts > 0 and j.key is not null",
    USED_UP: "j.locked_at is null and j.attempts = j.max_attempts and j.key is not null",
    OVERDRAWN: "j.locked_at is null and j.attempts > j.max_attempts",
    RUNNING: "j.locked_at between now() - interval '2 h' and now() and j.key is not null",
    "under an old lock": _OLD,
    "under an old lock, with a key": f"{_OLD} and j.key is not null",
    "locked in the future": "j.locked_at > now()",
}
ROWS = """
select j.id, j.key from graphile_worker._private_jobs j
left join graphile_worker._private_job_queues q on q.id = j.job_queue_id
where j.id between 10000 and 20000 and j.max_attempts >= 5 and {condition} order by j.id
"""
_ACTIONS: dict[str, dict[str, Any]] = {
    "complete": {"action": "complete"},
    "fail": {"action": "fail"},
    "fail with a reason": {"action": "fail", "reason": "ŻÓŁĆ\n<b>"},
    "run-now": {"action": "run-now"},
    "run-now with attempts": {"action": "run-now", "attempts": 0},
    "run-now with numbers": {"action": "run-now", "priority": 32767, "attempts": 1, "max_attempts": 32767},
    "reschedule later": {"action": "reschedule", "run_at": "2995-01-01T00:00:00.000001Z"},
    "reschedule earlier": {"action": "reschedule", "run_at": "2001-01-01T00:00:00+02:00"},
    "reschedule priority": {"action": "reschedule", "priority": -32768},
    "reschedule attempts": {"action": "reschedule", "attempts": 2},
    "reschedule max_attempts": {"action": "reschedule", "max_attempts": 30},
    "reschedule all": {
        "action": "reschedule", "run_at": "2995-01-01T00:00:00Z", "priority": 3, "attempts": 0, "max_attempts": 2,
    },
}  # fmt: skip
_KEYED: dict[str, dict[str, Any]] = {
    "an object": {"payload": {"new": [1, "ü"]}},
    "a list": {"payload": [{"new": 1}, 2.5], "run_at": "2996-01-01T00:00:00Z"},
    "all": {"payload": None, "queue": "queue 4", "priority": 9, "max_attempts": 3, "flags": ["x", "x", "ü"]},
}
_NEW: dict[str, dict[str, Any]] = {
    "a known queue": {"queue": "QUEUE 1"},
    "a held queue": {"queue": "queue 20"},
    "a new queue": {"queue": "новая"},
    "a new key": {"key": 'нова "key" '},
    "a long time ago": {"run_at": "0001-01-01T00:00:00Z"},
    "far away": {"run_at": "9999-12-31T23:59:59.999999Z"},
    "another zone": {"run_at": "2995-06-01T00:00:00-11:45"},
    "the largest numbers": {"priority": 32767, "max_attempts": 32767},
    "many flags": {"flags": [f"flag {number}" for number in range(50)]},
    "longest names": {"identifier": "ż" * 128, "queue": "ó" * 128, "key": "ł" * 512},
    "deep payload": {"payload": {"a": [{"b": [{"c": [[[[[[]]]]]]}]}]}},
    "odd payload": {"payload": {"": None, "\u2028": "\u0001\u007f", "n": [0, -1, 1.5, 1e-7, 123456789012345]}},
    "large payload": {"payload": {"x": "y" * 200_000}},
}


def actions(kinds: dict[str, list[int]]) -> list[Case]:
    """Every action on one row of each kind, on all rows of each kind, and on one of every kind together."""
    alive = [ids[0] for kind, ids in kinds.items() if kind not in (USED_UP, OVERDRAWN)]
    lists = {kind: ids[:1] for kind, ids in kinds.items()} | {f"all {kind}": ids for kind, ids in kinds.items()}
    lists["one of every kind"] = alive
    return [
        Case(f"{name}: {kind}", "POST", "/api/jobs/action", {**body, "ids": ids})
        for (kind, ids), (name, body) in product(lists.items(), _ACTIONS.items())
        if name != "run-now" or not kind.endswith((USED_UP, OVERDRAWN))
    ]


def adds(keys: dict[str, str]) -> list[Case]:
    """New jobs of all sorts, and adds with the key of a row of each kind in every mode."""
    modes = (None, "replace", "preserve-run-at", "unsafe-dedupe")
    keyed = [
        Case(f"add {what}, {mode or 'no mode'}: {kind}", "POST", "/api/jobs",
             {"identifier": "send_email", "key": key, "job_key_mode": mode, **body})
        for (kind, key), mode, (what, body) in product(keys.items(), modes, _KEYED.items())
    ]  # fmt: skip
    return keyed + [
        Case(f"add with {what}", "POST", "/api/jobs", {"identifier": "task 6", **body}) for what, body in _NEW.items()
    ]


def removals(keys: dict[str, str]) -> list[Case]:
    """The key of a row of each kind, removed."""
    return [Case(f"remove: {kind}", "POST", "/api/jobs/remove-by-key", {"key": key}) for kind, key in keys.items()]


def maintenance() -> list[Case]:
    """What concerns no single job, on all rows."""
    return _maintenance(
        {"action": "migrate"},
        {"action": "cleanup", "cleanup_tasks": ["gc-job-queues"]},
        {"action": "force-unlock", "worker_ids": ["pool-1"]},
        {"action": "force-unlock", "worker_ids": ["graphile_worker_0", "nobody 2", "worker-a"]},
    )


# Rows on which both sweep alike: every holder of a lock was registered and is long gone.
ABANDONED = """
delete from {schema}._private_workers where last_heartbeat_at > now() - interval '5 minutes';
update {schema}._private_jobs j set locked_by = w.id, locked_at = w.last_heartbeat_at - interval '1 day'
from {schema}._private_jobs k left join {schema}._private_workers w on w.id = k.locked_by where j.id = k.id;
update {schema}._private_job_queues q set locked_by = w.id, locked_at = w.last_heartbeat_at - interval '1 day'
from {schema}._private_job_queues k left join {schema}._private_workers w on w.id = k.locked_by where q.id = k.id;
"""
# Rows on which both clean up alike: no sign of any worker, and no job with more attempts than allowed.
NOBODY = """
delete from {schema}._private_workers;
update {schema}._private_job_queues set locked_by = null, locked_at = null;
update {schema}._private_jobs set locked_by = null, locked_at = null, attempts = least(attempts, max_attempts);
"""


def sweeps() -> list[Case]:
    """Sweeps on the rows of ABANDONED."""
    sweep = {"action": "sweep-stale-workers"}
    return _maintenance(
        *({**sweep, "dry_run": True, "sweep_threshold_secs": seconds} for seconds in (None, 300, 86_400, 2_592_000)),
        *({**sweep, "recovery_delay_secs": seconds} for seconds in (None, 0, 3_600)),
        {**sweep, "sweep_threshold_secs": 86_400},
    )


def cleanups() -> list[Case]:
    """Cleanups on the rows of NOBODY."""
    tasks = ("delete-permanently-failed-jobs", "gc-job-queues", "gc-task-identifiers")
    return _maintenance(
        *({"action": "cleanup", "cleanup_tasks": [task]} for task in tasks),
        {"action": "cleanup", "cleanup_tasks": [tasks[2], tasks[0]]},
        {"action": "cleanup"},
    )


def _maintenance(*bodies: dict[str, Any]) -> list[Case]:
    return [Case(json.dumps(body), "POST", "/api/maintenance", body) for body in bodies]
