"""The Errors screen: failed jobs grouped by similar error texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import database_now, refusal
from graphile_worker.admin.client.text.format import counted, first_line, integer
from graphile_worker.admin.client.text.html import button, esc, link
from graphile_worker.admin.client.text.zones import time_tag
from graphile_worker.admin.client.views.shell import empty_states
from graphile_worker.admin.client.views.tables import data_table

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import ErrorRow, ErrorTask, State


COLUMNS = (
    ("c-error", "Error", "name"),
    ("c-n num", "Jobs", "count"),
    ("c-tasks", "Tasks", ""),
    ("c-at", "Last", "last"),
    ("c-since", "First", "first"),
    ("c-go", '<span class="visually-hidden">Actions</span>', ""),
)
TASKS_SHOWN = 2


def screen(state: State) -> str:
    """One page of groups, the largest first."""
    part = state["errors"]
    data = part["data"]
    if data is None or part["status"] != "ready":
        return empty_states.placeholder(state, part)
    rows = "".join([_row(state, group) for group in data["errors"]])
    which = "all" if data["complete"] else "the newest"
    total_html = '<span class="soft">of %s %s failed jobs with an error</span>' % (which, integer(data["looked"]))
    blank = empty_states.empty_state(
        "circle-check", "No failed job has an error", "What failed without one is in Jobs, under Failed."
    )
    return data_table.screen(state, "errors", COLUMNS, rows, total_html, blank)


def _row(state: State, group: ErrorRow) -> str:
    now = database_now(state)
    jobs = url_state.bare(state["route"], state=["failed"], error=[group["fingerprint"]])
    newest = url_state.over(state["route"], {"job": str(group["job"])})
    return (
        '<tr><td class="c-error">%s<small class="soft mono">%s</small></td><td class="c-n num">%s</td>'
        '<td class="c-tasks">%s</td><td class="c-at">%s</td><td class="c-since">%s</td><td class="c-go">%s</td></tr>'
    ) % (
        link(esc(group["fingerprint"]), url_state.to_url(jobs), "mono", title=group["example"]),
        _more(group),
        integer(group["count"]),
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
        + _retry(state, group),
    )


def _retry(state: State, group: ErrorRow) -> str:
    reason = refusal(state, "retry")
    return button(
        "Retry…",
        "retry-group",
        "small",
        data_name=group["fingerprint"],
        disabled=reason is not None,
        title=reason or "Retry all that failed of this",
        aria_label="Retry… all that failed of: " + group["fingerprint"],
    )


def _more(group: ErrorRow) -> str:
    """The text of the example that the fingerprint leaves out."""
    example = first_line(group["example"])
    return "" if example == group["fingerprint"] else esc("e.g. " + example)


def _tasks(state: State, group: ErrorRow) -> str:
    links = []
    for task in group["tasks"][:TASKS_SHOWN]:
        name = task["task_identifier"]
        route = url_state.bare(state["route"], state=["failed"], error=[group["fingerprint"]], identifier=[name])
        links.append(_task_link(group, task, url_state.to_url(route)))
    more = group["task_count"] - len(links)
    return ", ".join(links) + (" +%s" % integer(more) if more else "")


def _task_link(group: ErrorRow, task: ErrorTask, address: str) -> str:
    name, count = task["task_identifier"], counted(task["count"], "job")
    words = "%s, %s of: %s" % (name, count, group["fingerprint"])
    return link(esc(name), address, "", title=count, aria_label=words)
