"""Fields for times: text that may be relative, a date picker, presets, and the time that results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.format import duration, integer, relative
from graphile_worker.admin.client.text.html import attrs, button, esc, icon
from graphile_worker.admin.client.times import typed_times, zones

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Attribute, JobRow, Offsets

EXAMPLE = "in 1 h, tomorrow 09:00"
PRESETS = '<div class="presets" role="group" aria-label="Run at">%s</div>' % "".join(
    [button(text, "time-typed", "small", data_preset=text) for text in ("in 1 h", "tomorrow 09:00")]
)


def control(name: str, value: str, placeholder: str = EXAMPLE, label: str = "", **more: Attribute) -> str:
    """A text field with a date picker, which writes into it. The value comes with each draw."""
    more.setdefault("id", "gw-in-" + name)
    text = (
        '<input class="text" type="text" name="%s" value="%s" placeholder="%s" autocomplete="off" spellcheck="false"%s>'
    )
    shown = text % (name, esc(value), esc(placeholder), attrs(aria_label=label or None, **more))
    return '<span class="time-field">%s%s</span>' % (shown, _picker(label or name.replace("_", " ")))


def _picker(label: str) -> str:
    """The date picker of the browser as an icon; the page's script copies its value into the field before it."""
    return (
        '<span class="date-picker">%s<input type="datetime-local" step="1" data-fills aria-label="Pick a date: %s"></span>'
        % (icon("calendar-clock"), esc(label))
    )


def result(typed: str, now: float, offsets: Offsets) -> str:
    """Like "= 2026-11-24 10:04:12 UTC · in 1 h"; what a time may be for other text, empty for none."""
    if not typed.strip():
        return ""
    moment = typed_times.moment(typed, now, offsets)
    if moment is None:
        return "Not a time yet. Like in 1 h, +90m, tomorrow 09:00 or 2026-12-01 09:00."
    ahead = moment - now
    words = "in " + duration(ahead + 0.5) if ahead > 0 else duration(0.5 - ahead) + " ago"
    return "= %s · %s" % (zones.full(zones.utc(moment), offsets), words)


def present(jobs: list[JobRow], now: float, offsets: Offsets) -> dict[str, str]:
    """What the jobs have now, by field, for the hints; of several jobs the least and the greatest value."""
    out = {}
    for name in ("priority", "attempts", "max_attempts"):
        values = sorted([int(job[name]) for job in jobs])
        out[name] = _between([integer(value) for value in values])
    times = sorted([job["run_at"] for job in jobs])
    shown = [relative(text, now) for text in times]
    if len(set(times)) == 1:
        shown = ["%s, %s" % (shown[0], zones.full(times[0], offsets))]
    out["run_at"] = _between(shown)
    return out


def _between(values: list[str]) -> str:
    if not values:
        return ""
    return "Now %s. " % (values[0] if values[0] == values[-1] else "%s to %s" % (values[0], values[-1]))
