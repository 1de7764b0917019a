"""Short notices that go by themselves, and the result of the last action, which stays."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client import verbs
from graphile_worker.admin.client.format import integer, spoken
from graphile_worker.admin.client.html import button, esc, icon, icon_button
from graphile_worker.admin.client.state import database_now
from graphile_worker.admin.client.views import bulk

SHOWN_MAX = 100
PICTURES = {"good": "circle-check", "bad": "circle-alert", "note": "info"}


def toasts(state: dict[str, Any]) -> str:
    """The result card above, the toasts below."""
    return (
        bulk.card(state)
        + result(state["result"], database_now(state))
        + "".join([_toast(one) for one in state["toasts"]])
    )


def _toast(toast: dict[str, Any]) -> str:
    return '<div class="toast %s" id="toast-%s">%s<span>%s</span>%s</div>' % (
        toast["kind"],
        toast["id"],
        icon(PICTURES[toast["kind"]], toast["kind"]),
        esc(toast["text"]),
        icon_button("Dismiss", "dismiss-toast", "x", data_id=toast["id"]),
    )


def result(done: Any, now: float = 0.0) -> str:
    """Per id: what happened or why not."""
    if done is None:
        return ""
    results = done["results"]
    left = [one for one in results if one["outcome"] != "done"]
    good = [one for one in results if one["outcome"] == "done"]
    rows = "".join([_row(one, now) for one in (left + good)[:SHOWN_MAX]])
    if len(results) > SHOWN_MAX:
        rows += '<li class="soft">and %s more, all %s</li>' % (integer(len(results) - SHOWN_MAX), "done")
    picture = "circle-check" if not left else "circle-alert"
    return (
        '<section class="toast result %s" aria-label="Result"><header>%s<b>%s</b>%s</header>'
        '<ul tabindex="0">%s</ul></section>'
    ) % (
        "good" if not left else "bad",
        icon(picture, "good" if not left else "bad"),
        esc(_told(done)),
        _undo(done) + icon_button("Dismiss result", "dismiss-result", "x"),
        rows,
    )


def _told(done: dict[str, Any]) -> str:
    """What it came to; of an undo that is under way, how far it is."""
    results, whole = done["results"], done.get("of", 0)
    if len(results) < whole:
        return "Putting back · %s of %s" % (integer(len(results)), integer(whole))
    return verbs.summary(done["verb"], results)


def _undo(done: dict[str, Any]) -> str:
    return button("Undo", "undo", "small", "undo-2", id="gw-undo") if done.get("undo") else ""


def _row(one: dict[str, Any], now: float) -> str:
    done = one["outcome"] == "done"
    return "<li>%s<code>%s</code><span>%s</span></li>" % (
        icon("check" if done else "circle-minus", "good" if done else "soft"),
        esc(one["id"]),
        "done" if done else esc(spoken(one.get("reason"), now) or str(one["outcome"]).replace("_", " ")),
    )
