"""The table of jobs: head, rows, foot. Each row is a region of its own, so a refresh touches changed rows only."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client import url_state, verbs
from graphile_worker.admin.client.format import duration, epoch, first_line, integer, relative, time_tag, utc
from graphile_worker.admin.client.html import attrs, esc, icon, icon_button, table_head
from graphile_worker.admin.client.state import can_write, database_now

PICTURES = {
    "ready": "play",
    "scheduled": "clock",
    "running": "loader",
    "blocked": "pause",
    "failed": "circle-alert",
}
COLUMNS = (
    ("c-id", "ID"),
    ("c-task", "Task"),
    ("c-queue", "Queue"),
    ("c-state", "State"),
    ("c-at", "Run at"),
    ("c-tries num", "Attempts"),
    ("c-pri num", "Pri"),
    ("c-key", "Key"),
    ("c-data", "Payload"),
    ("c-err", "Last error"),
    ("c-more", '<span class="sr">Actions</span>'),
)


def badge(kind: str) -> str:
    """State as colour, picture and word."""
    return '<span class="state %s">%s%s</span>' % (kind, icon(PICTURES.get(kind, "info")), kind)


def sheet(state: dict[str, Any]) -> str:
    """Head and body with all rows."""
    rows = state["jobs"]["rows"]
    body = "".join(
        [
            '<tr id="row-%s" data-action="open" data-id="%s">%s</tr>' % (row["id"], row["id"], cells(state, row))
            for row in rows
        ]
    )
    return '<table class="jobs"><caption class="sr">Jobs</caption>%s<tbody>%s</tbody></table>' % (head(state), body)


def head(state: dict[str, Any]) -> str:
    """Column names and the box that selects the page."""
    rows = state["jobs"]["rows"]
    every = len(rows) > 0 and len(state["selected"]) == len(rows)
    box = '<input type="checkbox" data-action="select-page" aria-label="Select all on this page"%s>' % (
        " checked" if every else ""
    )
    return table_head((("c-sel", box),) + COLUMNS)


def cells(state: dict[str, Any], row: dict[str, Any]) -> str:
    """The cells of one job."""
    now = database_now(state)
    job_id = row["id"]
    kind = verbs.kind_of(row)
    chosen = job_id in state["selected"]
    marks = '<i class="at"></i>' if state["at"] == job_id else ""
    box = '<input type="checkbox" data-action="select" data-id="%s" aria-label="Select job %s"%s>' % (
        job_id,
        job_id,
        " checked" if chosen else "",
    )
    moment = row.get("locked_at") if kind == "running" else row.get("run_at")
    return "".join(
        [
            '<td class="c-sel">%s%s</td>' % (marks, box),
            _copied("id mono", job_id),
            '<td class="c-task">%s</td>' % _task(state, row),
            '<td class="c-queue">%s</td>' % _queue(row),
            '<td class="c-state">%s</td>' % (badge("gone") if row.get("gone") else badge(kind)),
            '<td class="c-at">%s</td>' % _moment(kind, moment, now),
            '<td class="c-tries num">%s/%s</td>' % (row["attempts"], row["max_attempts"]),
            '<td class="c-pri num">%s</td>' % integer(row["priority"]),
            _copied("key mono", row.get("key")),
            _copied("data mono", row.get("payload_preview")),
            _copied("err", first_line(row.get("last_error"))),
            '<td class="c-more">%s</td>' % _quick(state, row, now),
        ]
    )


def _moment(kind: str, moment: Any, now: float) -> str:
    if kind != "running":
        return time_tag(moment, now)
    since = epoch(moment)
    held = duration(max(0.0, now - since)) if since is not None else relative(moment, now)
    return '<time datetime="%s" title="taken %s">for %s</time>' % (esc(moment), esc(utc(moment)), held)


def _task(state: dict[str, Any], row: dict[str, Any]) -> str:
    address = url_state.to_url(state["route"], job=row["id"])
    lost = icon("triangle-alert", "failed") if row.get("task_missing") else ""
    return '<a href="%s" data-action="open" data-id="%s" title="%s">%s%s</a>' % (
        esc(address),
        row["id"],
        esc(row["task_identifier"]),
        lost,
        esc(row["task_identifier"]),
    )


def _queue(row: dict[str, Any]) -> str:
    name = row.get("queue_name")
    if name is None:
        return '<span class="faint">no queue</span>'
    more = attrs(data_name="queue", data_value=name, title="Only queue " + name)
    return '<button type="button" class="plain" data-action="filter-add"%s>%s</button>' % (more, esc(name))


def _copied(kind: str, value: Any) -> str:
    """A cell whose text a click copies."""
    if value is None or value == "":
        return '<td class="c-%s"></td>' % kind
    return '<td class="c-%s" data-action="copy"%s><span class="clip">%s</span></td>' % (
        kind,
        attrs(data_text=value, title=_short(value) + " · click to copy"),
        esc(value),
    )


def _short(value: str) -> str:
    return value if len(value) < 400 else value[:400] + "…"


def _quick(state: dict[str, Any], row: dict[str, Any], now: float) -> str:
    """The one verb that most often follows, where it would do something."""
    offer = [verb for verb in verbs.offered([row], now) if verb in ("retry", "run-now")]
    if not offer or not can_write(state) or row.get("gone"):
        return ""
    label, picture = verbs.VERBS[offer[0]][0], verbs.VERBS[offer[0]][1]
    return icon_button("%s job %s" % (label, row["id"]), "verb", picture, data_verb=offer[0], data_id=row["id"])
