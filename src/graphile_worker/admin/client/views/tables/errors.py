"""The Errors screen: failed and retrying jobs grouped by similar error texts, and failures over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import database_now, refusal
from graphile_worker.admin.client.text.format import counted, epoch, first_line, integer, relative
from graphile_worker.admin.client.text.html import button, esc, link
from graphile_worker.admin.client.text.zones import time_tag
from graphile_worker.admin.client.views.shell import empty_states
from graphile_worker.admin.client.views.tables import data_table, failures

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import ErrorRow, ErrorTask, State


COLUMNS = (
    ("c-error", "Error", "name"),
    ("c-n c-failed num", "Failed", "count"),
    ("c-n c-retrying num", "Retrying", "retrying"),
    ("c-tasks", "Tasks", ""),
    ("c-at", "Last", "last"),
    ("c-since", "First", "first"),
    ("c-go", '<span class="visually-hidden">Actions</span>', ""),
)
TASKS_SHOWN = 2
NEW_SECONDS = 3600  # a group whose first failure is not older is marked as new


def screen(state: State) -> str:
    """One page of groups, the largest first."""
    part = state["errors"]
    data = part["data"]
    if data is None or part["status"] != "ready":
        return empty_states.placeholder(state, part)
    rows = "".join([_row(state, group) for group in data["errors"]])
    which = "all" if data["complete"] else "the newest"
    retrying = data.get("retrying_read")
    more = " and %s retrying ones" % integer(retrying) if retrying else ""
    total_html = '<span class="soft">of %s %s failed jobs with an error%s</span>' % (
        which,
        integer(data["looked"]),
        more,
    )
    blank = empty_states.empty_state(
        "circle-check", "No failed or retrying job has an error", "What failed without one is in Jobs, under Failed."
    )
    return failures.histogram(state) + data_table.screen(state, "errors", COLUMNS, rows, total_html, blank)


def _row(state: State, group: ErrorRow) -> str:
    now = database_now(state)
    newest = url_state.over(state["route"], {"job": str(group["job"])})
    return (
        '<tr><td class="c-error">%s<small class="soft mono">%s</small></td><td class="c-n c-failed num">%s</td>'
        '<td class="c-n c-retrying num">%s</td>'
        '<td class="c-tasks">%s</td><td class="c-at">%s</td><td class="c-since">%s</td><td class="c-go">%s</td></tr>'
    ) % (
        _new(group, now) + _link(state, group, esc(group["fingerprint"]), _states(group), "mono", group["example"]),
        _more(group),
        _jobs(state, group, group["count"], "failed"),
        _jobs(state, group, group["retrying"], "retrying"),
        _tasks(state, group),
        time_tag(group["last_at"], now, state["offsets"]),
        time_tag(group["first_at"], now, state["offsets"]),
        link(
            "Newest",
            url_state.to_url(newest),
            "btn small",
            title="Job %s" % group["job"],
            aria_label="Newest job of: " + group["fingerprint"],
        )
        + _actions(state, group),
    )


def _states(group: ErrorRow) -> list[str]:
    """The states of the jobs in the group."""
    return [name for name, count in (("failed", group["count"]), ("retrying", group["retrying"])) if count]


def _link(
    state: State, group: ErrorRow, shown_html: str, states: list[str], kind: str, title: str | None = None
) -> str:
    route = url_state.bare(state["route"], state=states, error=[group["fingerprint"]])
    return link(shown_html, url_state.to_url(route), kind, title=title)


def _jobs(state: State, group: ErrorRow, count: int, kind: str) -> str:
    return _link(state, group, integer(count), [kind], kind) if count else '<span class="faint">0</span>'


def _new(group: ErrorRow, now: float) -> str:
    """The mark of a group whose first failure is recent."""
    since = epoch(group["first_at"])
    if since is None or now - since > NEW_SECONDS:
        return ""
    return '<span class="new-since" title="Its first failure was %s">new</span> ' % relative(group["first_at"], now)


def _actions(state: State, group: ErrorRow) -> str:
    """Retry for failed jobs, Run now for retrying ones. Where a group has both, Run now is an icon."""
    out = ""
    if group["retrying"]:
        label = "" if group["count"] else "Run now…"
        out = _action(state, group, "run-now", label, "Run all that are retrying of this now")
    if group["count"]:
        out += _action(state, group, "retry", "Retry…", "Retry all that failed of this")
    return out


def _action(state: State, group: ErrorRow, action: str, label: str, title: str) -> str:
    reason = refusal(state, action)
    return button(
        label,
        "group",
        "small" if label else "small square",
        "" if label else "play",
        data_name=group["fingerprint"],
        data_value=action,
        disabled=reason is not None,
        title=reason or title,
        aria_label="%s of: %s" % (label or title, group["fingerprint"]),
    )


def _more(group: ErrorRow) -> str:
    """The text of the example that the fingerprint leaves out."""
    example = first_line(group["example"])
    return "" if example == group["fingerprint"] else esc("e.g. " + example)


def _tasks(state: State, group: ErrorRow) -> str:
    links = []
    for task in group["tasks"][:TASKS_SHOWN]:
        name = task["task_identifier"]
        route = url_state.bare(state["route"], state=_states(group), error=[group["fingerprint"]], identifier=[name])
        links.append(_task_link(group, task, url_state.to_url(route)))
    more = group["task_count"] - len(links)
    return ", ".join(links) + (" +%s" % integer(more) if more else "")


def _task_link(group: ErrorRow, task: ErrorTask, address: str) -> str:
    name, count = task["task_identifier"], counted(task["count"] + task["retrying"], "job")
    words = "%s, %s of: %s" % (name, count, group["fingerprint"])
    return link(esc(name), address, "", title=count, aria_label=words)
