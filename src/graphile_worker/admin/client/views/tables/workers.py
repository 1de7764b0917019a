"""The Workers screen: workers with heartbeats, and workers known only by the locks that they hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import OLD_LOCK_SECONDS
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import database_now, refusal
from graphile_worker.admin.client.text.format import duration, integer
from graphile_worker.admin.client.text.html import button, esc, icon, link
from graphile_worker.admin.client.times.zones import time_tag
from graphile_worker.admin.client.views.shell import empty_states
from graphile_worker.admin.client.views.tables import data_table, sessions

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import State, WorkerRow


COLUMNS = (
    ("c-task", "Worker", "id"),
    ("c-state", "Health", ""),
    ("c-beat", "Last heartbeat", "heartbeat"),
    ("c-since", "Started", ""),
    ("c-jobs", "Running", "jobs"),
    ("c-lock", "Oldest lock", "oldest"),
    ("c-n c-queues num", "Queues", ""),
    ("c-go", '<span class="visually-hidden">Actions</span>', ""),
)
JOBS_SHOWN = 3
KINDS = {"node_pool": "Node", "node_once": "Node, run once", "node_worker": "Node", "rust": "Rust"}
_HEARTBEATS = {
    "unseen": "This role cannot read heartbeats, so it is unknown which workers are alive.",
    "none": "Node workers send no heartbeats; idle ones do not show here.",
}


def screen(state: State) -> str:
    """One row per known worker."""
    part = state["workers"]
    data = part["data"]
    if data is None or part["status"] != "ready":
        return empty_states.placeholder(state, part)
    rows = "".join([_row(state, one, data["heartbeats"] == "unseen") for one in data["workers"]])
    blank = empty_states.empty_state(
        "cpu",
        "No workers",
        _HEARTBEATS.get(data["heartbeats"])
        or "None holds a job or sends heartbeats. Node workers send no heartbeats; idle ones do not show here.",
    )
    note = _HEARTBEATS.get(data["heartbeats"])
    beside_html = ('<span class="soft">%s</span>' % note if note else "") + _sweep(state)
    lengths = "--jobs:%d" % max([_running_width(one) for one in data["workers"]] or [0])
    return data_table.screen(state, "workers", COLUMNS, rows, beside_html, blank, lengths) + sessions.section(
        state, data
    )


def _sweep(state: State) -> str:
    reason = refusal(state, "sweep-stale-workers")
    return button(
        "Release jobs of stale workers…",
        "maintain",
        "",
        data_name="sweep-stale-workers",
        disabled=bool(reason),
        title=reason,
    )


def _liveness(state: State, row: WorkerRow, unseen: bool) -> str:
    """The cells of health, last heartbeat and start; one cell for a worker without heartbeats."""
    if row["last_heartbeat_at"] is None:
        kind = KINDS.get(row["kind"] or "")
        words = "heartbeats not readable" if unseen else "no heartbeats" + (" (%s)" % kind if kind else "")
        return '<td class="c-state" colspan="3"><span class="soft">%s</span></td>' % words
    now = database_now(state)
    return '<td class="c-state">%s</td><td class="c-beat">%s</td><td class="c-since">%s</td>' % (
        _health(row),
        time_tag(row["last_heartbeat_at"], now, state["offsets"]),
        time_tag(row["started_at"], now, state["offsets"]),
    )


def _health(row: WorkerRow) -> str:
    if row["is_stale"]:
        return '<span class="state failed">%sstale</span>' % icon("triangle-alert")
    return '<span class="state good">%shealthy</span>' % icon("circle-check")


def _row(state: State, row: WorkerRow, unseen: bool) -> str:
    return (
        '<tr><td class="c-task">%s</td>%s<td class="c-jobs">%s</td><td class="c-lock">%s</td>'
        '<td class="c-n c-queues num">%s</td><td class="c-go">%s</td></tr>'
    ) % (
        _name(state, row),
        _liveness(state, row, unseen),
        _running(state, row),
        _lock(row),
        integer(row["locked_queues"]) if row["locked_queues"] else '<span class="faint">0</span>',
        _unlock(state, row),
    )


def _name(state: State, row: WorkerRow) -> str:
    name = row["worker_id"]
    if name is None:
        return '<span class="soft">locks without a name</span>'
    known = KINDS.get(row["kind"] or "") if row["last_heartbeat_at"] is not None else None  # else its health says it
    metadata_text = " · ".join(([known] if known else []) + _metadata(row["metadata"]))
    address = url_state.to_url(url_state.bare(state["route"], worker=[name]))
    return link(esc(name), address, "mono", title="Jobs it runs") + (
        '<small class="soft" title="%s">%s</small>' % (esc(metadata_text), esc(metadata_text)) if metadata_text else ""
    )


def _metadata(metadata: object) -> list[str]:
    """The metadata as texts like ["cores: 4", "pod: mail-1"], sorted because MicroPython's dict has no order."""
    if not isinstance(metadata, dict):
        return [json.dumps(metadata)] if metadata else []
    return [
        "%s: %s" % (name, metadata[name] if isinstance(metadata[name], str) else json.dumps(metadata[name]))
        for name in sorted(metadata)
    ]


def _running(state: State, row: WorkerRow) -> str:
    """The number of running jobs, and the ids of those that run longest."""
    if not row["locked_jobs"]:
        return '<span class="faint">0</span>'
    links = []
    for job in row["jobs"][:JOBS_SHOWN]:
        route = url_state.over(state["route"], {"job": str(job)})
        label = "%s, a job of worker %s" % (job, row["worker_id"] or "without a name")
        links.append(link(str(job), url_state.to_url(route), "mono", aria_label=label))
    more = " …" if row["locked_jobs"] > len(links) else ""
    return "<b>%s</b> %s%s" % (integer(row["locked_jobs"]), " ".join(links), more)


def _running_width(row: WorkerRow) -> int:
    """The characters of the number of running jobs and of the ids beside it."""
    ids = [str(job) for job in row["jobs"][:JOBS_SHOWN]]
    return (
        len(integer(row["locked_jobs"]))
        + sum([len(one) + 1 for one in ids])
        + (2 if row["locked_jobs"] > len(ids) else 0)
    )


def _lock(row: WorkerRow) -> str:
    held = row["oldest_locked_secs"]
    if held is None:
        return "" if row["oldest_locked_at"] is None else esc(row["oldest_locked_at"])
    over = held >= OLD_LOCK_SECONDS
    return '<span class="%s">%s%s</span>' % (
        "failed" if over else "soft",
        icon("triangle-alert", "failed") if over else "",
        duration(held),
    )


def _unlock(state: State, row: WorkerRow) -> str:
    if row["worker_id"] is None or not (row["locked_jobs"] or row["locked_queues"]):
        return ""
    reason = refusal(state, "force-unlock")
    return button(
        "Unlock…",
        "maintain",
        "small quiet" if sessions.alive(row) else "small",
        data_name="force-unlock",
        data_id=row["worker_id"],
        disabled=reason is not None,
        title=reason,
        aria_label="Unlock… worker " + row["worker_id"],
    )
