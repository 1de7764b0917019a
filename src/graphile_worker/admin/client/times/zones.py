"""Times in the chosen zone, UTC or local. A local zone is a table of `[from, minutes]`; it is empty for UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.format import DAY, epoch, relative
from graphile_worker.admin.client.text.html import esc

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Offsets

UTC = "UTC"


def offset(moment: float, offsets: Offsets) -> int:
    """Minutes east of UTC at this moment; before the first entry of the table, those of the first entry."""
    low, high = 0, len(offsets)
    while high - low > 1:
        middle = (low + high) // 2
        if offsets[middle][0] <= moment:
            low = middle
        else:
            high = middle
    return int(offsets[low][1]) if high else 0


def calendar(days: int) -> tuple[int, int, int]:
    """(year, month, day) of days since 1970-01-01, proleptic Gregorian."""
    days += 719468
    era = days // 146097
    of_era = days - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return year + era * 400 + (1 if month < 3 else 0), month, day


def _moved(text: str, minutes: int) -> tuple[str, str]:
    """(date, time of day) of the text, moved by so many minutes."""
    seconds = int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19]) + minutes * 60
    date = text[:10]
    if not 0 <= seconds < DAY:
        date = "%04d-%02d-%02d" % calendar(int((epoch(text) or 0.0) // DAY) + seconds // DAY)
        seconds %= DAY
    return date, "%02d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)


def utc(moment: float) -> str:
    """Seconds since 1970 as RFC 3339 text, to the second."""
    seconds = int(moment) % DAY
    date = calendar(int(moment) // DAY)
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % (date + (seconds // 3600, seconds // 60 % 60, seconds % 60))


def midnight(moment: float, offsets: Offsets) -> float:
    """The beginning of this day in the zone."""
    days = int(moment + offset(moment, offsets) * 60) // DAY
    local = float(days * DAY)
    return local - offset(local - offset(moment, offsets) * 60, offsets) * 60


def full(text: str | None, offsets: Offsets) -> str:
    """Like "2026-11-24 09:30:12 UTC+01:00"; a time that no calendar has stays as it is."""
    moment = epoch(text)
    if text is None or moment is None:
        return text or ""
    minutes = offset(moment, offsets)
    if minutes == 0:
        return "%s %s UTC" % (text[:10], text[11:19])
    sign, far = ("+", minutes) if minutes > 0 else ("-", -minutes)
    return "%s %s UTC%s%02d:%02d" % (_moved(text, minutes) + (sign, far // 60, far % 60))


def clock(text: str | None, offsets: Offsets) -> str:
    """The time of day."""
    moment = epoch(text)
    return text or "" if text is None or moment is None else _moved(text, offset(moment, offsets))[1]


def time_tag(text: str | None, now: float, offsets: Offsets) -> str:
    """A relative time, with the full time on hover; empty for None."""
    if text is None:
        return ""
    if epoch(text) is None:
        return esc(relative(text, now))
    return '<time datetime="%s" title="%s">%s</time>' % (esc(text), esc(full(text, offsets)), esc(relative(text, now)))
