"""Rates as text: jobs per minute, the end of a backlog, and what the ready jobs do."""

from __future__ import annotations

from graphile_worker.admin.client.text.format import compact, duration


def per_minute(number: float) -> str:
    """2400.2 -> "2.4k/min", 0.5 -> "0.5/min"."""
    return ("%.1f" % number if 0 < number < 10 and number != int(number) else compact(int(number + 0.5))) + "/min"


def change(number: float) -> str:
    """Like "growing 120/min"; "steady" for 0."""
    if not number:
        return "steady"
    return ("growing " if number > 0 else "shrinking ") + per_minute(abs(number))


def outlook(per_minute: float | None, empty_secs: float | None) -> str:
    """Like "empty in ~4 min" or "growing 120/min"; empty where nothing is expected."""
    if empty_secs is not None:
        return "empty in ~" + duration(empty_secs)
    return change(per_minute) if per_minute else ""
