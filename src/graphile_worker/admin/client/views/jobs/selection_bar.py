"""The bar with the actions on the selected rows, or on all matching jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.model.state import database_now, known_amount, refusal, selected_rows
from graphile_worker.admin.client.text.format import integer
from graphile_worker.admin.client.text.html import button, esc, icon, icon_button

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import JobRow, State


_SELECT_ALL = (
    '<button type="button" class="btn bare small all-matching" data-action="select-every" id="gw-every"><span>'
    '<span class="desktop-only">Select </span>all %s<span class="desktop-only">that match</span></span></button>'
)


_COPY_FORMATS = (
    ("copy", "json", "Copy as JSON", "copy"),
    ("copy", "csv", "Copy as CSV", "copy"),
    ("save", "json", "Download JSON", "download"),
    ("save", "csv", "Download CSV", "download"),
)
_COPY_MENU = (
    '<button type="button" class="btn" id="gw-take-open" popovertarget="gw-take">%s<span>Copy</span></button>'
    '<div id="gw-take" class="menu" popover>%s</div>'
) % (
    icon("copy"),
    "".join(
        [
            button(label, "take", "bare", picture, data_way=way, data_form=form)
            for way, form, label, picture in _COPY_FORMATS
        ]
        + [button("Copy ids", "copy-ids", "bare", "copy")]
    ),
)


def bar(state: State) -> str:
    """The actions on the selected rows; empty without a selection."""
    rows = selected_rows(state)
    if not rows:
        return ""
    offered = (
        job_actions.offered_for(state["route"]["state"])
        if state["all_matching"]
        else job_actions.offered(rows, database_now(state))
    )
    buttons = [_button(state, action) for action in offered]
    if not state["all_matching"]:
        buttons.append(_COPY_MENU)
    return (
        '<div class="selection-bar" role="toolbar" aria-label="Selected jobs">%s<span class="sep"></span>'
        '<span class="action-buttons">%s</span>%s</div>'
    ) % (_selected(state, rows), "".join(buttons), icon_button("Clear selection", "clear-selection", "x"))


def head(state: State) -> str:
    """Above the table while the whole page is selected: selects all that match, or nothing."""
    part, rows = state["jobs"], selected_rows(state)
    if not rows or len(rows) < len(part["rows"]) or not (part["next"] or part["prev"]):
        return ""
    amount = known_amount(state)
    words, other = "All %sthat match are selected" % amount, ""
    if not state["all_matching"]:
        words = "The page is selected"
        other = button("Select all %sthat match" % amount, "select-every", "bare small", id="gw-every-head")
    return '<div class="search-progress" role="group" aria-label="Selection"><span>%s</span>%s%s</div>' % (
        esc(words),
        other,
        button("Clear", "clear-selection", "bare small", id="gw-clear-head"),
    )


def _button(state: State, action: str) -> str:
    label, picture, kind, _ = job_actions.ACTIONS[action]
    return button(
        label + "…" if state["all_matching"] else label,
        "job-action",
        kind,
        picture if action not in ("fail", "complete") else "",
        id="gw-a-" + action,
        data_name=action,
        disabled=refusal(state, action) is not None,
        title=refusal(state, action),
    )


def _selected(state: State, rows: list[JobRow]) -> str:
    """How many rows are selected. With the whole page selected, a button selects all matching jobs."""
    amount = known_amount(state)
    if state["all_matching"]:
        return "<b>All %sthat match</b>" % amount
    part = state["jobs"]
    select_all = ""
    if len(rows) == len(part["rows"]) and (part["next"] or part["prev"]):
        select_all = _SELECT_ALL % esc(amount)
    elif len(rows) < len(part["rows"]):
        select_all = button(
            "all %d" % len(part["rows"]), "select-rest", "bare small all-matching phone-only-flex", id="gw-whole-page"
        )
    return "<b>%s selected</b>%s" % (integer(len(rows)), select_all)
