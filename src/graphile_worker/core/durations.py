"""Durations and relative times as text: `parse` and `RelativeTime` read what people type, the other functions write seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from graphile_worker._patterns import lazy_pattern

_PART = lazy_pattern(r"(\d+)\s*([a-z]*)")
_SECONDS = {
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86400),
}
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
DIGITS_MAX = 9  # of a number in a duration
TEXT_MAX = 100  # characters of a relative time
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_UNITED = r"(?:\d+\s*[a-z]+\s*)+"  # a duration with a unit at each number
_FROM_NOW = lazy_pattern(rf"(?:(?P<sign>[+-])|(?P<future>in\s))?\s*(?P<duration>{_UNITED}?)(?P<past>\s*ago)?", re.ASCII)
_CLOCK = lazy_pattern(
    r"(?P<day>yesterday|today|tomorrow)\s+(?P<hour>\d\d?):(?P<minute>\d\d)\s*(?P<zone>z|utc|[+-]\d\d:?\d\d)?", re.ASCII
)


def parse(text: str) -> int:
    """Seconds of `300`, `300s`, `5m`, `5 min`, `1h30m`, in any case. Raises ValueError."""
    lower = text.strip().lower()
    parts = _PART.findall(lower)
    spelled = "".join(f"{number}{unit}" for number, unit in parts)
    if (
        not parts
        or spelled != re.sub(r"\s+", "", lower)
        or any(unit not in _SECONDS or len(number) > DIGITS_MAX for number, unit in parts)
    ):
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


def typed(seconds: int) -> str:
    """A duration as an option takes it: "15m", "4h", "1h30m", "366d"."""
    parts, left = [], seconds
    for size, unit in _UNITS:
        if left >= size:
            parts.append(f"{left // size}{unit[0]}")
            left %= size
    return "".join(parts) or "0s"


class RelativeTime(NamedTuple):
    """A time relative to a clock: so many seconds from its time, or a time of day in `zone`, `day` days from its date."""

    seconds: int
    day: int | None = None
    zone: tzinfo | None = None  # None: UTC

    @classmethod
    def parse(cls, text: str, *, past: bool = False) -> RelativeTime | None:
        """`+90m`, `in 1 h`, `-1h`, `1 h ago`, `tomorrow 09:00`, `today 18:30 +02:00`, in any case; else None.

        Args:
            past: whether a duration alone is before the clock's time, as in `created_from=1h`.
        """
        lower = text.strip().lower()
        if len(lower) > TEXT_MAX:
            return None
        if match := _CLOCK.fullmatch(lower):
            return cls._of_day(match)
        match = _FROM_NOW.fullmatch(lower)
        if match is None or bool(match["sign"] or match["future"]) + bool(match["past"]) > 1:
            return None
        try:
            seconds = parse(match["duration"])
        except ValueError:
            return None
        before = bool(match["past"]) or match["sign"] == "-" or (past and not match["sign"] and not match["future"])
        return cls(-seconds if before else seconds)

    @classmethod
    def _of_day(cls, match: re.Match[str]) -> RelativeTime | None:
        hour, minute = int(match["hour"]), int(match["minute"])
        zone: tzinfo | None = UTC if match["zone"] else None
        if match["zone"] and match["zone"][0] in "+-":
            digits = match["zone"][1:].replace(":", "")
            offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            if offset >= timedelta(days=1) or int(digits[2:]) > 59:
                return None
            zone = timezone(-offset if match["zone"][0] == "-" else offset)
        if hour > 23 or minute > 59:
            return None
        return cls(hour * 3600 + minute * 60, _DAYS[match["day"]], zone)

    def at(self, now: datetime) -> datetime:
        """The time by a clock that shows `now`. Raises OverflowError for a time outside of the calendar."""
        if self.day is None:
            return now + timedelta(seconds=self.seconds)
        midnight = now.astimezone(self.zone or UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight + timedelta(days=self.day, seconds=self.seconds)).astimezone(UTC)
