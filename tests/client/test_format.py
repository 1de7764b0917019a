"""Numbers, sizes and times as people read them."""

from graphile_worker.admin.client.payloads import json_escapes
from graphile_worker.admin.client.text import errors, format


def test_integers_are_grouped_and_unknown_is_not_zero() -> None:
    assert format.integer(0) == "0"
    assert format.integer(1234567) == "1,234,567"
    assert format.integer(-1234) == "-1,234"
    assert format.integer(9223372036854775807) == "9,223,372,036,854,775,807"
    assert format.integer(None) == "–"


def test_compact_numbers_fit_the_phone() -> None:
    assert [format.compact(n) for n in (0, 999, 1000, 1250, 12500, 130000, 1048211, 2000000000)] == [
        "0",
        "999",
        "1.0k",
        "1.2k",
        "12k",
        "130k",
        "1.0M",
        "2.0G",
    ]


def test_sizes() -> None:
    assert [format.size(n) for n in (0, 214, 3100, 20480000)] == ["0 B", "214 B", "3.1 kB", "20 MB"]


def test_rfc3339_is_read_with_all_its_decimals() -> None:
    assert format.epoch("1970-01-01T00:00:00Z") == 0
    assert format.epoch("2026-11-24T09:04:12Z") == 1795511052
    assert format.epoch("2026-11-24T09:04:12.500Z") == 1795511052.5
    assert format.epoch("2000-02-29T23:59:59.123400Z") == 951868799.1234
    assert format.epoch("1969-12-31T23:59:59Z") == -1


def test_rfc3339_of_any_zone_as_the_api_takes_it() -> None:
    same = ("T11:04:12+02:00", " 03:34:12-0530", "t09:04:12z", "T09:04:12-00:00", "T11:04:12.0+0200")
    assert {format.epoch(f"2026-11-24{clock}") for clock in same} == {1795511052}


def test_what_is_no_time_is_none() -> None:
    for text in (None, "", "infinity", "-infinity", "2026-11-24", "10000-01-01T00:00:00Z", "2026-11-24T0x:00:00Z",
                 "2026-11-24T09:04:12", "2026-11-24T09:04:12+2", "2026-11-24T09:04:12+02:0x", "2026-11-24T09:04+02:00"):  # fmt: skip
        assert format.epoch(text) is None, text


def test_relative_times_use_two_units_at_most() -> None:
    now = 1795511052.0
    assert format.relative("2026-11-24T09:04:12Z", now) == "now"
    assert format.relative("2026-11-24T09:08:12Z", now) == "in 4 min"
    assert format.relative("2026-11-24T07:04:12Z", now) == "2 h ago"
    assert format.relative("2026-11-24T06:59:12Z", now) == "2 h 05 min ago"
    assert format.relative("2026-11-20T06:04:12Z", now) == "4 d 3 h ago"
    assert format.relative("infinity", now) == "never"
    assert format.relative(None, now) == ""


def test_the_summary_of_an_error_is_its_first_line_with_a_message() -> None:
    assert errors.error_summary("\n  boom\n   at x") == "boom"
    assert errors.error_summary(None) == ""
    prisma = "\nInvalid `prisma.order.create()` invocation in\n/app/a.js:1:2\n\n  1 await x\n→ 2 y(\n%s: (`email`)"
    unique = "Unique constraint failed on the fields"
    assert errors.error_summary(prisma % unique) == unique + ": (`email`)"
    assert errors.error_summary("Error:\n    at f (a.js:1:2)\nsocket hang up") == "socket hang up"
    assert errors.error_summary("thread 'main' panicked at src/a.rs:1:2:\nindex out of bounds") == "index out of bounds"
    assert errors.error_summary("TypeError: x is undefined\n    at f") == "TypeError: x is undefined"
    assert errors.error_summary("Error\n    at f (a.js:1:2)") == "Error", "the first line where none has a message"


def test_backoff_stops_growing_at_the_tenth_attempt() -> None:
    assert 2.7 < format.backoff(1) < 2.8
    assert format.backoff(11) == format.backoff(10)


def test_a_reason_says_how_long_instead_of_since_when() -> None:
    now = format.epoch("2026-11-24T09:04:12Z") or 0.0
    assert format.spoken("is running on w since 2026-11-24T09:00:12.5Z", now) == "is running on w for 3 min"
    assert format.spoken("was changed since yesterday", now) == "was changed since yesterday"
    assert format.spoken(None, now) == ""


def test_there_is_no_year_0() -> None:
    assert format.epoch("0000-01-01T00:00:00Z") is None
    assert format.epoch("0001-01-01T00:00:00Z") == -62135596800


def test_the_escapes_of_a_payload_are_shown_as_their_characters() -> None:
    for stored, shown in (
        (r'{"a": "Zo\u00eb \/ \ud83d\ude00"}', '{"a": "Zoë / 😀"}'),
        (r'"\\u00eb \n \u0000 \u001b \u0022"', r'"\\u00eb \n \u0000 \u001b \u0022"'),
        (r"\ud83d \ude00 \ud83d\u00eb", r"\ud83d \ude00 \ud83d" + "ë"),
        (r'"cut \u00e', r'"cut \u00e'),
        ('"cut \\', '"cut \\'),
        ("plain", "plain"),
    ):
        assert json_escapes.unescaped(stored) == shown, stored
