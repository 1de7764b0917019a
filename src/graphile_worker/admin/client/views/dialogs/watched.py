"""The card of watched jobs, and the button that opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.actions import job_actions, watched
from graphile_worker.admin.client.text.format import counted, integer, message_of
from graphile_worker.admin.client.text.html import button, esc, icon, icon_button

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import State, Watch


def opener(action: str, done: int, of: str) -> str:
    """The button for the jobs that the action was done on; empty after an action that makes no job run."""
    if action not in watched.ACTIONS or not done:
        return ""
    some = done > watched.WATCHED_MAX
    if done == 1:
        return button("Watch this job", "watch", "small", data_of=of)
    label = "Watch %s of these" % integer(watched.WATCHED_MAX) if some else "Watch these %s" % integer(done)
    return button(label, "watch", "small", data_of=of)


def card(state: State) -> str:
    """How many of the watched jobs left the queue, are running, waiting, and failed again."""
    watch = state["watch"]
    if watch is None:
        return ""
    end = watched.ended(watch)
    return (
        '<section class="toast result bulk" aria-label="Watched jobs"><header>%s<b>%s</b>%s</header>'
        '<div class="content">%s%s</div></section>'
    ) % (
        icon("circle-check" if end else "loader", "good" if end else "running"),
        esc(_title(watch)),
        icon_button("Stop watching", "watch-dismiss", "x"),
        _counts(watch),
        _notes(watch),
    )


def _title(watch: Watch) -> str:
    """Like "Watching 2,100 jobs retried"."""
    text = "Watching %s %s" % (counted(watch["watched"], "job"), job_actions.DONE[watch["action"]])
    return text + (", the first of %s" % integer(watch["total"]) if watch["total"] > watch["watched"] else "")


def _counts(watch: Watch) -> str:
    counts = watch["counts"]
    if counts is None:
        return '<p class="soft">counting …</p>'
    parts = ['<span class="state good">%s%s left the queue</span>' % (icon("check"), integer(counts["gone"]))]
    parts.append('<span class="soft">%s running</span>' % integer(counts["running"]))
    parts.append('<span class="soft">%s waiting</span>' % integer(counts["waiting"]))
    style = "state failed" if counts["failed"] else "soft"
    parts.append('<span class="%s">%s failed again</span>' % (style, integer(counts["failed"])))
    return '<p class="outcome-counts">%s</p>' % "".join(parts)


def _notes(watch: Watch) -> str:
    error = watch["error"]
    if error is not None:
        return '<p class="error">Not counted: %s</p>' % esc(message_of(error))
    again = "an attempt ended without success" if watch["exact"] else "it has an error and waits for a later time"
    words = "A job leaves the queue by success or because it was removed. It failed again if %s." % again
    return '<p class="hint">%s</p>' % words
