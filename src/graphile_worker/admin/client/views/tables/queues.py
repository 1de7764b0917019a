"""The Queues screen: who holds each queue and for how long, the running job and the waiting ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import OLD_LOCK_SECONDS, STALE_LOCK_HOURS
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.text.format import counted, duration, integer
from graphile_worker.admin.client.text.html import esc, icon, link
from graphile_worker.admin.client.times.zones import time_tag
from graphile_worker.admin.client.views.jobs.table import badge
from graphile_worker.admin.client.views.maintenance import unlock
from graphile_worker.admin.client.views.shell import empty_states
from graphile_worker.admin.client.views.tables import data_table

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import QueueRow, ShownLock, State


WAITING_DRAWN = 6
LANE_WORDS = 112  # pixels
COLUMNS = (
    ("c-task", "Queue", "name"),
    ("c-state", "State", "urgency"),
    ("c-lane", "Lane", ""),
    ("c-lock", "Lock", "held"),
    ("c-by", "Held by", ""),
    ("c-at", "Oldest ready", "oldest"),
    ("c-n c-ready num", "Ready", "ready"),
    ("c-n c-failed num", "Failed", "failed"),
    ("c-n c-retrying num", "Retrying", "retrying"),
    ("c-n c-total num", "Jobs", "jobs"),
)


def screen(state: State) -> str:
    """One page of queues. Jobs without a queue have a row of their own."""
    part = state["queues"]
    data = part["data"]
    if data is None or part["status"] != "ready":
        return empty_states.placeholder(state, part)
    rows = "".join([_row(state, queue) for queue in data["queues"]])
    blank = empty_states.empty_state("layers", "No queues", "Jobs added without a queue run in parallel.")
    return data_table.screen(state, "queues", COLUMNS, rows, _held_only(state), blank, _lengths(data["queues"]))


def _lengths(queues: list[QueueRow]) -> str:
    """The longest name, holder and number in characters; the widest lane and the widest lock in pixels."""
    return "--name:%d;--by:%d;--digits:%d;--lane:%d;--lock:%d" % (
        data_table.longest([queue["queue_name"] or "" for queue in queues]),
        data_table.longest([queue["locked_by"] or "" for queue in queues]),
        data_table.longest([integer(queue["job_count"]) for queue in queues]),
        max([_lane_width(queue) for queue in queues] or [0]),
        max([_lock_width(queue) for queue in queues] or [0]),
    )


def _lock_width(queue: QueueRow) -> int:
    """The room for how long it is held, the warning and the button."""
    if queue["locked_at"] is None:
        return 44
    held = 0 if queue["locked_secs"] is None else len("held " + duration(queue["locked_secs"]))
    return 7 * held + 112


def _lane_width(queue: QueueRow) -> int:
    """The room for the running job and the waiting ones, or for the words of the jobs without a queue."""
    if queue["queue_name"] is None:
        return LANE_WORDS
    ready, job = queue["ready_count"], queue["current_job"]
    running = 0 if queue["locked_at"] is None else 40 if job is None else 24 + 8 * len("job %s" % job)
    more = 12 + 8 * len(integer(ready - WAITING_DRAWN)) if ready > WAITING_DRAWN else 0
    return running + 15 * min(ready, WAITING_DRAWN) + more


def _held_only(state: State) -> str:
    """The link that shows held queues only, or all again."""
    on = state["route"]["held"] == "true"
    address = url_state.to_url(state["route"], held="" if on else "true", job="")
    return link("Held only", address, "btn small toggle", aria_current="true" if on else None, id="gw-held")


def _row(state: State, queue: QueueRow) -> str:
    return (
        '<tr id="queue-%s"><td class="c-task">%s</td><td class="c-state">%s</td><td class="c-lane">%s</td>'
        '<td class="c-lock">%s</td><td class="c-by mono">%s</td><td class="c-at">%s</td>'
        '<td class="c-n c-ready num">%s</td><td class="c-n c-failed num">%s</td><td class="c-n c-retrying num">%s</td>'
        '<td class="c-n c-total num">%s</td></tr>'
    ) % (
        "none" if queue["id"] is None else queue["id"],
        _name(state, queue),
        _state(queue),
        _waiting_jobs(state, queue),
        _lock(queue) + _unlock(state, queue),
        _holder(state, queue),
        time_tag(queue["oldest_ready_at"], database_now(state), state["offsets"]) or '<span class="faint">–</span>',
        _jobs(state, queue, queue["ready_count"], "ready"),
        _jobs(state, queue, queue["failed_count"], "failed"),
        _jobs(state, queue, queue["retrying_count"], "retrying"),
        integer(queue["job_count"]),
    )


def _name(state: State, queue: QueueRow) -> str:
    name = queue["queue_name"]
    if name is None:
        return '<span class="soft">no queue</span>'
    if queue["state"] == "missing":
        return '%s<span class="failed">%s</span>' % (icon("triangle-alert", "failed"), esc(name))
    return link(esc(name), url_state.to_url(url_state.bare(state["route"], queue=[name])), "", title=name)


def _jobs(state: State, queue: QueueRow, count: int, kind: str) -> str:
    """A count with a link to the jobs, if a filter can select them."""
    if not count or queue["queue_name"] is None or queue["state"] == "missing":
        return integer(count) if count else '<span class="faint">0</span>'
    route = url_state.bare(state["route"], queue=[queue["queue_name"]], state=[kind])
    words = "%s %s in queue %s" % (integer(count), kind, queue["queue_name"])
    return link(integer(count), url_state.to_url(route), kind if kind != "ready" else "", aria_label=words)


def _state(queue: QueueRow) -> str:
    if queue["state"] == "missing":
        return badge("failed", "row missing")
    if queue["state"] in ("held", "held_too_long"):
        return badge("blocked" if queue["state"] == "held_too_long" else "running")
    if queue["ready_count"]:
        return badge("ready")
    return '<span class="soft">idle</span>' if queue["job_count"] else '<span class="faint">empty</span>'


def _waiting_jobs(state: State, queue: QueueRow) -> str:
    """Links to the running job and to the waiting jobs, which are listed in the order of their execution."""
    if queue["queue_name"] is None:
        return '<span class="soft">runs in parallel</span>'
    held, ready, job = queue["locked_at"] is not None, queue["ready_count"], queue["current_job"]
    drawn = '<i class="%s"></i>' % ("wait" if held else "free") * min(ready, WAITING_DRAWN)
    more = "<small>+%s</small>" % integer(ready - WAITING_DRAWN) if ready > WAITING_DRAWN else ""
    current = '<i class="run" aria-hidden="true"></i>' if held else ""
    if job is not None:
        route = url_state.over(state["route"], {"job": str(job)})
        current = link(
            "job %s" % job,
            url_state.to_url(route),
            "run mono",
            title="The job that runs in this queue",
            aria_label="job %s of queue %s" % (job, queue["queue_name"]),
        )
    shown = current + _waiting_link(state, queue, drawn + more)
    return '<span class="queue-jobs">%s</span>' % shown if shown else ""


def _waiting_link(state: State, queue: QueueRow, shown_html: str) -> str:
    name = queue["queue_name"]
    if name is None or not queue["ready_count"] or queue["state"] == "missing":
        return ""
    route = url_state.bare(state["route"], queue=[name], state=["ready"], sort="priority")
    words = counted(queue["ready_count"], "job waits", "jobs wait")
    title, label = words + ", the next one first", "%s in queue %s" % (words, name)
    return link(shown_html, url_state.to_url(route), "next", title=title, aria_label=label)


def _holder(state: State, queue: QueueRow) -> str:
    if queue["locked_by"] is None:
        return ""
    route = url_state.bare(state["route"], worker=[queue["locked_by"]])
    label = "%s, holds queue %s" % (queue["locked_by"], queue["queue_name"])
    return link(esc(queue["locked_by"]), url_state.to_url(route), "", title="Jobs it runs", aria_label=label)


def _unlock(state: State, queue: QueueRow) -> str:
    name, at = queue["queue_name"], queue["locked_at"]
    if at is None or name is None or queue["state"] == "missing":
        return ""
    lock: ShownLock = {"job": "", "queue": name, "by": queue["locked_by"] or "", "at": at}
    return " " + unlock.opener(state, lock, "" if queue["state"] == "held_too_long" else "quiet")


def _lock(queue: QueueRow) -> str:
    held = queue["locked_secs"]
    if held is None:
        return '<span class="faint">free</span>' if queue["locked_at"] is None else esc(queue["locked_at"])
    over = queue["state"] == "held_too_long"
    width = min(100, max(3, int(held * 100 / OLD_LOCK_SECONDS)))
    warned = '<span title="Longer than %d h">%s</span>' % (STALE_LOCK_HOURS, icon("triangle-alert", "failed"))
    return '<span class="age%s"><i style="width:%d%%"></i></span><span class="soft">held %s %s</span>' % (
        " over" if over else "",
        width,
        duration(held),
        warned if over else "",
    )
