"""The server's answer to why a job does not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.text.html import esc, icon
from graphile_worker.admin.client.views.jobs.table import PICTURES

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import JobDetail


_MISSING_ROWS = ("task_missing", "queue_missing")


def explanation(job: JobDetail) -> str:
    """The explanation in the colour of the job's state; empty for a job without one."""
    why = job.get("why")
    if not why:
        return ""
    kind = "failed" if why["code"] in _MISSING_ROWS else job_actions.display_state(job)
    return '<div class="explanation %s">%s<b>%s</b><p>%s</p></div>' % (
        kind,
        icon(PICTURES[kind]),
        esc(why["sentence"]),
        esc(why["detail"]),
    )
