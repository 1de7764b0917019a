"""The known crontabs on the Maintenance screen, with the jobs that they have added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import database_now, redacted
from graphile_worker.admin.client.text.format import counted, integer, message_of
from graphile_worker.admin.client.text.html import esc, icon, link
from graphile_worker.admin.client.times.zones import time_tag

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import CronJobs, Crontabs, State, Time

WAITING = ["ready", "scheduled"]
NO_SCHEDULES = "The database has no schedules: whether a crontab has missed a time is not known."
_EMPTY = {
    "seen": "No crontab is known. A worker registers the crontabs of its configuration when it starts.",
    "unseen": "The role of this admin may not read the table of known crontabs.",
    "none": "This schema has no table of known crontabs.",
}


def section(state: State) -> str:
    """The list of crontabs, and of tasks whose jobs are of crontabs with another name."""
    part = state["crontabs"]
    data = part["data"]
    if data is None:
        error = part["error"]
        if error is None or state["maintenance"]["error"] is not None:  # which is on the screen already
            return ""
        rows = '<li class="error">%s<div><b>%s</b></div></li>' % (icon("circle-alert"), esc(message_of(error)))
    else:
        rows = _rows(state, data)
    return '<section class="list-section crontabs" aria-label="Cron"><h2>Cron</h2><ul>%s</ul></section>' % rows


def _rows(state: State, data: Crontabs) -> str:
    rows = [
        _row(
            row["identifier"],
            _times(state, row["known_since"], row["last_execution"]),
            _jobs(state, row["identifier"], row["jobs"]),
        )
        for row in data["crontabs"]
    ]
    rows += [
        _row(
            row["task_identifier"],
            ["task of a crontab with another name"],
            _jobs(state, row["task_identifier"], row["jobs"]),
        )
        for row in data["tasks"]
    ]
    if not data["crontabs"]:
        rows.insert(0, '<li><p class="soft">%s</p></li>' % _EMPTY[data["table"]])
    if not data["complete"]:
        rows.append('<li><p class="soft">Only the newest 50,000 jobs and the first 1,000 crontabs were read.</p></li>')
    if data["crontabs"]:
        rows.append('<li><p class="soft">%s</p></li>' % NO_SCHEDULES)
    return "".join(rows)


def _row(name: str, times: list[str], jobs: list[str]) -> str:
    return '<li><div><b>%s</b><p class="soft">%s</p></div></li>' % (esc(name), " · ".join(times + jobs))


def _times(state: State, known_since: Time, last_execution: Time | None) -> list[str]:
    now, offsets = database_now(state), state["offsets"]
    last = time_tag(last_execution, now, offsets)
    return [
        "last execution " + last if last else "no execution yet",
        "known since " + time_tag(known_since, now, offsets),
    ]


def _jobs(state: State, task: str, jobs: CronJobs | None) -> list[str]:
    """The counts of the jobs; each is a link to the list of them."""
    if jobs is None:
        return ["no task has this name"]
    shown = [
        _count(state, task, jobs["ready"] + jobs["scheduled"], "waiting", WAITING),
        _count(state, task, jobs["locked"], "running", ["locked"]) if jobs["locked"] else "",
        _count(state, task, jobs["failed"], "failed", ["failed"]) if jobs["failed"] else "",
        "%s added late" % counted(jobs["backfilled"], "job") if jobs["backfilled"] else "",
        _newest(state, jobs),
    ]
    return [one for one in shown if one]


def _count(state: State, task: str, count: int, label: str, states: list[str]) -> str:
    text = "%s %s" % (integer(count), label)
    if not count:
        return text
    search = "" if redacted(state) else "_cron"  # payloads of redacted jobs cannot be searched
    route = url_state.bare(state["route"], identifier=[task], state=states, search=search)
    return link(text, url_state.to_url(route), title="Jobs of the task %s" % task)


def _newest(state: State, jobs: CronJobs) -> str:
    """The newest job, as the time for which it was added."""
    shown = time_tag(jobs["newest_at"], database_now(state), state["offsets"])
    if not shown or jobs["newest_job"] is None:
        return ""
    route = url_state.over(state["route"], {"job": str(jobs["newest_job"])})
    return "newest job " + link("for " + shown, url_state.to_url(route))
