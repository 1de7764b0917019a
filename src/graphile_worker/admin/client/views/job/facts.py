"""The facts of a job that are set; names are links to the jobs, or the worker, that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.text.format import integer
from graphile_worker.admin.client.text.html import attrs, esc, link
from graphile_worker.admin.client.times.zones import full, time_tag

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import JobDetail, ListFilter, Route, State


def facts(state: State, job: JobDetail) -> str:
    """The list of facts. Attempts, payload and error have sections of their own."""
    route = state["route"]
    rows = [
        ("Queue", _named(route, "queue", job["queue_name"]), ""),
        ("Key", _named(route, "key", job["key"]), "mono"),
        ("Locked by", _lock(state, job), ""),
        ("Priority", integer(job["priority"]), ""),
        ("Run at", _time(state, job["run_at"]), ""),
        ("Failed at", _time(state, job["failed_at"]) if job["failed_at"] else "", ""),
        ("Created", _time(state, job["created_at"]), ""),
        ("Updated", _updated(state, job), ""),
        ("Revision", integer(job["revision"]) if job["revision"] else "", ""),
        ("Flags", ", ".join([_named(route, "flag", name) for name in sorted(job.get("flags") or {})]), "mono"),
    ]
    shown = [
        "<div><dt>%s</dt><dd%s>%s</dd></div>" % (name, attrs(class_=kind or None), html)
        for name, html, kind in rows
        if html
    ]
    return '<dl class="facts">%s</dl>' % "".join(shown)


def _named(route: Route, name: ListFilter, value: str | None) -> str:
    if not value:
        return ""
    address = url_state.to_url(url_state.bare_with(route, name, value))
    return link(esc(value), address, "", title="Jobs with the same %s" % name)


def _lock(state: State, job: JobDetail) -> str:
    """The worker that runs the job, and since when."""
    at = job.get("locked_at")
    if not at:
        return ""
    worker, shown = job.get("locked_by"), "an unnamed worker"
    if worker:
        address = url_state.to_url(url_state.bare(state["route"], view="workers", search=worker))
        shown = link(esc(worker), address, "", title="This worker on the screen Workers")
    return "%s, %s" % (shown, time_tag(at, database_now(state), state["offsets"]))


def _updated(state: State, job: JobDetail) -> str:
    """The time of the last change, unless Created or Failed at is the same."""
    same = job["updated_at"] in (job["created_at"], job["failed_at"])
    return "" if same else _time(state, job["updated_at"])


def _time(state: State, text: str) -> str:
    """A relative time. Devices without a pointer show the full time beside it."""
    tag = time_tag(text, database_now(state), state["offsets"])
    return tag + ' <small class="full soft">%s</small>' % esc(full(text, state["offsets"]))
