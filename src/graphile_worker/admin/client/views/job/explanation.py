"""Why isn't it running? The server's sentence and what follows from it, in the colour of the job's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import job_actions
from graphile_worker.admin.client.text.html import esc, icon
from graphile_worker.admin.client.views.jobs.table import PICTURES

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import JobDetail


_LOST = ("task_missing", "queue_missing")


def explanation(job: JobDetail) -> str:
    """The box at the head of a job; nothing for a job whose reasons are not known."""
    told = job.get("why")
    if not told:
        return ""
    kind = "failed" if told["code"] in _LOST else job_actions.display_state(job)
    return '<div class="explanation %s">%s<b>%s</b><p>%s</p></div>' % (
        kind,
        icon(PICTURES[kind]),
        esc(told["sentence"]),
        esc(told["detail"]),
    )
