"""Validation of values, the same for the library, HTTP and the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from graphile_worker._patterns import lazy_pattern
from graphile_worker.core.durations import RelativeTime
from graphile_worker.core.exceptions import InvalidInput

SMALLINT = (-32768, 32767)
BIGINT_MAX = 2**63 - 1
IDENTIFIER_MAX = QUEUE_MAX = 128
KEY_MAX = 512
REASON_MAX = 100_000
PAYLOAD_MAX = 100 * 1024 * 1024  # characters; PostgreSQL's own limit is 1 GB for everything in a row
EXPECTED_NUMBERS = ("priority", "attempts", "max_attempts")
EXPECTED_TIMES = ("run_at", "updated_at")
RFC_3339 = "must be an RFC 3339 time with its zone, like 2026-01-01T00:00:00Z"
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
RELATIVE = '+90m, "in 1 h", "1 h ago" or "tomorrow 09:00"'
_DIGITS = lazy_pattern(r"-?[0-9]{1,19}", re.ASCII)
_SURROGATE = lazy_pattern("[\ud800-\udfff]")
_TIME = lazy_pattern(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d))", re.ASCII
)

# infinite, before the year 1, or after 9999: PostgreSQL's spelling in UTC, which core/sql/loader.py makes
_BEYOND_RFC_3339 = lazy_pattern(
    r"-?infinity|\d{4,6}-(0[1-9]|1[0-2])-\d\d ([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?\+00( BC)?", re.ASCII
)


def text(field: str, value: Any, *, most: int, least: int = 1) -> str:
    """A string of `least` to `most` characters that PostgreSQL can store."""
    if not isinstance(value, str):
        raise InvalidInput(field, "must be text")
    if "\0" in value:
        raise InvalidInput(field, "must not contain a NUL character")
    if _SURROGATE.search(value):
        raise InvalidInput(field, "must not contain half of a surrogate pair")
    if not least <= len(value) <= most:
        raise InvalidInput(
            field, f"must be {least} to {most} characters" if least else f"must be at most {most} characters"
        )
    return value


def key(value: Any, field: str = "key") -> str:
    """A job key: 1 to 512 characters, not only blanks (blanks around it are part of it)."""
    checked = text(field, value, most=KEY_MAX)
    if not checked.strip():
        raise InvalidInput(field, "must not be blank")
    return checked


def integer(field: str, value: Any, low: int, high: int) -> int:
    """A whole number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(field, "must be a whole number", reason_code="whole_number")
    if not low <= value <= high:
        raise InvalidInput(field, f"must be between {low} and {high}")
    return value


def optional_integer(field: str, value: Any, low: int, high: int) -> int | None:
    """A whole number within bounds, or None."""
    return None if value is None else integer(field, value, low, high)


def no_constant(name: str) -> Any:
    """For json.loads, which would accept NaN and Infinity."""
    raise ValueError(f"{name} is not JSON")


def whole_number(field: str, text: str) -> int:
    """The number of a text of plain digits, within PostgreSQL's bigint."""
    if not _DIGITS.fullmatch(text) or not -BIGINT_MAX - 1 <= int(text) <= BIGINT_MAX:
        raise InvalidInput(field, "must be a whole number", reason_code="whole_number")
    return int(text)


def ids(values: Iterable[Any]) -> list[int]:
    """Distinct job ids in the order given; at least one."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InvalidInput("ids", "must be a list of job ids")
    distinct = list(dict.fromkeys(integer("ids", value, 1, BIGINT_MAX) for value in values))
    if not distinct:
        raise InvalidInput("ids", "must name at least one job")
    return distinct


def revisions(values: Mapping[Any, Any] | None, action_ids: Sequence[int]) -> dict[int, int]:
    """Revisions by job id; every id must be among those of the action."""
    checked = _by_job("revisions", "revisions", values, action_ids)
    return {id: integer("revisions", revision, 0, 2**31 - 1) for id, revision in checked}


def expected(values: Mapping[Any, Any] | None, action_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Expected values by job id and member; every id must be among those of the action."""
    checked: dict[int, dict[str, Any]] = {}
    for id, members in _by_job("expected", "values", values, action_ids):
        if not isinstance(members, Mapping):
            raise InvalidInput("expected", f"must have values of job {id} by member")
        checked[id] = {name: _expected(name, value) for name, value in members.items() if value is not None}
    return checked


def _by_job(field: str, what: str, values: Any, action_ids: Sequence[int]) -> Iterator[tuple[int, Any]]:
    """The values by job id, checked: every id must be among those of the action."""
    if values is not None and not isinstance(values, Mapping):
        raise InvalidInput(field, f"must be {what} by job id")
    known = frozenset(action_ids)
    for id, value in (values or {}).items():
        if id not in known:
            raise InvalidInput(field, f"names job {id}, which is not among the ids")
        yield id, value


def _expected(name: Any, value: Any) -> Any:
    if name in EXPECTED_NUMBERS:
        return integer("expected", value, *SMALLINT)
    if name in EXPECTED_TIMES:
        return shown_moment("expected", value)
    raise InvalidInput("expected", f"knows only {', '.join(EXPECTED_NUMBERS + EXPECTED_TIMES)}")


def flags(values: Sequence[Any] | None) -> list[str] | None:
    """Flag names, or None for none."""
    if values is None:
        return None
    if isinstance(values, str | bytes) or not isinstance(values, Sequence):
        raise InvalidInput("flags", "must be a list of names")
    if not values:
        return None
    return [text("flags", value, most=KEY_MAX) for value in values]


def moment(field: str, value: datetime | str | None) -> str | None:
    """A point in time as text for PostgreSQL, in UTC with microseconds (finer digits are cut)."""
    if value is None:
        return None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InvalidInput(field, "must have a time zone")
        return value.astimezone(UTC).isoformat()
    return _parse(field, value).isoformat()


def shown_moment(field: str, value: datetime | str | None) -> str | None:
    """As `moment`. The text that the API has for a time that RFC 3339 cannot hold is valid too, and stays as it is."""
    if isinstance(value, str) and _BEYOND_RFC_3339.fullmatch(value):
        return value
    return moment(field, value)


def time(field: str, value: datetime | str | None, *, past: bool = False) -> str | None:
    """As `moment`, or the text of a relative time, which `absolute_time` makes absolute.

    Args:
        past: whether a duration alone is before now.
    """
    if not isinstance(value, str) or _TIME.fullmatch(value):
        return moment(field, value)
    absolute_time(field, value, _ANY_TIME, past=past)  # the form is checked; the database's clock decides later
    return value.strip()


def absolute_time(field: str, value: str, now: datetime, *, past: bool = False) -> str:
    """The text of `time` as the text of `moment`, by a clock that shows `now`."""
    if _TIME.fullmatch(value):
        return _parse(field, value).isoformat()
    relative = RelativeTime.parse(value, past=past)
    if relative is None:
        raise InvalidInput(field, f"{RFC_3339}, or {RELATIVE}")
    if past and value[0] == " " and value.strip()[0].isdigit():  # `+1h` in an address; `1h` means the opposite
        raise InvalidInput(field, "must not begin with a space; in an address, + is written %2B")
    try:
        return relative.at(now).astimezone(UTC).isoformat()
    except OverflowError:
        raise InvalidInput(field, "is not a time of the calendar") from None


def is_relative(value: str | None) -> bool:
    """Whether a text that `time` has checked is a relative time."""
    return value is not None and _TIME.fullmatch(value) is None


def same_moment(moment: str, other: str) -> bool:
    """Whether the database's text is this moment, as `shown_moment` returns it."""
    return moment == other or _TIME.fullmatch(other) is not None and _parse("time", other).isoformat() == moment


def _parse(field: str, value: str) -> datetime:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise InvalidInput(field, RFC_3339)
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    micro = int((match[7] or "").ljust(6, "0")[:6])
    zone: timezone = UTC
    if match[8]:
        offset = timedelta(hours=int(match[9]), minutes=int(match[10]))
        if offset >= timedelta(days=1) or int(match[10]) > 59:
            raise InvalidInput(field, "has an impossible zone offset")
        zone = timezone(-offset if match[8] == "-" else offset)
    try:
        return datetime(year, month, day, hour, minute, second, micro, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(field, "is not a time of the calendar") from None
