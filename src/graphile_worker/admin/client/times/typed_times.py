"""Times as people type them: `in 1 h`, `+90m`, `tomorrow 09:00`, `2026-12-01 09:00`, as core/durations.py reads them.

A time without an offset is in the zone of the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.format import DAY, HOUR, MINUTE, epoch
from graphile_worker.admin.client.times.zones import offset, utc

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Offsets

LETTERS = "abcdefghijklmnopqrstuvwxyz"
DIGITS_MAX = 9  # of a number in a duration
LAST = 253402300799  # 9999-12-31T23:59:59Z
_UNITS = (
    (("s", "sec", "secs", "second", "seconds"), 1),
    (("m", "min", "mins", "minute", "minutes"), MINUTE),
    (("h", "hr", "hrs", "hour", "hours"), HOUR),
    (("d", "day", "days"), DAY),
    (("w", "week", "weeks"), 7 * DAY),
)
UNITS = {word: seconds for words, seconds in _UNITS for word in words}
DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


def moment(text: str, now: float, offsets: Offsets, past: bool = False) -> float | None:
    """Seconds since 1970 of a typed time; None for other text. `past`: a duration alone is before now."""
    seconds = from_now(text, past)
    found = now + seconds if seconds is not None else _of_day(text, now, offsets)
    if found is None:
        found = epoch(text.strip())
    if found is None:
        found = _local(text, offsets)
    return found if found is not None and 0 <= found <= LAST else None


def from_now(text: str, past: bool = False) -> int | None:
    """Seconds from now of `+90m`, `in 1 h`, `-1h`, `1 h ago`; None for other text."""
    lower = text.strip().lower()
    signed = lower[:1] in ("+", "-")
    future, ago = lower[:3] == "in ", lower[-3:] == "ago"
    if ago and (signed or future):
        return None
    rest = lower[1:] if signed else lower[3:] if future else lower[:-3] if ago else lower
    seconds = _duration(rest.strip())
    before = ago or lower[:1] == "-" or (past and not signed and not future)
    return None if seconds is None else -seconds if before else seconds


def _duration(text: str) -> int | None:
    """Seconds of "1h30m" or "1 h 30 min"; each number has a unit."""
    seconds, at = None, 0
    while at < len(text):
        at, number = _run_of(text, at, "0123456789")
        at, unit = _run_of(text, _run_of(text, at, " ")[0], LETTERS)
        if not number or len(number) > DIGITS_MAX or unit not in UNITS:
            return None
        seconds = (seconds or 0) + int(number) * UNITS[unit]
        at = _run_of(text, at, " ")[0]
    return seconds


def _run_of(text: str, start: int, letters: str) -> tuple[int, str]:
    """(the end, the text) of the longest run of these letters from `start`."""
    end = start
    while end < len(text) and text[end] in letters:
        end += 1
    return end, text[start:end]


def _of_day(text: str, now: float, offsets: Offsets) -> float | None:
    """`today 18:30`, `tomorrow 09:00 +02:00`."""
    words = text.strip().lower().split()
    if len(words) not in (2, 3) or words[0] not in DAYS:
        return None
    hour, _, rest = words[1].partition(":")
    minute, zone = rest[:2], rest[2:] + "".join(words[2:])
    if not (_digits(hour, 1, 2) and _digits(minute, 2, 2)) or int(hour) > 23 or int(minute) > 59:
        return None
    minutes = _offset(zone) if zone else offset(now, offsets)
    if minutes is None:
        return None
    days = int((now + minutes * MINUTE) // DAY) + DAYS[words[0]]
    local = float(days * DAY + int(hour) * HOUR + int(minute) * MINUTE)
    return local - minutes * MINUTE if zone else _to_utc(local, offsets)


def _offset(zone: str) -> int | None:
    """Minutes of `z`, `utc` or `+02:00`."""
    if zone in ("z", "utc"):
        return 0
    digits = zone[1:].replace(":", "")
    if zone[0] not in "+-" or not _digits(digits, 4, 4) or int(digits[:2]) > 23 or int(digits[2:]) > 59:
        return None
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if zone[0] == "-" else minutes


def _digits(text: str, least: int, most: int) -> bool:
    return least <= len(text) <= most and text.encode().isdigit()


def local_input(text: str) -> str:
    """`2026-12-01 09:00` as the value of an input for local times; empty for other text."""
    text = text.strip()
    if len(text) not in (16, 19) or text[10] not in "Tt ":
        return ""
    value = text[:10] + "T" + text[11:]
    seconds = epoch(_with_seconds(value) + "Z")
    return value if seconds is not None and utc(seconds)[:16] == value[:16] else ""  # there is no month 13


def _with_seconds(value: str) -> str:
    return value + ":00" if len(value) == 16 else value


def _local(text: str, offsets: Offsets) -> float | None:
    local = epoch(_with_seconds(local_input(text)) + "Z")
    return None if local is None else _to_utc(local, offsets)


def _to_utc(local: float, offsets: Offsets) -> float:
    """A time of the zone's clocks, given as if they showed UTC."""
    near = local - offset(local, offsets) * MINUTE
    return local - offset(near, offsets) * MINUTE
