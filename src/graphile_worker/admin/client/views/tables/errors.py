"""The Errors screen: failed and retrying jobs grouped by similar error texts, and failures over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import counts
from graphile_worker.admin.client.text.format import counted, integer
from graphile_worker.admin.client.text.html import button, link
from graphile_worker.admin.client.views.jobs import active_filters
from graphile_worker.admin.client.views.shell import empty_states
from graphile_worker.admin.client.views.tables import data_table, error_rows, failures

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import State, TablePage


COLUMNS = (
    ("c-error", "Error", "name"),
    ("c-n c-failed num", "Failed", "count"),
    ("c-n c-retrying num", "Retrying", "retrying"),
    ("c-tasks", "Tasks", ""),
    ("c-at", "Last", "last"),
    ("c-since", "First", "first"),
    ("c-go", '<span class="visually-hidden">Actions</span>', ""),
)
WITHIN = (("900", "15 min"), ("3600", "1 h"), ("today", "today"))


def screen(state: State) -> str:
    """One page of groups, the largest first."""
    part = state["errors"]
    data = part["data"]
    if data is None or part["status"] != "ready":
        return empty_states.placeholder(state, part)
    rows = "".join([error_rows.rows(state, group) for group in data["errors"]])
    beside_html = '<span class="soft">%s</span>' % _read(data) + _range(state)
    table = data_table.screen(state, "errors", COLUMNS, rows, beside_html, _blank(state))
    return failures.histogram(state) + table


def _read(data: TablePage) -> str:
    """Of how many jobs the errors are."""
    which = "all" if data["complete"] else "the newest"
    retrying = data.get("retrying_read")
    more = " and %s retrying ones" % integer(retrying) if retrying else ""
    return "of %s %s failed jobs with an error%s" % (which, integer(data["looked"]), more)


def _range(state: State) -> str:
    """The range of failures in the address, or buttons for ranges up to now."""
    route = state["route"]
    if route["failed_from"] or route["failed_to"]:
        return active_filters.failure_range(state)
    buttons = [button(label, "failed-within", "small", data_value=span) for span, label in WITHIN]
    return '<span class="within"><span class="soft">failed within</span>%s</span>' % "".join(buttons)


def _blank(state: State) -> str:
    """No errors. Failed jobs without an error are not on this screen: a link leads to them."""
    failed = counts(state).get("failed")
    address = url_state.to_url(url_state.bare(state["route"], state=["failed"]))
    more = ""
    if failed:
        words = counted(failed, "failed job has", "failed jobs have")
        more = "%s no error text → %s" % (words, link("show", address))
    return empty_states.empty_state("circle-check", "No job failed or is retrying after an error", more)
