"""Numbers, sizes and times as readable text. Times are given as RFC 3339 text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MINUTE, HOUR, DAY = 60, 3600, 86400
TIMES_MAX = 4000


def integer(value: float | None) -> str:
    """1234567 -> "1,234,567"; None, a number that is not known, is "–"."""
    if value is None:
        return "–"
    digits = str(value)
    sign = ""
    if digits[:1] == "-":
        sign, digits = "-", digits[1:]
    groups = []
    while len(digits) > 3:
        groups.append(digits[-3:])
        digits = digits[:-3]
    groups.append(digits)
    groups.reverse()
    return sign + ",".join(groups)


def compact(value: float | None) -> str:
    """1234567 -> "1.2M", 130000 -> "130k", 950 -> "950"."""
    if value is None:
        return "–"
    for size, letter in ((1000000000, "G"), (1000000, "M"), (1000, "k")):
        if value >= size:
            rounded = value // size
            tenth = (value % size) * 10 // size
            return "%d%s" % (rounded, letter) if rounded >= 10 else "%d.%d%s" % (rounded, tenth, letter)
    return str(value)


def counted(count: int, one: str, many: str = "") -> str:
    """(1, "job") -> "1 job", (3, "job") -> "3 jobs"."""
    return integer(count) + " " + (one if count == 1 else many or one + "s")


def size(count: int | None) -> str:
    """Bytes as "214 B", "3.1 kB", "20 MB"."""
    if count is None:
        return "–"
    if count < 1000:
        return "%d B" % count
    for unit, power in (("kB", 1000), ("MB", 1000000)):
        if count < power * 1000 or unit == "MB":
            value = count / power
            return "%.1f %s" % (value, unit) if value < 10 else "%.0f %s" % (value, unit)
    return ""


def days_before(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01, proleptic Gregorian."""
    if month < 3:
        year -= 1
        month += 12
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month - 3) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


_parsed: list[dict[str, float | None]] = []


def remember_times() -> None:
    """Keeps parsed times from now on. For the browser, which draws the same rows again and again; not for the server."""
    _parsed.append({})


def epoch(text: str | None) -> float | None:
    """Seconds since 1970 of RFC 3339 text, in any zone; None for infinity, years past 9999 and other text."""
    if text is None:
        return None
    if not _parsed:
        return _epoch(text)
    known = _parsed[0]
    if text not in known:
        if len(known) > TIMES_MAX:
            known.clear()
        known[text] = _epoch(text)
    return known[text]


def _epoch(text: str) -> float | None:
    if not text or len(text) < 20 or text[4] != "-" or text[10] not in "Tt ":
        return None
    at = len(text) - 1 if text[-1] in "Zz" else max(text.rfind("+"), text.rfind("-"))
    ahead = 0 if text[-1] in "Zz" else _ahead(text[at:])
    if ahead is None or at < 19:
        return None
    try:
        if int(text[0:4]) < 1:
            return None  # there is no year 0
        day = days_before(int(text[0:4]), int(text[5:7]), int(text[8:10]))
        clock = int(text[11:13]) * HOUR + int(text[14:16]) * MINUTE + int(text[17:19])
        fraction = float("0" + text[19:at]) if text[19] == "." else 0.0
    except ValueError:
        return None
    return day * DAY + clock + fraction - ahead


def _ahead(zone: str) -> int | None:
    """Seconds that a zone like +02:00 or -0530 is ahead of UTC."""
    digits = zone[1:].replace(":", "")
    if len(digits) != 4 or not digits.encode().isdigit():
        return None
    seconds = int(digits[:2]) * HOUR + int(digits[2:]) * MINUTE
    return -seconds if zone[0] == "-" else seconds


def duration(seconds: float) -> str:
    """Two units at most: "12 s", "4 min", "2 h 05 min", "3 d 4 h", "412 d"."""
    rounded = int(seconds)
    if rounded < MINUTE:
        return "%d s" % rounded
    if rounded < HOUR:
        return "%d min" % (rounded // MINUTE)
    if rounded < DAY:
        hours, minutes = rounded // HOUR, rounded % HOUR // MINUTE
        return "%d h %02d min" % (hours, minutes) if hours < 10 and minutes else "%d h" % hours
    days, hours = rounded // DAY, rounded % DAY // HOUR
    return "%d d %d h" % (days, hours) if days < 10 and hours else "%s d" % integer(days)


def relative(text: str | None, now: float) -> str:
    """Like "in 4 min", "2 h ago", "now"; a time that no calendar has stays as it is. `now` is the database's time."""
    if text is None:
        return ""
    moment = epoch(text)
    if moment is None:
        return {"infinity": "never", "-infinity": "always due"}.get(text, str(text))
    ahead = moment - now
    if -1 < ahead < 1:
        return "now"
    return "in " + duration(ahead) if ahead > 0 else duration(-ahead) + " ago"


def spoken(reason: str | None, now: float) -> str:
    """The reason with its " since TIME" as a duration: "is running on worker-1 for 3 min"."""
    text = str(reason or "")
    cut = text.rfind(" since ")
    since = epoch(text[cut + 7 :]) if cut >= 0 else None
    return text if since is None else "%s for %s" % (text[:cut], duration(max(0.0, now - since)))


def server_words(error: Mapping[str, object] | None) -> str:
    """The message of the database server in an error, as a sentence; empty where there is none."""
    server = (error or {}).get("server")
    if not isinstance(server, dict):
        return ""
    hint = "; hint: %s" % str(server["hint"]).rstrip(".") if server.get("hint") else ""
    return "The server's message: %s (SQLSTATE %s)%s." % (server.get("message"), server.get("sqlstate"), hint)


def sentences(*texts: object) -> str:
    """The texts as sentences, each with a capital letter and a full stop; empty texts are left out."""
    return " ".join([_sentence(str(text).strip()) for text in texts if text and str(text).strip()])


_MESSAGES = {
    "unreachable": "Database unreachable",
    "whole_number": "Enter a whole number, like −10",
    "nothing_to_change": "Change at least one field",
}


def message_of(error: Mapping[str, object] | None) -> object:
    """The page's words for the `reason_code` of an error or of a warning, else the message of the API; None without one."""
    found = error or {}
    return _MESSAGES.get(str(found.get("reason_code"))) or found.get("error") or found.get("message")


def _sentence(text: str) -> str:
    """A first word with an underscore, like run_at, is a name and keeps its case."""
    if "_" not in text.split(" ")[0]:
        text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?:;…" else text + "."


def backoff(attempt: int) -> float:
    """Seconds that a worker waits after this failed attempt: e to the power of the attempt, which counts 10 at most."""
    return float(2.718281828459045 ** min(attempt, 10))


def percentage(count: int, total: int) -> str:
    """The share of all, rounded; a share that is not all of them is never 100 %."""
    if not count:
        return "none"
    if count * 100 < total:
        return "under 1 %"
    if total > count > total * 0.99:
        return "over 99 %"
    return "%d %%" % ((count * 200 + total) // (total * 2))


def separated(text: str) -> list[str]:
    """The names between commas: ("a, b,") -> ["a", "b"]."""
    return [one.strip() for one in text.split(",") if one.strip()]
