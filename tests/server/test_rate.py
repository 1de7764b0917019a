"""The rate of a queue: jobs per minute and the time until no job is ready, for the page and for the API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.api.tables import activity, rate
from graphile_worker.admin.api.tables.activity import Counters, History, Moment
from graphile_worker.core.database.transactions import Pool
from tests.server.conftest import Door

START = 1_790_000_000.0
Look = tuple[float, int, int, int]  # second, ready, inserted, deleted


def moment(at: float, ready: int, inserted: int, deleted: int, *, since: str = "1", blocked: int = 0) -> Moment:
    counters = None if inserted < 0 else Counters(inserted, deleted, since)
    return Moment(f"t{at:g}", START + at, ready, 0, None, counters, blocked)


def rate_of(moments: Iterable[Moment]) -> dict[str, Any]:
    history = History()
    for one in moments:
        history.add(one)
    return dict(rate.current_rate(history) or {})


def steps(seconds: int, ready: float, added: float, finished: float, **more: Any) -> list[Moment]:
    """Every 10 seconds; the changes are per minute."""
    return [
        moment(at, int(1000 + ready * at / 60), int(added * at / 60), int(finished * at / 60), **more)
        for at in range(0, seconds + 1, 10)
    ]


def test_a_backlog_that_shrinks_has_an_end() -> None:
    assert rate_of(steps(120, -120, 30, 150)) == {
        "seconds": 120.0,
        "added_per_minute": 30.0,
        "finished_per_minute": 150.0,
        "ready_per_minute": -120.0,
        "empty_secs": 380,  # 760 of 1,000 are left
    }


def test_a_backlog_that_grows_or_stays_has_no_end() -> None:
    assert [rate_of(steps(120, ready, 90, 60))[name] for ready in (30, 0) for name in ("ready_per_minute", "empty_secs")] == [
        30.0, None, 0.0, None,
    ]  # fmt: skip


def test_a_single_large_change_is_no_trend() -> None:
    before, after = steps(60, 0, 0, 0), [moment(at, 300, 0, 700) for at in range(70, 121, 10)]
    assert rate_of([*before, *after])["empty_secs"] is None
    assert rate_of([*before, *after])["ready_per_minute"] == 0


def test_few_or_short_samples_say_nothing() -> None:
    assert rate_of(steps(20, -120, 30, 150)) == {}  # three moments
    assert rate_of(moment(at, 100, 0, at) for at in (0, 5, 10, 15)) == {}
    short = rate_of(steps(50, -120, 30, 150))
    assert (short["finished_per_minute"], short["ready_per_minute"], short["empty_secs"]) == (150.0, None, None)


def test_slow_reads_are_averaged_over_five_minutes() -> None:
    found = rate_of(moment(at, 1000 - at, 0, at) for at in range(0, 600, 90))
    assert (found["seconds"], found["finished_per_minute"], found["empty_secs"]) == (270.0, 60.0, 460)


def test_retried_jobs_do_not_shorten_the_end() -> None:
    """The ready jobs become fewer since each attempt fails and is repeated later: none of them is finished."""
    assert rate_of(steps(120, -300, 0, 0))["empty_secs"] is None
    assert rate_of(steps(120, -300, 0, 30))["empty_secs"] == 800


def test_a_cleanup_of_failed_jobs_does_not_shorten_the_end() -> None:
    assert rate_of(steps(120, -30, 0, 50_000))["empty_secs"] == 1880


def test_a_moment_that_ends_late_changes_nothing() -> None:
    known, late = steps(120, -120, 30, 150), [moment(119.5, 5, 0, 0), moment(60.5, 5, 0, 0)]
    assert rate_of([*known, *late]) == rate_of(known) != {}
    assert rate_of([*known, moment(60, 5, 0, 0)]) == {}


def test_the_end_is_not_now_while_a_job_is_ready() -> None:
    assert rate_of(moment(at, 1201 - 10 * at, 0, 10 * at) for at in range(0, 121, 10))["empty_secs"] == 1
    assert rate_of(moment(at, 1200 - 10 * at, 0, 10 * at) for at in range(0, 121, 10))["empty_secs"] == 0


def test_an_end_after_a_day_is_none() -> None:
    found = rate_of(moment(at, 200_000 - at // 10, 0, at // 10) for at in range(0, 121, 10))
    assert (found["ready_per_minute"], found["empty_secs"]) == (-6.0, None)


def test_jobs_behind_a_dead_worker_have_no_end() -> None:
    assert rate_of(steps(120, -120, 0, 120, blocked=40))["empty_secs"] is None
    freed = [moment(at, 1000 - at, 0, at, blocked=max(0, 500 - at)) for at in range(0, 121, 10)]
    assert rate_of(freed)["empty_secs"] == 880


def test_without_statistics_only_the_change_is_known() -> None:
    unseen = [moment(at, 1000 - at, -1, 0) for at in range(0, 121, 10)]
    found = rate_of(unseen)
    assert (found["added_per_minute"], found["finished_per_minute"]) == (None, None)
    assert (found["ready_per_minute"], found["empty_secs"]) == (-60.0, 880)


def test_reset_statistics_count_from_the_reset() -> None:
    reset = [moment(at, 1000, 9000 if at < 60 else at, 0, since="1" if at < 60 else "2") for at in range(0, 121, 10)]
    assert rate_of(reset)["added_per_minute"] == 60.0
    late = [moment(at, 1000, 9000 if at < 110 else at, 0, since="1" if at < 110 else "2") for at in range(0, 121, 10)]
    assert rate_of(late)["added_per_minute"] is None
    crashed = [moment(at, 1000, 9000 if at < 60 else at, 0) for at in range(0, 121, 10)]
    assert rate_of(crashed)["added_per_minute"] == 60.0


async def test_the_overview_has_the_rate_of_real_jobs(
    door: Door, utils: WorkerUtils, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "RATE_SECONDS_MIN", 0.0)
    monkeypatch.setattr(rate, "TREND_SECONDS_MIN", 0.0)
    monkeypatch.setattr(activity, "CLOSEST_SECONDS", 0.0)
    jobs = [await utils.add_job("t") for _ in range(40)]
    for step in range(4):
        await pool.execute("select pg_stat_force_next_flush()")
        answer = await door.answer("/api/overview")
        assert ("rate" in answer) == (step == 3)
        await utils.complete_jobs([job.id for job in jobs[step * 5 : step * 5 + 5]])
        await asyncio.sleep(0.1)
    found = answer["rate"]
    assert found.keys() == {"seconds", "added_per_minute", "finished_per_minute", "ready_per_minute", "empty_secs"}
    assert found["ready_per_minute"] < 0 and found["seconds"] > 0
    assert "rate" not in await door.answer("/api/overview?parts=workers")
    assert "rate" in await door.answer("/api/overview?parts=stats")
