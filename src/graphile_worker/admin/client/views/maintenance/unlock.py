"""The dialog of a force unlock: what it takes from whom; and the button that opens it for one job or one queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.actions.released import released
from graphile_worker.admin.client.model.state import refusal
from graphile_worker.admin.client.text.format import counted, integer
from graphile_worker.admin.client.text.html import button, esc

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Dialog, ShownLock, State, UnlockAnswer


WAITING_MAX = 10000  # due jobs that the server counts


def opener(state: State, lock: ShownLock, kind: str = "", **more: str) -> str:
    """The button for the lock of one job or one queue as it is shown; `quiet` for a lock that nothing calls into doubt."""
    reason = refusal(state, "force-unlock")
    return button(
        "Unlock…",
        "maintain",
        ("small " + kind if lock["queue"] else kind).strip(),
        data_name="force-unlock",
        data_job=lock["job"] or None,
        data_queue=lock["queue"] or None,
        data_by=lock["by"] or None,
        data_at=lock["at"],
        disabled=reason is not None,
        title=reason,
        **more,
    )


def of_one(lock: ShownLock) -> tuple[str, str]:
    """Label and sentence of the dialog for one job or one queue."""
    holder = lock["by"] or "an unnamed worker"
    if lock["job"]:
        what = "Takes job %s, and its queue if it has one, away from %s." % (lock["job"], holder)
        label = "Unlock job %s" % lock["job"]
    else:
        what = "Takes the queue %s, and the job that runs in it, away from %s." % (lock["queue"], holder)
        label = "Unlock queue %s" % lock["queue"]
    return (
        label,
        what + " Be sure that it is dead: a job that it still runs would run twice. Attempts stay as they are.",
    )


def amount(dialog: Dialog) -> str:
    """Like "2 jobs and 1 queue of 1 worker"; before the dry run has answered, and without a lock, the workers alone."""
    workers, answer = counted(len(dialog.get("ids") or []), "worker"), dialog.get("taken") or {}
    held = locks(answer.get("jobs") or 0, answer.get("queues") or 0)
    return "%s of %s" % (held, workers) if held else workers


def locks(jobs: int, queues: int) -> str:
    """Like "2 jobs and 1 queue"; empty without any."""
    return " and ".join([counted(count, word) for count, word in ((jobs, "job"), (queues, "queue")) if count])


def taken(dialog: Dialog) -> str:
    """What would be released, and how many due jobs wait for it; empty where the dry run failed."""
    answer = dialog.get("taken")
    if answer is None:
        return "" if dialog.get("error") else '<p class="soft">Reading the locks…</p>'
    if not answer.get("jobs") and not answer.get("queues"):
        nothing = "The lock is another one now, or none." if dialog.get("lock") else "No lock is held now."
        return '<p class="note">%s</p>' % nothing
    return '<p class="note">Releases %s.%s</p>' % (esc(released(answer)), _waiting(answer))


def _waiting(answer: UnlockAnswer) -> str:
    count = answer.get("waiting") or 0
    if count > WAITING_MAX:
        return " More than %s due jobs wait for it." % integer(WAITING_MAX)
    return " %s for it." % counted(count, "due job waits", "due jobs wait") if count else ""
