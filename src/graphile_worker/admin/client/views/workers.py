"""Workers: those that send heartbeats and those only known by the locks they hold, in one table."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client import url_state
from graphile_worker.admin.client.format import counted, integer, time_tag
from graphile_worker.admin.client.html import button, esc, icon, link, table_head
from graphile_worker.admin.client.state import database_now, refusal
from graphile_worker.admin.client.views import placeholder

COLUMNS = (
    ("c-task", "Worker"),
    ("c-state", "Health"),
    ("c-beat", "Last heartbeat"),
    ("c-since", "Started"),
    ("c-n num", "Running jobs"),
    ("c-n num", "Held queues"),
    ("c-go", '<span class="sr">Actions</span>'),
)


def screen(state: dict[str, Any]) -> str:
    """One row per worker that is known in any way."""
    part = state["overview"]
    if placeholder.unready(part):
        return placeholder.unready(part)
    rows = joined(part["data"])
    if not rows:
        return placeholder.blank(
            "cpu",
            "No worker is seen",
            "None holds a job, none sends heartbeats. Workers without heartbeats that are idle cannot be seen.",
        )
    stale = len([one for one in rows if one["stale"]])
    reason = refusal(state, "sweep-stale-workers")
    sweep = button(
        "Sweep stale workers…", "maintain", "", data_name="sweep-stale-workers", disabled=bool(reason), title=reason
    )
    head = '<div class="tools"><span class="soft">%s · %s stale</span><span class="push"></span>%s</div>' % (
        counted(len(rows), "worker"),
        integer(stale),
        sweep,
    )
    body = "".join([_row(state, one) for one in rows])
    table = '<table class="workers"><caption class="sr">Workers</caption>%s<tbody>%s</tbody></table>'
    return head + '<div class="sheet">%s</div>' % (table % (table_head(COLUMNS), body))


def joined(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Heartbeats and lock holders by worker id; stale ones first, then the busiest."""
    rows: dict[str, dict[str, Any]] = {}
    for beat in data["active_workers"]:
        rows[beat["worker_id"]] = {
            "id": beat["worker_id"],
            "beat": beat["last_heartbeat_at"],
            "started": beat["started_at"],
            "stale": beat["is_stale"],
            "jobs": 0,
            "queues": 0,
        }
    for held in data["workers"]:
        row = rows.setdefault(
            held["worker_id"], {"id": held["worker_id"], "beat": None, "started": None, "stale": False}
        )
        row["jobs"], row["queues"] = held["locked_jobs"], held["locked_queues"]
    return sorted(rows.values(), key=_rank)


def _rank(row: dict[str, Any]) -> tuple[int, int, str]:
    return (0 if row["stale"] else 1, -row["jobs"], row["id"])


def _health(row: dict[str, Any]) -> str:
    if row["beat"] is None:
        return '<span class="state scheduled">%sno heartbeat</span>' % icon("lock")
    if row["stale"]:
        return '<span class="state failed">%sstale</span>' % icon("triangle-alert")
    return '<span class="state good">%shealthy</span>' % icon("circle-check")


def _row(state: dict[str, Any], row: dict[str, Any]) -> str:
    now = database_now(state)
    route = url_state.bare(state["route"], worker=[row["id"]])
    none = '<span class="faint">never sent</span>'
    free = button(
        "Unlock…",
        "maintain",
        "small",
        data_name="force-unlock",
        data_id=row["id"],
        disabled=refusal(state, "force-unlock") is not None,
        title=refusal(state, "force-unlock"),
    )
    return (
        '<tr><td class="c-task mono">%s</td><td class="c-state">%s</td><td class="c-beat">%s</td>'
        '<td class="c-since">%s</td>'
        '<td class="c-n num">%s</td><td class="c-n c-all num">%s</td><td class="c-go">%s</td></tr>'
    ) % (
        link(esc(row["id"]), url_state.to_url(route), "", title="Jobs it runs"),
        _health(row),
        time_tag(row["beat"], now) or none,
        time_tag(row["started"], now) or '<span class="faint">unknown</span>',
        integer(row["jobs"]),
        integer(row["queues"]),
        free if row["jobs"] or row["queues"] else "",
    )
