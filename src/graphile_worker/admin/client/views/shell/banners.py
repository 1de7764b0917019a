"""Banners below the bar: errors, warnings, and read-only access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import request_error, withheld
from graphile_worker.admin.client.text.format import message_of, sentences, server_words
from graphile_worker.admin.client.text.html import code, esc, icon, icon_button, link
from graphile_worker.admin.client.views.shell import empty_states, error_texts

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Error, Finding, State


_ON_EVERY_SCREEN = ("may_only_read",)  # notes that every screen shows; the others are only under Maintenance


def banners(state: State) -> str:
    """All banners, errors first. Before a login the data of the last login causes no banner."""
    if state["auth"]["wanted"]:
        return _outdated(state) + _dropped(state)
    error = request_error(state)
    out = [_error(state, error), _outdated(state), _dropped(state)]
    session = state["session"]
    warnings = session["warnings"] if session else []
    grave = error is not None or len([one for one in warnings if one.get("level") == "error"]) > 0
    for warning in warnings:
        if warning.get("code") in _ON_EVERY_SCREEN:
            out.append("" if grave or state["read_only"] or _in_health(state) else _read_only_role(state, warning))
        elif warning.get("level") != "note" and not _repeats(warning, error):
            out.append(_warning(warning))
    if state["read_only"] and state["session"]:
        out.append(banner("lock", "Read only.", "Nothing can be changed from this page."))
    return "".join(out)


def _in_health(state: State) -> bool:
    """Whether the screen shows the full text of the note about the role, under Health."""
    data = state["maintenance"]["data"]
    found = data.get("health") if data and state["route"]["view"] == "maintenance" else None
    return isinstance(found, list) and len([one for one in found if one.get("code") in _ON_EVERY_SCREEN]) > 0


def banner(picture: str, strong: str, text_html: str, more_html: str = "", kind: str = "") -> str:
    """A banner; `text_html` and `more_html` are HTML."""
    return '<div class="banner %s" role="status">%s<span><b>%s</b> %s</span>%s</div>' % (
        kind,
        icon(picture),
        esc(strong),
        text_html,
        '<div class="banner-actions">%s</div>' % more_html if more_html else "",
    )


def error_banner(state: State, error: Error) -> str:
    """The banner of an error: what failed, how old the shown data is, what helps."""
    age = (
        ""
        if error.get("code") in ("schema_missing", "row_security", "permission_denied")
        else error_texts.age_note(state)
    )
    return banner(
        error_texts.icon_name(error),
        error_texts.sentence(error),
        error_texts.details(error, age),
        error_texts.remedy(state, error),
        "bad",
    )


def _error(state: State, error: Error | None) -> str:
    """Empty if the error is shown in place of the rows."""
    return "" if error is None or empty_states.shows(state, error) else error_banner(state, error)


def _repeats(warning: Finding, error: Error | None) -> bool:
    """Whether the warning of the session repeats the error that is shown already."""
    return error is not None and (
        error.get("code") == warning.get("code") or error.get("error") == warning.get("message")
    )


def _warning(warning: Finding) -> str:
    rest = [esc(sentences(server_words(warning))), code(sentences(warning.get("remedy")))]
    return banner("triangle-alert", sentences(message_of(warning)), " ".join([text for text in rest if text]))


def _read_only_role(state: State, warning: Finding) -> str:
    """The short form of a warning whose full text is under Maintenance."""
    session, some = state["session"], withheld(state)
    role = session.get("role") if session else None
    who = 'role "%s"' % role if role else "this role"
    if some:
        strong, text = "Some actions are off:", "%s may not %s." % (who, ", ".join(some))
    else:
        strong, text = "Read only:", "%s may look, not act." % who
    where = url_state.screen_url(state["route"], "maintenance")
    details = "" if state["route"]["view"] == "maintenance" else " " + link("Details", where, "details-link")
    return banner("lock", strong, "%s %s%s" % (esc(text), code(sentences(warning.get("remedy"))), details))


def _outdated(state: State) -> str:
    if not error_texts.is_outdated(state):
        return ""
    text = "The server has another version of it."
    return banner("info", "This page is not up to date.", text, error_texts.reload_button("Reload", "small"))


def _dropped(state: State) -> str:
    if not state["dropped"]:
        return ""
    close = icon_button("Dismiss", "dismiss-dropped", "x")
    return banner("info", "Part of the address was not understood:", code(", ".join(state["dropped"])), close)
