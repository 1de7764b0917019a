"""The jobs of an action that somebody watches: their ids as parameters, and their counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Watch, WatchedCounts

ACTIONS = ("retry", "run-now", "run-next")  # after these the jobs run
WATCHED_MAX = 5000  # jobs
IDS_MAX = 2000  # of one request
TEXT_MAX = 4000  # characters of the ids in an address


def watch(action: str, ids: list[str], total: int, db: str, attempts: dict[str, int]) -> Watch:
    """The first jobs of `total` that the action was done on. `attempts`: those of each job after the action, if known."""
    some = ids[:WATCHED_MAX]
    return {
        "action": action, "db": db, "total": total, "watched": len(some), "batches": batches(some, attempts),
        "exact": all(one in attempts for one in some), "counts": None, "loading": False, "got_ms": 0.0, "error": None,
    }  # fmt: skip


def batches(ids: list[str], attempts: dict[str, int] | None = None) -> list[str]:
    """The ids as parameters of requests, in order and with their attempts, like "1-500:0,503"."""
    out: list[str] = []
    parts: list[str] = []
    size = count = 0
    known = attempts or {}
    for first, last, used in _ranges([(int(one), known.get(one)) for one in ids]):
        text = str(first) if first == last else "%d-%d" % (first, last)
        text += "" if used is None else ":%d" % used
        if parts and (count + last - first + 1 > IDS_MAX or size + len(text) + 1 > TEXT_MAX):
            out.append(",".join(parts))
            parts, size, count = [], 0, 0
        parts.append(text)
        size, count = size + len(text) + 1, count + last - first + 1
    return out + ([",".join(parts)] if parts else [])


def _ranges(jobs: list[tuple[int, int | None]]) -> list[tuple[int, int, int | None]]:
    """Ids and attempts as (first id, last id, attempts), sorted; at most IDS_MAX ids each."""
    out: list[tuple[int, int, int | None]] = []
    for number, used in sorted(jobs, key=lambda job: job[0]):
        first, last, same = out[-1] if out else (0, -1, None)
        if number == last + 1 and used == same and number - first < IDS_MAX:
            out[-1] = (first, number, used)
        else:
            out.append((number, number, used))
    return out


def ended(watched: Watch) -> bool:
    """Are all of these jobs gone?"""
    counts = watched["counts"]
    return counts is not None and counts["gone"] == watched["watched"]


def added(one: WatchedCounts | None, other: WatchedCounts) -> WatchedCounts:
    """The sum of the counts of two batches."""
    if one is None:
        one = {"gone": 0, "running": 0, "failed": 0, "waiting": 0}
    return {
        "gone": one["gone"] + other["gone"], "running": one["running"] + other["running"],
        "failed": one["failed"] + other["failed"], "waiting": one["waiting"] + other["waiting"],
    }  # fmt: skip
