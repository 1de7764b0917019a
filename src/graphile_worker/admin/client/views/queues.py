"""Queues: held by whom, for how long, how much waits."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import STALE_LOCK_HOURS
from graphile_worker.admin.client import url_state
from graphile_worker.admin.client.format import counted, duration, epoch, integer
from graphile_worker.admin.client.html import esc, icon, link, table_head
from graphile_worker.admin.client.state import database_now
from graphile_worker.admin.client.views import placeholder
from graphile_worker.admin.client.views.table import badge

SHOWN_MAX = 500
WAITING_DRAWN = 6
COLUMNS = (
    ("c-task", "Queue"),
    ("c-state", "State"),
    ("c-lane", "Lane"),
    ("c-lock", "Lock"),
    ("c-by", "Held by"),
    ("c-n num", "Ready"),
    ("c-n num", "Jobs"),
)
LIMIT = STALE_LOCK_HOURS * 3600


def screen(state: dict[str, Any]) -> str:
    """All queues of the overview, most waiting first."""
    part = state["overview"]
    if placeholder.unready(part):
        return placeholder.unready(part)
    rows = sorted(part["data"]["queues"], key=_rank)
    if not rows and not part["data"]["stats"]["total"]:
        return placeholder.blank("layers", "No queues", "Jobs added without a queue run in parallel.")
    shown = rows[:SHOWN_MAX]
    more = "" if len(rows) <= SHOWN_MAX else " · first %s shown" % integer(SHOWN_MAX)
    head = '<div class="tools"><span class="soft">%s · most waiting first%s</span></div>' % (
        counted(len(rows), "queue"),
        more,
    )
    body = "".join([_row(state, queue) for queue in shown])
    table = '<table class="queues"><caption class="sr">Queues</caption>%s<tbody>%s</tbody></table>'
    return head + '<div class="sheet">%s</div>' % (table % (table_head(COLUMNS), body + _unnamed(part["data"])))


def _unnamed(data: dict[str, Any]) -> str:
    """Jobs without a queue: what the whole table has beyond the named queues."""
    stats = data["stats"]
    jobs = stats["total"] - sum([one["job_count"] for one in data["queues"]])
    ready = stats["ready"] - sum([one["ready_count"] for one in data["queues"]])
    return (
        '<tr><td class="c-task soft">no queue</td><td class="c-state">%s</td><td class="c-lane"></td>'
        '<td class="c-lock soft">runs in parallel</td><td class="c-by"></td>'
        '<td class="c-n num">%s</td><td class="c-n c-all num">%s</td></tr>'
    ) % (badge("ready") if ready else '<span class="faint">empty</span>', integer(ready), integer(jobs))


def _rank(queue: dict[str, Any]) -> tuple[int, int, str]:
    return (-queue["ready_count"], -queue["job_count"], queue["queue_name"])


def _held(queue: dict[str, Any], now: float) -> float | None:
    since = epoch(queue["locked_at"])
    return None if since is None else max(0.0, now - since)


def _row(state: dict[str, Any], queue: dict[str, Any]) -> str:
    now = database_now(state)
    held = _held(queue, now)
    name = queue["queue_name"]
    route = url_state.bare(state["route"], queue=[name])
    return (
        '<tr id="queue-%s"><td class="c-task">%s</td><td class="c-state">%s</td><td class="c-lane">%s</td>'
        '<td class="c-lock">%s</td>'
        '<td class="c-by mono">%s</td><td class="c-n num">%s</td><td class="c-n c-all num">%s</td></tr>'
    ) % (
        queue["id"],
        link(esc(name), url_state.to_url(route), "", title=name),
        _state(queue, held),
        _lane(queue, held),
        _lock(held),
        esc(queue["locked_by"]),
        integer(queue["ready_count"]),
        integer(queue["job_count"]),
    )


def _state(queue: dict[str, Any], held: float | None) -> str:
    if held is not None:
        return badge("blocked") if held >= LIMIT else badge("running")
    if queue["ready_count"]:
        return badge("ready")
    return '<span class="soft">idle</span>' if queue["job_count"] else '<span class="faint">empty</span>'


def _lane(queue: dict[str, Any], held: float | None) -> str:
    """The job that runs, then the ones that wait."""
    ready = queue["ready_count"]
    kind = "free" if held is None else "wait"
    drawn = ('<i class="run"></i>' if held is not None else "") + ('<i class="%s"></i>' % kind) * min(
        ready, WAITING_DRAWN
    )
    more = "<small>+%s</small>" % integer(ready - WAITING_DRAWN) if ready > WAITING_DRAWN else ""
    return '<span class="lane" aria-hidden="true">%s%s</span>' % (drawn, more)


def _lock(held: float | None) -> str:
    if held is None:
        return '<span class="faint">free</span>'
    over = held >= LIMIT
    width = min(100, max(3, int(held * 100 / LIMIT)))
    return '<span class="age%s"><i style="width:%d%%"></i></span><span class="soft">held %s%s</span>' % (
        " over" if over else "",
        width,
        duration(held),
        " · limit %d h %s" % (STALE_LOCK_HOURS, icon("triangle-alert", "failed")) if over else "",
    )
