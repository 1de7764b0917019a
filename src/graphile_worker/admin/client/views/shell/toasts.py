"""Toasts, which disappear after a while, below the cards with results of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.html import esc, icon, icon_button
from graphile_worker.admin.client.views import later
from graphile_worker.admin.client.views.shell import error_texts

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import State, Toast

PICTURES = {"good": "circle-check", "bad": "circle-alert", "note": "info", "warn": "triangle-alert"}


def toasts(state: State) -> str:
    """The cards above, the toasts below."""
    return later.results(state) + "".join([_toast(one) for one in state["toasts"]])


def _toast(toast: Toast) -> str:
    return '<div class="toast %s" id="toast-%s">%s<span>%s</span>%s</div>' % (
        toast["kind"],
        toast["id"],
        icon(PICTURES[toast["kind"]], toast["kind"]),
        esc(toast["text"])
        + error_texts.login_link(toast.get("error"))
        + error_texts.second_file_buttons(toast["error"]),
        icon_button("Dismiss", "dismiss-toast", "x", data_id=toast["id"]),
    )
