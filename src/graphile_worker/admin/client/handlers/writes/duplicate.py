"""A duplicate that replaces its original: the original is removed after the new job is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.io import bodies, loaders
from graphile_worker.admin.client.io.writes import post
from graphile_worker.admin.client.model import url_state

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Acted, Added, App, Error, JobRow


def remove_original(app: App, job: JobRow, added: Added, text: str) -> bool:
    """Removes the job by its id, unless it is running or was changed, reports both, and opens the new job.

    False where there is nothing to remove, because the add has replaced the original or left it as it is.

    Args:
        text: the report of the add.
    """
    if any(str(one["id"]) == job["id"] for one in added["jobs"]):
        return False

    def done(answer: Acted | None, error: Error) -> None:
        result = answer["results"][0] if answer is not None and answer["results"] else None
        if result is not None and result["outcome"] == "done":
            app.toast("%s; job %s was removed" % (text, job["id"]))
            route = app.state["route"]
            if route["job"] == job["id"] and added["jobs"]:
                app.go(url_state.to_url(route, job=str(added["jobs"][0]["id"])))
        else:
            reason = result["reason"] if result is not None else error.get("error")
            app.toast("%s; job %s was not removed: %s" % (text, job["id"], reason), "warn")
        loaders.refresh(app)

    post(app, "api/jobs/action", bodies.action("complete", [job], {}, ""), done)
    return True
