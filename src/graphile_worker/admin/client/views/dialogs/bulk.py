"""An action on all matching jobs: the dialog with the dry run, and the card with progress and outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import (
    FILTER_LABELS,
    OUTCOME_UNKNOWN,
    REPEATED_PARAMETERS,
    STALE_LOCK_HOURS,
    STATE_LABELS,
)
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.text.format import counted, integer, message_of, sentences, server_words
from graphile_worker.admin.client.text.html import attrs, button, esc, icon, icon_button
from graphile_worker.admin.client.views.dialogs import forms, watched
from graphile_worker.admin.client.views.jobs.active_filters import RANGE_LABELS
from graphile_worker.admin.client.views.shell import error_texts

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import BulkPreview, BulkRun, Count, Dialog, Route, State


LISTED_MAX = 100
IDS_SHOWN = 5  # ids per reason
NO_UNDO = "There is no undo: what all of them were before is not known here, only of rows that you select."
EXCLUDED = {
    "locked": (
        "running",
        "are running and will be skipped, but for locks of %d hours and more whose worker shows no sign of life"
        % STALE_LOCK_HOURS,
    ),
    "failed": ("failed", "have used all their attempts and will be skipped: use Retry for them"),
}


def confirmation(state: State, dialog: Dialog) -> tuple[str, str, str]:
    """(title, content, buttons) of the dialog."""
    label, _, kind, sentence = job_actions.ACTIONS[dialog["action"]]
    amount = _amount(dialog["preview"])
    inner = '<p class="soft">%s</p>%s%s%s<p class="hint">%s</p>' % (
        esc(sentence),
        _selection(dialog),
        _excluded(dialog["excluded"]),
        forms.action_fields(state, dialog["action"], dialog),
        "It goes in steps that you can stop, and reports on every job." + _no_undo(dialog["action"], " "),
    )
    go = "%s %s" % (label, amount)
    off = dialog["preview"] is None or dialog["preview"]["count"] == 0
    return "%s %s?" % (label, amount), inner, forms.buttons(go, kind or "main", dialog, off)


def _no_undo(action: str, before: str = "") -> str:
    """The note on actions that only selected rows can undo."""
    return before + NO_UNDO if action in job_actions.UNDOABLE else ""


def _amount(preview: BulkPreview | None) -> str:
    if preview is None or preview["count"] is None:
        return "all that match"
    if preview["more"]:
        return "more than %s jobs" % integer(preview["count"])
    return counted(preview["count"], "job")


def _selection(dialog: Dialog) -> str:
    """The filter as a sentence, and the first ids."""
    preview = dialog["preview"]
    if preview is None:
        ids = "counting …"
    elif preview["count"] is None:
        ids = "They could not be counted in time."
    elif preview["sample"]:
        shown = " ".join(["<code>%s</code>" % one for one in preview["sample"]])
        ids = "%s %s" % (
            "the first:" if preview["more"] or preview["count"] > len(preview["sample"]) else "ids:",
            shown,
        )
    else:
        ids = "No job matches any more."
    return '<div class="note bulk-summary"><b>%s</b><span class="soft">%s</span></div>' % (
        esc(filter_text(dialog["route"])),
        ids,
    )


def filter_text(route: Route) -> str:
    """A filter as a sentence, like "state failed · queue mailers or billing"."""
    out = []
    for name in REPEATED_PARAMETERS:
        values = [STATE_LABELS[one].lower() if name == "state" else one for one in route[name]]
        if values:
            some = " or ".join(values[:3])
            out.append(
                "%s %s" % (FILTER_LABELS[name], some + (" or %d more" % (len(values) - 3) if values[3:] else ""))
            )
    out += ["%s %s" % (RANGE_LABELS[name], route[name]) for name in url_state.RANGES if route[name]]
    if route["search"].strip():
        out.append("with “%s”" % route["search"].strip())
    return " · ".join(out) or "every job in this schema"


def _excluded(apart: dict[str, Count]) -> str:
    lines = []
    for kind in ("locked", "failed"):
        found = apart.get(kind)
        if found and found["count"]:
            style, text = EXCLUDED[kind]
            number = ("more than " if found["more"] else "") + integer(found["count"])
            lines.append("<li>%s<span>%s %s</span></li>" % (icon("circle-minus", style), number, text))
    return '<ul class="left-alone">%s</ul>' % "".join(lines) if lines else ""


# ── the card ─────────────────────────────────────────────────────────────


def card(state: State) -> str:
    """The progress of the run; at its end the outcomes and the buttons."""
    run = state["bulk"]
    if run is None:
        return ""
    live = run["phase"] in ("running", "stopping")
    kind, style = _style(run)
    return (
        '<section class="toast result bulk" aria-label="Progress"><header>%s<b>%s</b>%s</header>%s<div class="content">%s%s</div>%s%s</section>'
    ) % (
        icon(kind, style),
        esc(job_actions.bulk_status(run)),
        _stop(run) if live else icon_button("Dismiss report", "bulk-dismiss", "x"),
        _bar(run) if live else "",
        _outcomes(run),
        "" if live else _ending(run),
        "" if live else _skipped(run, database_now(state)),
        "" if live else _buttons(state, run),
    )


def _style(run: BulkRun) -> tuple[str, str]:
    """The icon and its class: an error where the action broke off, a warning where jobs were skipped."""
    if run["phase"] in ("running", "stopping"):
        return "loader", "running"
    kind = "bad" if run["phase"] == "broken" else job_actions.outcome_kind_of(run["outcomes"])
    if kind == "good":
        return ("circle-check", "good") if run["phase"] == "done" else ("triangle-alert", "warn")
    return ("circle-alert" if kind == "bad" else "triangle-alert"), kind


def _stop(run: BulkRun) -> str:
    return button("Stop", "bulk-stop", "small", disabled=run["phase"] == "stopping")


def _bar(run: BulkRun) -> str:
    total = None if run["more"] else run["total"]
    return "<progress%s></progress>" % attrs(
        aria_label="Jobs processed",
        max=total,
        value=None if total is None else min(job_actions.processed(run), total),
    )


def _outcomes(run: BulkRun) -> str:
    """Like "1,480 retried · 15 running · 5 changed"."""
    done = run["outcomes"].get("done", 0)
    parts = []
    if done:
        parts = [
            '<span class="state good">%s%s %s</span>' % (icon("check"), integer(done), job_actions.DONE[run["action"]])
        ]
    for kind in job_actions.OUTCOMES:
        count = run["outcomes"].get(kind)
        if count:
            parts.append('<span class="soft">%s %s</span>' % (integer(count), job_actions.OUTCOMES[kind]))
    return '<p class="outcome-counts">%s</p>' % "".join(parts)


def _ending(run: BulkRun) -> str:
    if run["phase"] != "broken":
        words = "Stopped: later jobs were not processed. " if run["phase"] == "stopped" else ""
        words += _no_undo(run["action"])
        return '<p class="soft">%s</p>' % words if words else ""
    error = run["error"] or {}
    unknown = error.get("code") == OUTCOME_UNKNOWN or not error.get("request_id")
    what = "The jobs of the last step may or may not be done." if unknown else ""
    text = esc(sentences(message_of(error), server_words(error), what)) + error_texts.login_link(error)
    if error.get("request_id"):
        text += ' <span class="faint">request <code>%s</code></span>' % esc(error["request_id"])
    return '<p class="error">%s</p>' % text


def _skipped(run: BulkRun, now: float) -> str:
    """The jobs that the action skipped, grouped by reason."""
    shown = run["groups"][:LISTED_MAX]
    if not shown:
        return ""
    rows = [group_row(outcome, reason, ids, now) for outcome, reason, ids in shown]
    more = job_actions.processed(run) - run["outcomes"].get("done", 0) - sum([len(ids) for _, _, ids in shown])
    if more:
        rows.append('<li class="soft">and %s more: copy or download them</li>' % integer(more))
    return '<ul tabindex="0" aria-label="Not done">%s</ul>' % "".join(rows)


def group_row(outcome: str, reason: str, ids: list[str], now: float) -> str:
    """A row for the jobs with one reason."""
    text, mark = esc(job_actions.reason_text(reason, outcome, now)), icon("circle-minus", "soft")
    if len(ids) == 1:
        return "<li>%s<code>%s</code><span>%s</span></li>" % (mark, esc(ids[0]), text)
    first = ", ".join(ids[:IDS_SHOWN]) + (", …" if len(ids) > IDS_SHOWN else "")
    return "<li>%s<b>%s ×</b><span>%s (%s)</span></li>" % (mark, integer(len(ids)), text, esc(first))


def _buttons(state: State, run: BulkRun) -> str:
    out = []
    if run["phase"] in ("stopped", "broken") and state["route"]["db"] == run["db"]:
        out.append(button("Go on", "bulk-go-on", "small", "play"))
    if run["not_done"]:
        out.append(button("Copy ids not done", "bulk-copy", "small", "copy"))
    if state["route"]["db"] == run["db"]:
        out.append(watched.opener(run["action"], run["outcomes"].get("done", 0), "bulk"))
    out.append(button("Report as CSV", "bulk-download", "small", "download"))
    return "<footer>%s</footer>" % "".join(out)
