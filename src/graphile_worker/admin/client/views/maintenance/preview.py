"""What each maintenance operation would touch now, as GET api/maintenance tells it."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import CLEANUP_TASKS
from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.text.format import counted, duration, integer, server_words
from graphile_worker.admin.client.text.html import esc
from graphile_worker.admin.client.text.zones import time_tag

ON_CARD, IN_DIALOG = 2, 8  # rows of a preview
AGES = (
    ("900", "15 min"),
    ("3600", "1 h"),
    ("14400", "4 h"),
    ("43200", "12 h"),
    ("86400", "1 day"),
    ("604800", "1 week"),
)


def part(state: dict[str, Any], name: str) -> Any:
    """What the last preview says about one operation; None before it."""
    data = state["maintenance"]["data"]
    if not data:
        return None
    cleanup = data["cleanup"]
    if name in CLEANUP_TASKS:
        return cleanup if cleanup.get("refused") else cleanup.get(name)
    return data.get(name)


def now(state: dict[str, Any], name: str) -> str:
    """A few words for the card's foot; empty where nothing is known yet."""
    found = part(state, name)
    if found is None:
        return ""
    if isinstance(found, dict) and found.get("refused"):
        return "not available"
    return str(_NOW[name](found))


def _migrate(found: dict[str, Any]) -> str:
    steps = len(found["would_apply"]) + len(found["missing"])
    return counted(steps, "step") + " to do" if steps else "up to date"


def _cleanup(found: dict[str, Any]) -> str:
    if found["count"] is None:
        return "not counted"
    return integer(found["count"]) + " now" + (", left alone" if found["skipped"] else "")


def _sweep(found: dict[str, Any]) -> str:
    return "%s, %s" % (counted(len(found["workers"]), "worker"), counted(found["jobs"], "job"))


def _old_locks(found: dict[str, Any]) -> str:
    return "%s, %s" % (counted(found["jobs"], "job"), counted(found["queues"], "queue"))


def _holders(found: list[dict[str, Any]]) -> str:
    return counted(len(found), "lock holder")


_NOW: dict[str, Any] = {
    "migrate": _migrate,
    "delete-permanently-failed-jobs": _cleanup,
    "gc-job-queues": _cleanup,
    "gc-task-identifiers": _cleanup,
    "sweep-stale-workers": _sweep,
    "release-old-locks": _old_locks,
    "force-unlock": _holders,
}


def details(state: dict[str, Any], name: str, most: int = ON_CARD) -> str:
    """The rows behind the numbers: states found, workers, locks; and why something is left alone."""
    found = part(state, name)
    if found is None:
        return ""
    if isinstance(found, dict) and found.get("refused"):
        words = server_words(found)
        return _lines([esc(found["refused"] + (". " + words if words else ""))])
    if name == "migrate":
        return _lines(_steps(found))
    if name == "sweep-stale-workers":
        return _rows([_worker(state, one) for one in found["details"]], most)
    if name == "release-old-locks":
        kept = [_stay(count, esc(reason)) for reason, count in sorted(found["kept"].items())]
        if found["used_up"]:
            kept.insert(0, "%s no attempt left and will count as failed" % _have(found["used_up"]))
        whole = found["jobs"] + found["queues"]  # the answer names the first of them only
        return _rows([_lock(one) for one in found["locks"]], most, whole) + _lines(kept)
    if isinstance(found, dict) and found.get("skipped"):
        return _lines(["Left alone now: %s." % esc(found["skipped"])])
    return ""


def _stay(count: int, reason: str) -> str:
    return "%s %s: %s." % (integer(count), "stays" if count == 1 else "stay", reason)


def _have(count: int) -> str:
    return "1 of them has" if count == 1 else integer(count) + " of them have"


def _steps(found: dict[str, Any]) -> list[str]:
    out = ["Found: %s." % esc(found["found"])]
    if found["missing"]:
        out.append("Would make: %s." % esc(", ".join([one.replace("_", " ") for one in found["missing"]])))
    if found["would_apply"]:
        out.append("Would record: %s." % esc(", ".join([str(one) for one in found["would_apply"]])))
    if found.get("closed_to"):
        out.append("Need their recipe of graphile-worker roles again: %s." % esc(", ".join(found["closed_to"])))
    return out


def _worker(state: dict[str, Any], one: dict[str, Any]) -> str:
    beat = time_tag(one["last_heartbeat_at"], database_now(state), state["offsets"])
    return "<span>%s</span><span>%s · %s</span>" % (esc(one["worker_id"]), counted(one["jobs"], "job"), beat)


def _lock(one: dict[str, Any]) -> str:
    what = "job %s · %s" % (one["id"], esc(one["task"])) if one["kind"] == "job" else "queue " + esc(one["queue"])
    age = "always" if one["age_secs"] is None else duration(one["age_secs"])
    queue = " · " + esc(one["queue"]) if one["kind"] == "job" and one["queue"] else ""
    return "<span>%s%s</span><span>%s</span><small>%s</small>" % (what, queue, age, esc(one["worker"] or "nobody"))


def _rows(rows: list[str], most: int, whole: int = 0) -> str:
    """The first rows of `whole`, where there are more than came."""
    if not rows:
        return ""
    shown = "".join(["<li>%s</li>" % row for row in rows[:most]])
    left = max(whole, len(rows)) - len(rows[:most])
    if left:
        shown += '<li class="soft">and %s more</li>' % integer(left)
    return '<ul class="note name-list">%s</ul>' % shown


def _lines(lines: list[str]) -> str:
    return "".join(['<p class="fact">%s</p>' % line for line in lines])
