"""Programs that live in another time than the database: Debian's libfaketime, preloaded into them alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

HALF_DAY = 43_200
_TIME = re.compile(r"20[2-9]\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?")
_DURATION = re.compile(r"\b[\d,]+ (d|h|min|s)\b( \d+ (h|min|s)\b)?")
_FACT = re.compile(r'(?<=_secs":)( ?)(-?[\d.]+)')
_SECONDS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}


def skewed(days: int) -> dict[str, str]:
    """The environment of a program whose clock is so many days ahead; the clock that only measures stays right."""
    if not days:
        return {}
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None:
        raise FileNotFoundError("there is no libfaketime here; scripts/test-peers installs it (Debian: faketime)")
    return {"LD_PRELOAD": str(library), "FAKETIME": f"{days:+}d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def relative(text: str, now: datetime) -> str:
    """The text with every time of these years and every duration in half days: what a day too much cannot hide behind."""

    def distance(found: re.Match[str]) -> str:
        moment = datetime.fromisoformat(found[0])
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return f"<{round((moment - now).total_seconds() / HALF_DAY)} half days from now>"

    text = _FACT.sub(lambda found: f"{found[1]}{round(float(found[2]) / HALF_DAY)}", text)
    return _DURATION.sub(_length, _TIME.sub(distance, text))


def _length(found: re.Match[str]) -> str:
    words = found[0].replace(",", "").split()
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
    return f"<{round(seconds / HALF_DAY)} half days>"
