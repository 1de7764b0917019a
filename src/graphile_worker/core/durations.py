"""Durations as text: `parse` reads what people type, `approximate` and `exact` write seconds."""

from __future__ import annotations

import re

_PART = re.compile(r"(\d{1,9})\s*([a-z]*)")
_SECONDS = {
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
}
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def parse(text: str) -> int:
    """Seconds of `300`, `300s`, `5m`, `5 min`, `1h30m`, in any case. Raises ValueError."""
    lower = text.strip().lower()
    parts = _PART.findall(lower)
    spelled = "".join(f"{number}{unit}" for number, unit in parts)
    if not parts or spelled != re.sub(r"\s+", "", lower) or any(unit not in _SECONDS for _, unit in parts):
        raise ValueError(f"{text!r} is not a duration like 300, 300s, 5m or 1h30m")
    return sum(int(number) * _SECONDS[unit] for number, unit in parts)


def approximate(seconds: float) -> str:
    """At most two adjacent units, seconds only alone: "12 s", "4 min", "2 h 5 min", "3 d 4 h"."""
    left = max(0, int(seconds))
    parts: list[str] = []
    for size, unit in _UNITS:
        if left >= size and (unit != "s" or not parts) and len(parts) < 2:
            parts.append(f"{left // size:,} {unit}")
            left %= size
        elif parts:
            break
    return " ".join(parts) or "0 s"


def exact(seconds: int) -> str:
    """Hours, minutes and seconds, as precise as an option is given: "4 h", "1 h 30 min", "26 h"."""
    parts, left = [], seconds
    for size, unit in _UNITS[1:]:
        if left >= size:
            parts.append(f"{left // size} {unit}")
            left %= size
    return " ".join(parts) or "0 s"
