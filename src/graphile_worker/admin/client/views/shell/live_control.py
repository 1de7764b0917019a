"""The live control: the age of the data as a button, and its menu with the interval, Pause, and Refresh now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.preferences import AUTO_CHOICES, AUTO_DEFAULT
from graphile_worker.admin.client.model.state import age, request_error, shown_part
from graphile_worker.admin.client.text.format import duration
from graphile_worker.admin.client.text.html import attrs, button, esc, icon
from graphile_worker.admin.client.views.shell import error_texts

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Error, State


def control(state: State) -> str:
    """The button and its menu."""
    kind, word, old, sentence = _shown(state)
    words = '<span class="word">%s%s</span>' % (word, " · " if old else "") + ("<span>%s</span>" % old if old else "")
    opener = (
        '<button type="button" class="btn live%s" id="gw-live-open" popovertarget="gw-live-menu"%s><i></i>%s</button>'
    )
    shown = "" if kind == " stale" else sentence  # a banner has the error
    return opener % (kind, attrs(title=sentence or None), words) + _menu(state, shown)


def palette_button() -> str:
    """The button that looks like a search box, and opens the command palette."""
    return (
        '<button type="button" class="btn palette-open desktop-only" data-action="palette" title="Search (ctrl k)" '
        'aria-keyshortcuts="Control+K Meta+K">%s<span>Search…</span><kbd aria-hidden="true"></kbd></button>'
    ) % icon("search")


def _shown(state: State) -> tuple[str, str, str, str]:
    """(class, word, HTML of the age, sentence)."""
    if state["auth"]["wanted"]:
        return " idle", "not logged in", "", ""
    part, error = shown_part(state), request_error(state)
    seconds = age(state, part)
    if seconds is None and error is not None:
        return " stale", esc(error_texts.short(error)), "", error_texts.sentence(error)
    kind, word, sentence = _refresh_state(state, error)
    if seconds is None:
        hidden = (part["error"] or {}).get("code") == "redacted"
        return (kind, word, "", sentence) if hidden else (" idle", "loading", "", "")
    old = duration(seconds) + '<span class="desktop-only"> ago</span>' if seconds >= 1 else "now"
    return kind, word, old, sentence


def _refresh_state(state: State, error: Error | None) -> tuple[str, str, str]:
    """(class, word, sentence) for whether and how the data refreshes automatically."""
    if error is not None:
        return " stale", "stale", error_texts.sentence(error)
    if state["selected"]:
        return " idle", "paused", "Refresh waits while rows are selected"
    if not state["preferences"]["auto"]:
        return " idle", "paused", "Nothing is refreshed by itself"
    if not state["live"]["connected"]:
        return " polling", "polling", "Asked for every %d s" % state["preferences"]["auto"]
    if state["route"]["view"] != "jobs" or not state["live"]["listening"]:
        sentence = "Counts of jobs come at once, this screen is asked for every %d s" % state["preferences"]["auto"]
        return " polling", "polling", sentence
    return "", "live", "New jobs and counts come at once"


def _menu(state: State, sentence: str) -> str:
    auto = state["preferences"]["auto"]
    choices = "".join([_interval(one, one == auto) for one in AUTO_CHOICES if one])
    return (
        '<div id="gw-live-menu" class="popover" popover><div class="content">%s'
        '<div class="group"><span class="soft">Refresh every</span>'
        '<div class="segmented" role="group" aria-label="Auto refresh">%s</div></div></div><footer>%s%s</footer></div>'
    ) % (
        '<p class="soft">%s.</p>' % esc(sentence.rstrip(".")) if sentence else "",
        choices,
        _pause(auto),
        button(
            "Refresh now",
            "refresh",
            "",
            "refresh-cw",
            title="Refresh now (r)",
            popovertarget="gw-live-menu",
            popovertargetaction="hide",
        ),
    )


def _interval(seconds: int, here: bool) -> str:
    form = '<button type="button" data-action="auto" data-value="%d" aria-pressed="%s">%d s</button>'
    return form % (seconds, "true" if here else "false", seconds)


def _pause(auto: int) -> str:
    if auto:
        return button("Pause", "auto", "", "pause", id="gw-live-pause", data_value="0")
    return button("Resume", "auto", "", "play", id="gw-live-pause", data_value=str(AUTO_DEFAULT))
