"""Relative times that people type: the browser program and the API read the same."""

from __future__ import annotations

from datetime import UTC, datetime

from graphile_worker.admin.client.times import typed_times
from graphile_worker.core.durations import RelativeTime
from tests.client import fakes

RELATIVE = (
    "in 1 h", "+90m", "-1h", "1 h ago", "1h30m", "2 hours 5 minutes", "in 3 weeks", "IN 5 MIN", "1d", "1", "in", "ago",
    "+1", "in 1 h ago", "+in 1h", "1 fortnight", "", "1h30", "h", "tomorrow 09:00", "today 18:30 +02:00",
    "yesterday 9:05", "tomorrow 24:00", "today 18:60", "today 18:30Z", "today 18:30 utc", "today 18:30 -0530",
    "tomorrow", "today 18:30 +25:00", "someday 10:00", "9999999999 s",
)  # fmt: skip


def test_relative_times_are_those_of_the_api() -> None:
    now = datetime.fromtimestamp(fakes.NOW, UTC)
    for text in RELATIVE:
        for past in (False, True):
            expected = RelativeTime.parse(text, past=past)
            found = typed_times.moment(text, float(fakes.NOW), [], past)
            assert found == (None if expected is None else expected.at(now).timestamp()), (text, past)
