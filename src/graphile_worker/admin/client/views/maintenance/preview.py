"""The previews of the maintenance operations, from GET api/maintenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import CLEANUP_TASKS
from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.text.format import counted, duration, integer, server_words
from graphile_worker.admin.client.text.html import esc
from graphile_worker.admin.client.times.zones import time_tag
from graphile_worker.admin.client.views.maintenance.unlock import locks

if TYPE_CHECKING:
    from typing import TypeGuard

    from graphile_worker.admin.client.model.types import (
        MigrationPlan,
        OldLock,
        OldLocks,
        Preview,
        SilentWorker,
        State,
        TaskPreview,
    )

ON_CARD, IN_DIALOG = 2, 8  # rows of a preview
AGES = (
    ("900", "15 min"),
    ("3600", "1 h"),
    ("14400", "4 h"),
    ("43200", "12 h"),
    ("86400", "1 day"),
    ("604800", "1 week"),
)


def refused(state: State, name: str) -> Preview | None:
    """The error in place of the preview of one operation; None where there is a preview or none was loaded."""
    data = state["maintenance"]["data"]
    if data is None:
        return None
    cleanup = data["cleanup"]
    part: object = cleanup
    if name not in CLEANUP_TASKS or not cleanup.get("refused"):
        part = cleanup.get(name) if name in CLEANUP_TASKS else data.get(name)
    return part if _is_refused(part) else None


def _in_a_banner(state: State, message: str) -> bool:
    """Whether a banner above the cards has this message."""
    warnings = state["session"]["warnings"] if state["session"] else []
    return message in [one.get("message") for one in warnings if one.get("level") != "note"]


def _is_refused(part: object) -> TypeGuard[Preview]:
    return isinstance(part, dict) and bool(part.get("refused"))


def cleanup(state: State, name: str) -> TaskPreview | None:
    """The preview of a cleanup task; None for other operations and before it was loaded."""
    data = state["maintenance"]["data"]
    if data is None:
        return None
    if name == "delete-permanently-failed-jobs":
        return data["cleanup"]["delete-permanently-failed-jobs"]
    if name == "gc-task-identifiers":
        return data["cleanup"]["gc-task-identifiers"]
    return data["cleanup"]["gc-job-queues"] if name == "gc-job-queues" else None


def summary(state: State, name: str) -> str:
    """The numbers of the preview in a few words; empty before it was loaded."""
    data = state["maintenance"]["data"]
    if data is None:
        return ""
    if refused(state, name):
        return "not available"
    if name == "migrate":
        changes = _changes(data["migrate"])
        optional = data["migrate"]["verdict"] == "older"
        return (
            counted(
                changes, "optional step" if optional else "step to do", "optional steps" if optional else "steps to do"
            )
            if changes
            else "up to date"
        )
    if name == "sweep-stale-workers":
        sweep = data["sweep-stale-workers"]
        return "%s, %s" % (counted(len(sweep["workers"]), "worker"), counted(sweep["jobs"], "job"))
    if name == "release-old-locks":
        locks = data["release-old-locks"]
        return "%s, %s" % (counted(locks["jobs"], "job"), counted(locks["queues"], "queue"))
    if name == "force-unlock":
        return counted(len(data["force-unlock"]), "lock holder")
    return _cleanup(cleanup(state, name))


_DELETED = {
    "delete-permanently-failed-jobs": "failed job",
    "gc-job-queues": "unused queue",
    "gc-task-identifiers": "unused task name",
}


def amount(state: State, name: str) -> str:
    """What the operation would change, like "3 jobs of 1 stale worker"; empty where that is not known."""
    data = state["maintenance"]["data"]
    if data is None or refused(state, name):
        return ""
    if name == "sweep-stale-workers":
        sweep = data["sweep-stale-workers"]
        return "%s of %s" % (counted(sweep["jobs"], "job"), counted(len(sweep["workers"]), "stale worker"))
    if name == "release-old-locks":
        return locks(data["release-old-locks"]["jobs"], data["release-old-locks"]["queues"])
    task = cleanup(state, name)
    return "" if task is None or task["count"] is None else counted(task["count"], _DELETED[name])


def nothing(state: State, name: str) -> bool:
    """Whether the preview has nothing that the operation would change. False where that is not known."""
    data = state["maintenance"]["data"]
    if data is None or refused(state, name):
        return False
    if name == "migrate":
        return not _changes(data["migrate"])
    if name == "sweep-stale-workers":
        return not data["sweep-stale-workers"]["workers"]
    if name == "release-old-locks":
        return not data["release-old-locks"]["jobs"] + data["release-old-locks"]["queues"]
    if name == "force-unlock":
        return not data["force-unlock"]
    task = cleanup(state, name)
    return task is not None and task["count"] == 0


def _changes(found: MigrationPlan) -> int:
    return len(found["would_apply"]) + len(found["missing"])


def _cleanup(task: TaskPreview | None) -> str:
    if task is None:
        return ""
    if task["count"] is None:
        return "not counted"
    return integer(task["count"]) + " now" + (", skipped" if task["skipped"] and task["count"] else "")


def details(state: State, name: str, most: int = ON_CARD) -> str:
    """The rows behind the numbers: schema states, workers, locks; and why something is skipped."""
    data = state["maintenance"]["data"]
    if data is None:
        return ""
    error = refused(state, name)
    if error is not None:
        if _in_a_banner(state, error["refused"]):
            return ""
        words = server_words(error)
        return _lines([esc(error["refused"] + (". " + words if words else ""))])
    if name == "migrate":
        return _lines(_migration_lines(data["migrate"]))
    if name == "sweep-stale-workers":
        return _rows([_worker(state, one) for one in data["sweep-stale-workers"]["details"]], most)
    if name == "release-old-locks":
        return _old_locks(data["release-old-locks"], most)
    task = cleanup(state, name)
    if task is not None and task.get("skipped"):
        return _lines(["Skipped now: %s." % esc(task["skipped"])])
    return ""


def _old_locks(found: OldLocks, most: int) -> str:
    kept = [_kept(count, esc(reason)) for reason, count in sorted(found["kept"].items())]
    if found["used_up"]:
        kept.insert(0, "%s no attempt left and will count as failed" % _used_up(found["used_up"]))
    total = found["jobs"] + found["queues"]  # the answer lists only the first of them
    return _rows([_lock(one) for one in found["locks"]], most, total) + _lines(kept)


def _kept(count: int, reason: str) -> str:
    return "%s %s: %s." % (integer(count), "stays" if count == 1 else "stay", reason)


def _used_up(count: int) -> str:
    return "1 of them has" if count == 1 else integer(count) + " of them have"


def _migration_lines(found: MigrationPlan) -> list[str]:
    out = ["Found: %s." % esc(found["found"])]
    if found["missing"]:
        out.append("Would make: %s." % esc(", ".join([one.replace("_", " ") for one in found["missing"]])))
    if found["would_apply"]:
        out.append("Would record: %s." % esc(", ".join([str(one) for one in found["would_apply"]])))
    if found.get("closed_to"):
        out.append("Need their recipe of graphile-worker roles again: %s." % esc(", ".join(found["closed_to"])))
    return out


def _worker(state: State, one: SilentWorker) -> str:
    beat = time_tag(one["last_heartbeat_at"], database_now(state), state["offsets"])
    return "<span>%s</span><span>%s · %s</span>" % (esc(one["worker_id"]), counted(one["jobs"], "job"), beat)


def _lock(one: OldLock) -> str:
    what = "job %s · %s" % (one["id"], esc(one["task"])) if one["kind"] == "job" else "queue " + esc(one["queue"])
    age = "always" if one["age_secs"] is None else duration(one["age_secs"])
    queue = " · " + esc(one["queue"]) if one["kind"] == "job" and one["queue"] else ""
    return "<span>%s%s</span><span>%s</span><small>%s</small>" % (what, queue, age, esc(one["worker"] or "nobody"))


def _rows(rows: list[str], most: int, total: int = 0) -> str:
    """HTML of the first `most` rows as a list, with a last line "and N more" if `total` is higher."""
    if not rows:
        return ""
    shown = "".join(["<li>%s</li>" % row for row in rows[:most]])
    rest = max(total, len(rows)) - len(rows[:most])
    if rest:
        shown += '<li class="soft">and %s more</li>' % integer(rest)
    return '<ul class="note name-list">%s</ul>' % shown


def _lines(lines: list[str]) -> str:
    return "".join(['<p class="fact">%s</p>' % line for line in lines])
