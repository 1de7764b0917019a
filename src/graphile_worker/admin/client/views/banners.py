"""One line each under the bar: what the person must know before trusting the rows."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.format import duration
from graphile_worker.admin.client.html import button, code, esc, icon, icon_button
from graphile_worker.admin.client.state import age, refusal, shown_part

_TOLD = ("may_only_read",)  # of the notes, which otherwise stand under Maintenance, what every screen shows


def banners(state: dict[str, Any]) -> str:
    """All banners that apply, the gravest first."""
    out = [_error(state), _dropped(state)]
    session = state["session"] or {}
    for warning in session.get("warnings") or []:
        if warning.get("level") != "note" or warning.get("code") in _TOLD:
            out.append(line("triangle-alert", warning.get("message"), warning.get("remedy")))
    if state["read_only"] and state["session"]:
        out.append(line("lock", "Read only", "Nothing can be changed from this page."))
    return "".join(out)


def line(picture: str, strong: Any, text: Any, more_html: str = "", kind: str = "") -> str:
    """A banner; `more_html` is markup already."""
    return '<div class="banner %s" role="status">%s<span><b>%s</b> %s</span>%s</div>' % (
        kind,
        icon(picture),
        esc(strong),
        code(text),
        more_html,
    )


def _error(state: dict[str, Any]) -> str:
    part = shown_part(state)
    error = part["error"] or state["overview"]["error"]
    if error is None:
        return ""
    code = error.get("code")
    if code == "schema_missing":
        more = (
            ""
            if refusal(state, "migrate")
            else button("Migrate…", "maintain", "small", "database", data_name="migrate")
        )
        return line("database", error.get("error"), error.get("hint"), more, "bad")
    if code in ("row_security", "permission_denied"):
        return line("lock", error.get("error"), error.get("hint"), "", "bad")
    seconds = age(state, part)
    shown = "Nothing has been loaded yet." if seconds is None else "Shown is what it said %s ago." % duration(seconds)
    if code == "unauthorized":
        return line("lock", error.get("error"), "%s %s" % (error.get("hint"), shown), "", "bad")
    again = button("Try again", "refresh", "small", "refresh-cw")
    away = code in ("database_unavailable", "network")
    return line("unplug" if away else "circle-alert", error.get("error"), shown, again, "bad")


def _dropped(state: dict[str, Any]) -> str:
    if not state["dropped"]:
        return ""
    close = icon_button("Dismiss", "dismiss-dropped", "x")
    return line("info", "Part of the address was not understood:", ", ".join(state["dropped"]), close)
