"""The sessions that listen for jobs, below the table of workers; or what is known where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.text.html import esc, icon
from graphile_worker.admin.client.times.zones import time_tag

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Listener, State, TablePage, WorkerRow


_HIDDEN = {
    "partly": "Some sessions of other roles are hidden from this role.",
    "no": "The sessions of other roles are hidden from this role.",
}
FRESH_LOCK_SECONDS = 300  # a younger lock is evidence that its worker lives
_POOLER = "Workers behind a connection pooler do not listen."


def section(state: State, data: TablePage) -> str:
    """The heading and one row per session. That no session listens is stated only where all sessions are visible, and is
    no warning beside a worker that is alive."""
    visible = data.get("listeners_visible")
    if visible is None:
        return ""
    rows = [_session(state, one) for one in data.get("listeners") or []]
    hidden = _HIDDEN.get(visible)
    if hidden:
        rows.append(_row("info", "info", hidden, "A member of pg_read_all_stats sees whether they listen for jobs."))
    elif not rows and data.get("fetching"):
        rows.append(_row("info", "info", "A session fetched jobs in the last 5 minutes, but none listens.", _POOLER))
    elif not rows and [one for one in data.get("workers") or [] if alive(one)]:
        rows.append(
            _row(
                "info",
                "info",
                "No session listens for jobs. Heartbeats or new locks show that workers are alive.",
                _POOLER,
            )
        )
    elif not rows:
        rows.append(_row("warning", "triangle-alert", "No session of this database listens for jobs.", _POOLER))
    return (
        '<section class="list-section health" aria-label="Listening sessions"><h2>Listening sessions</h2><ul>%s</ul></section>'
        % "".join(rows)
    )


def alive(row: WorkerRow) -> bool:
    """Do heartbeats, or locks that are all new, show that the worker is alive?"""
    if row["last_heartbeat_at"] is not None:
        return not row["is_stale"]
    held = row["oldest_locked_secs"]
    return held is not None and held < FRESH_LOCK_SECONDS


def _session(state: State, one: Listener) -> str:
    name = one["application_name"] or "a session without a name"
    address = one["client_addr"] or "local socket"
    since = time_tag(one["since"], database_now(state), state["offsets"])
    return '<li class="good">%s<div><b>%s</b><p class="soft">%s, began to listen %s</p></div></li>' % (
        icon("circle-check"),
        esc(name),
        esc(address),
        since,
    )


def _row(kind: str, picture: str, head: str, text: str) -> str:
    row = '<li class="%s">%s<div><b>%s</b><p class="soft">%s</p></div></li>'
    return row % (kind, icon(picture), esc(head), esc(text))
