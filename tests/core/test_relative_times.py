"""Relative times: the forms, and that the clock of the database evaluates them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.core import validation
from graphile_worker.core.durations import RelativeTime, typed
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.jobs import JobSpec
from graphile_worker.core.sql import statement

NOW = datetime(2026, 11, 30, 22, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(("text", "past", "time"), [
    ("+0s", False, "2026-11-30T22:30:15"), ("+1h", False, "2026-11-30T23:30:15"), ("+ 90 m", True, "2026-12-01T00:00:15"),
    ("in 1 h", True, "2026-11-30T23:30:15"), ("IN 1h30m", False, "2026-12-01T00:00:15"), ("1h", False, "2026-11-30T23:30:15"),
    ("1h", True, "2026-11-30T21:30:15"), ("-1h", False, "2026-11-30T21:30:15"), ("1 h ago", False, "2026-11-30T21:30:15"),
    ("2 weeks ago", False, "2026-11-16T22:30:15"), ("2 d 3 h", True, "2026-11-28T19:30:15"),
    ("tomorrow 09:00", False, "2026-12-01T09:00:00"), ("Today 7:05", True, "2026-11-30T07:05:00"),
    ("yesterday 23:59 UTC", False, "2026-11-29T23:59:00"),
    ("tomorrow 09:00 +02:00", False, "2026-12-02T07:00:00"),  # it is December there already
    ("tomorrow 09:00-0800", False, "2026-12-01T17:00:00"),
])  # fmt: skip
def test_forms(text: str, past: bool, time: str) -> None:
    relative = RelativeTime.parse(text, past=past)
    assert relative is not None and relative.at(NOW) == datetime.fromisoformat(time + "+00:00")


@pytest.mark.parametrize("text", [
    "", " ", "1", "300", "+", "in", "ago", "1 h agoo", "+1h ago", "in 1 h ago", "-1h ago", "in +1h", "+-1h", "soon", "tomorrow",
    "yesterday", "tomorrow 24:00", "tomorrow 09:60", "tomorrow 9", "tomorrow 09:00 +25:00", "tomorrow 09:00 +02:61",
    "1y", "1.5h", "\u0661h", "1h\0", "+9999999999h", "1h" * 60, "next week", "09:00",
])  # fmt: skip
def test_what_is_no_relative_time(text: str) -> None:
    assert RelativeTime.parse(text) is None
    with pytest.raises(InvalidInput, match=r'^run_at must be an RFC 3339 time .*\+90m, "in 1 h".*"tomorrow 09:00"$'):
        validation.time("run_at", text)


def test_a_time_outside_of_the_calendar() -> None:
    with pytest.raises(InvalidInput, match=r"^run_at is not a time of the calendar$"):
        validation.time("run_at", "+999999999d")


@pytest.mark.parametrize(("seconds", "text"), [
    (900, "15m"), (366 * 86400, "366d"), (5400, "1h30m"), (30, "30s"), (0, "0s"), (4 * 3600, "4h"),
])  # fmt: skip
def test_a_duration_as_an_option_takes_it(seconds: int, text: str) -> None:
    assert typed(seconds) == text


async def test_times_are_evaluated_by_the_clock_of_the_database(utils: WorkerUtils) -> None:
    async with utils.queue.read() as tx:
        before = await tx.fetchval(statement("fragments.now"))
    first = await utils.add_job("send", run_at="+1h")
    later, plain = await utils.add_jobs([JobSpec("send", {}, run_at="in 2 h"), JobSpec("send", {})])
    assert (await utils.reschedule_jobs([later.id], run_at="tomorrow 09:00")).done == 1
    async with utils.queue.read() as tx:
        after = await tx.fetchval(statement("fragments.now"))

    def stored(text: str) -> datetime:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))

    assert before + timedelta(hours=1) <= stored(first.run_at) <= after + timedelta(hours=1)
    assert before <= stored(plain.run_at) <= after
    job = await utils.get_job(later.id)
    days = {moment.date() + timedelta(days=1) for moment in (before.astimezone(UTC), after.astimezone(UTC))}
    assert job is not None and stored(str(job.run_at)).strftime("%H:%M:%S") == "09:00:00"
    assert stored(str(job.run_at)).date() in days


async def test_a_duration_in_a_filter_is_before_now(utils: WorkerUtils) -> None:
    await utils.add_job("send", run_at="-2h")
    await utils.add_job("send", run_at="+2h")

    assert (await utils.count_jobs(run_at_from="1h")).count == 1
    assert (await utils.count_jobs(run_at_from="3h")).count == 2
    assert (await utils.count_jobs(run_at_to="in 3 h", run_at_from="+1h")).count == 1
    assert (await utils.count_jobs(created_from="1h")).count == 2
    assert (await utils.count_jobs(created_to="1 h ago")).count == 0
