"""The dialog that removes the job with a key: of a typed key, or of the job in the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import STALE_LOCK_HOURS
from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.text.format import relative
from graphile_worker.admin.client.text.html import esc
from graphile_worker.admin.client.views.dialogs import forms

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Dialog, JobRow, Removed, State, Time


def confirmation(state: State, dialog: Dialog) -> tuple[str, str, str]:
    """(title, content, buttons) of the dialog."""
    jobs = dialog.get("jobs")
    if not jobs:
        text = (
            '<p class="soft">A waiting job with this key is removed. A running one loses its key, finishes this attempt and '
            "is not tried again. In a schema without a mark for that, a recovery of dead workers may run it again.</p>"
        )
        return "Remove by key", text + forms.remove(dialog), forms.buttons("Remove", "bad", dialog)
    job, found = jobs[0], dialog.get("removal")
    running = found["outcome"] == "key_released" if found else job["state"] == "locked"
    title = "Give up job %s after this attempt?" if running else "Remove job %s?"
    label = "Give up job %s" if running else "Remove job %s"
    what = (
        '<input type="hidden" name="key" value="%s">'
        '<ul class="note name-list"><li><span>%s</span><code>%s</code></li></ul>'
    ) % (esc(job["key"]), esc(job["task_identifier"]), esc(job["key"]))
    sentences = _sentences(found, job, database_now(state))
    lines = "".join(["<li>%s</li>" % esc(one) for one in sentences])
    off = found is None or found.get("id") is None or str(found.get("id")) != job["id"]
    return (
        title % job["id"],
        what + '<ul class="outcome">%s</ul>' % lines,
        forms.buttons(label % job["id"], "bad", dialog, off),
    )


def _sentences(found: Removed | None, job: JobRow, now: float) -> list[str]:
    """What will happen, from the dry run."""
    job_id = job["id"]
    if found is None:
        return ["Asking the database …"]
    if found.get("id") is None:
        return ["No job has this key any more: there is nothing to do."]
    if str(found["id"]) != job_id:
        return ["Job %s has this key now: there is nothing to do for job %s." % (found["id"], job_id)]
    if found["outcome"] == "removed":
        return [_deleted(job["locked_at"], now)]
    out = [
        "It goes on running: attempt %s of %s is not interrupted." % (job["attempts"], job["max_attempts"]),
        "If it succeeds, it is done. If it fails, it counts as failed and is not tried again.",
        "It loses its key now, so that a new job with this key can be added.",
    ]
    if found.get("marked"):
        out.append("The schema marks it as given up: a recovery of dead workers does not run it again.")
    else:
        out.append("This schema has no mark for it: a recovery of dead workers (Rust) may run it again.")
    return out


def _deleted(locked_at: Time | None, now: float) -> str:
    """The sentence for a job without a lock, or with one that is too old to protect it."""
    if locked_at is None:
        return "It is deleted, with its payload and error. No worker runs it."
    return (
        "It is deleted, with its payload and error. A worker locked it %s: a lock older than %d hours does not protect a job. "
        "A worker that still runs it would go on."
    ) % (relative(locked_at, now), STALE_LOCK_HOURS)
