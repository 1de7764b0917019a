"""The Tasks screen: the number of jobs per task and state, and the share of failed jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import STATE_LABELS
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.text import rates
from graphile_worker.admin.client.text.errors import error_summary
from graphile_worker.admin.client.text.format import duration, epoch, integer, percentage
from graphile_worker.admin.client.text.html import esc, icon, link
from graphile_worker.admin.client.times import zones
from graphile_worker.admin.client.times.zones import time_tag
from graphile_worker.admin.client.views.shell import empty_states
from graphile_worker.admin.client.views.tables import data_table

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import State, TaskRow


COLUMNS = (
    ("c-task", "Task", "name"),
    ("c-n c-total num", "Jobs", "total"),
    ("c-n c-ready num", "Ready", "ready"),
    ("c-n c-scheduled num", "Scheduled", ""),
    ("c-n c-running num", "Running", ""),
    ("c-n c-failed num", "Failed", "failed"),
    ("c-n c-retrying num", "Retrying", "retrying"),
    ("c-share", "Share failed", ""),
    ("c-at", "Oldest ready", "oldest"),
    ("c-err", "Last error", ""),
)


def screen(state: State) -> str:
    """One page of the task names in the schema, used or not."""
    part = state["tasks"]
    data = part["data"]
    if data is None or part["status"] != "ready":
        return empty_states.placeholder(state, part)
    rows = "".join([_row(state, task) for task in data["tasks"]])
    blank = empty_states.empty_state("tag", "No task names", "A name appears here with the first job added for it.")
    lengths = "--name:%d;--digits:%d" % (
        data_table.longest([task["task_identifier"] for task in data["tasks"]]),
        data_table.longest([integer(task["total"]) for task in data["tasks"]]),
    )
    return data_table.screen(state, "tasks", COLUMNS, rows, _since(data["tasks"]), blank, lengths)


def _since(tasks: list[TaskRow]) -> str:
    """The time in which the backlogs changed as shown; it is the same for every task."""
    known = [task["backlog"]["seconds"] for task in tasks if task["backlog"] is not None]
    if not known:
        return '<span class="soft">change of the ready jobs: known after a minute</span>'
    return '<span class="soft">change of the ready jobs in the last %s</span>' % duration(known[0])


def _row(state: State, task: TaskRow) -> str:
    counts = "".join(
        [
            '<td class="c-n c-%s num">%s%s</td>' % (name, _jobs(state, task, count, wanted), _detail(state, task, name))
            for name, count, wanted in (
                ("total", task["total"], []),
                ("ready", task["ready"], ["ready"]),
                ("scheduled", task["scheduled"], ["scheduled"]),
                ("running", task["locked"], ["locked"]),
                ("failed", task["failed"], ["failed"]),
                ("retrying", task["retrying"], ["retrying"]),
            )
        ]
    )
    return (
        '<tr id="task-%s"><td class="c-task">%s</td>%s<td class="c-share">%s</td><td class="c-at">%s</td>'
        '<td class="c-err">%s</td></tr>'
    ) % (
        task["task_id"],
        _name(state, task),
        counts,
        _share(task),
        time_tag(task["oldest_ready_at"], database_now(state), state["offsets"]) or '<span class="faint">–</span>',
        _error(state, task),
    )


def _detail(state: State, task: TaskRow, name: str) -> str:
    """Under the ready jobs whether they become more or fewer, under the running ones how long the oldest one has run."""
    backlog = task["backlog"]
    if name == "ready" and backlog is not None and (task["ready"] or backlog["before"]):
        before = "%s ready %s ago" % (integer(backlog["before"]), duration(backlog["seconds"]))
        return '<small title="%s">%s</small>' % (before, rates.change(backlog["per_minute"]))
    since = epoch(task["oldest_locked_at"])
    if name == "running" and since is not None:
        full = zones.full(task["oldest_locked_at"], state["offsets"])
        shown = duration(max(0.0, database_now(state) - since))
        return '<small title="locked since %s">longest %s</small>' % (esc(full), shown)
    return ""


def _error(state: State, task: TaskRow) -> str:
    """The error of the newest failed job."""
    if task["last_failed_job"] is None:
        return ""
    route = url_state.over(state["route"], {"job": str(task["last_failed_job"])})
    shown = error_summary(task["last_error"]) or "job %s" % task["last_failed_job"]
    return link(
        esc(shown),
        url_state.to_url(route),
        "plain",
        title=task["last_error"],
        aria_label="%s, job %s of task %s" % (shown, task["last_failed_job"], task["task_identifier"]),
    )


def _name(state: State, task: TaskRow) -> str:
    name = task["task_identifier"]
    if task["task_missing"]:
        return '<span class="failed" title="Its row is gone: see Maintenance">%s%s</span>' % (
            icon("triangle-alert"),
            esc(name),
        )
    return link(esc(name), url_state.to_url(url_state.bare(state["route"], identifier=[name])), "", title=name)


def _jobs(state: State, task: TaskRow, count: int, wanted: list[str]) -> str:
    if not count or task["task_missing"]:
        return integer(count) if count else '<span class="faint">0</span>'
    route = url_state.bare(state["route"], identifier=[task["task_identifier"]], state=wanted)
    kind = STATE_LABELS[wanted[0]].lower() if wanted else "jobs"
    words = "%s %s of task %s" % (integer(count), kind, task["task_identifier"])
    marked = wanted[0] if wanted in (["failed"], ["retrying"]) else ""
    return link(integer(count), url_state.to_url(route), marked, aria_label=words)


def _share(task: TaskRow) -> str:
    """The share of failed jobs as a bar and a number."""
    share = task["failed_share"]
    if share is None:
        return '<span class="faint">no jobs</span>'
    return '<span class="age fail"><i style="width:%d%%"></i></span><span class="soft">%s</span>' % (
        0 if not share else max(2, int(share * 100)),
        percentage(task["failed"], task["total"]),
    )
