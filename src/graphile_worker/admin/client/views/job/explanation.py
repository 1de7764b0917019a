"""The server's answer to why a job does not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.text.html import esc, icon, link
from graphile_worker.admin.client.views.jobs.table import PICTURES

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import JobDetail, Route


_MISSING_ROWS = ("task_missing", "queue_missing")


def explanation(job: JobDetail, route: Route | None = None) -> str:
    """The explanation in the colour of the job's state; empty for a job without one.

    With a route it has links to the worker, the queue and the job that it names.
    """
    why = job.get("why")
    if not why:
        return ""
    kind = "failed" if why["code"] in _MISSING_ROWS else job_actions.display_state(job)
    return '<div class="explanation %s">%s<b>%s</b><p>%s</p>%s</div>' % (
        kind,
        icon(PICTURES[kind]),
        esc(why["sentence"]),
        esc(_without_error(why["detail"]) if job.get("last_error") else why["detail"]),
        "" if route is None else _links(job, route),
    )


def _without_error(detail: str) -> str:
    """The detail without its quotation of the error, which the panel shows as a whole."""
    quoted = detail.startswith("The last attempt ended with “")
    return detail[detail.rfind("”. ") + 3 :] if quoted else detail


def _links(job: JobDetail, route: Route) -> str:
    """Links to the worker that locks the job or its queue, to the queue, and to the job that runs in the queue."""
    why = job["why"]
    facts, held = why["facts"], why["code"] == "queue_held"
    worker = facts.get("queue_locked_by") if held else facts.get("locked_by")
    links = []
    if worker and why["code"] in ("running", "queue_held"):
        address = url_state.to_url(url_state.bare(route, view="workers", search=worker))
        links.append(link("Worker " + esc(worker), address, "", title="This worker on the screen Workers"))
    if held and facts.get("queue"):
        address = url_state.to_url(url_state.bare(route, view="queues", search=facts["queue"]))
        links.append(link("Queue " + esc(facts["queue"]), address, "", title="This queue on the screen Queues"))
    if held and facts.get("queue_job") is not None:
        address = url_state.to_url(url_state.over(route, {"job": str(facts["queue_job"])}))
        links.append(link("Job %s" % facts["queue_job"], address, "", title="The job that runs in this queue"))
    return '<p class="links">%s</p>' % " · ".join(links) if links else ""
