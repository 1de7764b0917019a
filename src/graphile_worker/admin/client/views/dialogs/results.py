"""The cards with the results of actions, which stay until they are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.text.format import integer
from graphile_worker.admin.client.text.html import button, esc, icon, icon_button
from graphile_worker.admin.client.views.dialogs import bulk, watched
from graphile_worker.admin.client.views.shell.toasts import PICTURES

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import ActionResult, Result, State

SHOWN_MAX = 100


def cards(state: State) -> str:
    """The watched jobs, the action on all matching jobs, and the result of the last action."""
    return watched.card(state) + bulk.card(state) + result_card(state["result"], database_now(state))


def result_card(done: ActionResult | None, now: float = 0.0) -> str:
    """The outcome of an action per job."""
    if done is None:
        return ""
    results = done["results"]
    not_done = job_actions.not_done(results)
    good = [one for one in results if one["outcome"] == "done"]
    groups = job_actions.grouped(not_done)
    rows = "".join([bulk.group_row(outcome, reason, ids, now) for outcome, reason, ids in groups[:SHOWN_MAX]])
    shown = good[: max(0, SHOWN_MAX - len(groups))]
    rows += "".join([_row(one, done["action"]) for one in shown])
    not_done_count = sum([len(ids) for _, _, ids in groups[SHOWN_MAX:]])
    more = not_done_count + len(good) - len(shown)
    if more:
        rows += '<li class="soft">and %s more, %s</li>' % (
            integer(more), "%s of them not done" % integer(not_done_count) if not_done_count else "all done",
        )  # fmt: skip
    kind = job_actions.result_kind(results)
    return (
        '<section class="toast result %s" aria-label="Result"><header>%s<b>%s</b>%s</header>'
        '<ul tabindex="0">%s</ul></section>'
    ) % (
        kind,
        icon(PICTURES[kind], kind),
        esc(_summary(done)),
        _undo(done)
        + watched.opener(done["action"], len(good), "result")
        + icon_button("Dismiss result", "dismiss-result", "x"),
        rows,
    )


def _summary(done: ActionResult) -> str:
    """The summary of an action, or the progress of an undo."""
    results, total = done["results"], done.get("total", 0)
    if len(results) < total:
        return "Putting back · %s of %s" % (integer(len(results)), integer(total))
    return job_actions.summary(done["action"], results)


def _undo(done: ActionResult) -> str:
    return button("Undo", "undo", "small", "undo-2", id="gw-undo") if done.get("undo") else ""


def _row(one: Result, action: str) -> str:
    words = job_actions.DONE[action]
    return "<li>%s<code>%s</code><span>%s</span></li>" % (icon("check", "good"), esc(one["id"]), words)
