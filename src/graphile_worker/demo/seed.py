"""A queue with a past: thousands of jobs in every state, written in a few statements."""

from __future__ import annotations

import json
import math
from random import Random
from typing import Any, TypeAlias

from graphile_worker.core.queue import Queue
from graphile_worker.demo import tasks
from graphile_worker.demo.sql import statement
from graphile_worker.demo.tasks import Task

JOBS = 5000
FAILED, RETRYING, SCHEDULED, READY = 420, 240, 1500, 60  # the rest waits in bulk
CRASHED_WORKER = "graphile_worker_0f61c29a7be4d83510"
CRASHED_SECONDS = 6 * 3600.0
DEFAULT_MAX_ATTEMPTS = 25
Row: TypeAlias = dict[str, Any]

_LATER = tuple(task for task in tasks.TASKS if task.later)
_SOON = tuple(task for task in tasks.TASKS if task.group == "web" and not task.later)
_FRAGILE = tuple(task for task in tasks.TASKS if task.error_texts)


async def seed(queue: Queue, *, jobs: int = JOBS, random: Random | None = None) -> bool:
    """Fills an empty schema; False when it holds jobs already."""
    rows = make(jobs, random or Random(2026))
    async with queue.write_unchecked(timeout=60) as tx:
        if await tx.fetchval(statement("seed.count")):
            return False
        await tx.execute(statement("seed.tasks"), names=sorted({row["task"] for row in rows}))
        queues = sorted({row["queue"] for row in rows if row["queue"] is not None})
        await tx.execute(statement("seed.queues"), names=queues)
        metadata = json.dumps({"hostname": "worker-3.internal", "concurrency": 4})
        crashed = {"worker": CRASHED_WORKER, "silence_secs": CRASHED_SECONDS, "metadata": metadata}
        await tx.execute(statement("seed.crashed"), **crashed)
        await tx.execute(statement("seed.jobs"), jobs=json.dumps(rows))
    return True


def make(jobs: int, random: Random) -> list[Row]:
    """The rows of `jobs` jobs (at least 3); fewer than 5,000 keep the same mix."""
    share = jobs / JOBS
    rows = [_crashed(random) for _ in range(3)]
    rows += [_failed(random) for _ in range(int(FAILED * share))]
    rows += [_retrying(random) for _ in range(int(RETRYING * share))]
    rows += [_scheduled(random) for _ in range(int(SCHEDULED * share))]
    rows += [_ready(random) for _ in range(int(READY * share))]
    rows += [_bulk(random) for _ in range(jobs - len(rows))]
    _drop_doubled_keys(rows)
    return rows


def _row(task: Task, random: Random, **more: Any) -> Row:
    age = random.uniform(1, 9 * 3600)
    return {
        "task": task.name,
        "queue": task.queue(random),
        "payload": task.payload(random),
        "priority": task.priority or 0,
        "due": -age,  # seconds from now
        "attempts": 0,
        "max_attempts": task.max_attempts or DEFAULT_MAX_ATTEMPTS,
        "last_error": None,
        "age": age,  # seconds since it was added
        "key": task.key(random),
        "flags": dict.fromkeys(task.flags, True) or None,
        "locked_age": None,
        "locked_by": None,
        **more,
    }


def _failed(random: Random) -> Row:
    task = random.choices(_FRAGILE, weights=[task.weight * task.failing for task in _FRAGILE])[0]
    row = _row(task, random, age=random.uniform(600, 6 * 86400))
    row["attempts"] = row["max_attempts"] = min(row["max_attempts"], 6)
    row["due"] = -row["age"] + math.exp(row["attempts"])
    row["last_error"] = task.error_text(random, row["payload"])
    return row


def _retrying(random: Random) -> Row:
    task = random.choices(_FRAGILE, weights=[task.weight * task.failing for task in _FRAGILE])[0]
    attempts = random.randint(4, 9)
    row = _row(task, random, attempts=attempts, max_attempts=DEFAULT_MAX_ATTEMPTS)
    row["due"] = 60 + random.random() * math.exp(attempts)
    row["last_error"] = task.error_text(random, row["payload"])
    return row


def _scheduled(random: Random) -> Row:
    task = tasks.pick(random, _LATER if random.random() < 0.8 else _SOON)
    return _row(task, random, due=10 ** random.uniform(2, 6.05))  # from two minutes to thirteen days


def _ready(random: Random) -> Row:
    return _row(tasks.pick(random, _SOON), random, due=-1.0, age=random.uniform(1, 60))


def _bulk(random: Random) -> Row:
    return _row(tasks.pick(random, tasks.BULK), random)


def _crashed(random: Random) -> Row:
    """Still locked by a worker that was killed hours ago."""
    age = CRASHED_SECONDS + random.uniform(5, 50)
    held = {"queue": None, "attempts": 1, "locked_age": age, "locked_by": CRASHED_WORKER}
    return _row(tasks.BY_NAME["transcode_video"], random, age=age + 30, due=-age - 30, **held)


def _drop_doubled_keys(rows: list[Row]) -> None:
    keys: set[str] = set()
    for row in rows:
        if row["key"] in keys:
            row["key"] = None
        elif row["key"] is not None:
            keys.add(row["key"])
