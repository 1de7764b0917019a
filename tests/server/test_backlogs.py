"""What the backlog of each task does, and how long its running jobs have been running."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.api.tables import backlogs
from graphile_worker.admin.api.tables.backlogs import TaskBacklogs
from graphile_worker.core.jobs import JobSpec
from tests.server.conftest import Door, Opener
from tests.support.table import Table


def backlog(*looks: tuple[float, dict[str, int]], task: str = "t", complete: bool = True) -> Any:
    kept = TaskBacklogs()
    for now, ready in looks:
        kept.add(now, ready, complete=complete)
    return kept.of(task)


def test_the_change_since_the_oldest_sample() -> None:
    looks = [(float(at), {"t": 1000 - at}) for at in range(0, 181, 20)]
    assert backlog(*looks) == {"before": 1000, "seconds": 180.0, "per_minute": -60.0}
    assert backlog(*[(at, {"t": 2 * int(at)}) for at, _ in looks])["per_minute"] == 120.0


def test_one_change_is_no_trend() -> None:
    assert backlog((0, {"t": 100}), (40, {"t": 100}), (80, {"t": 20})) == {
        "before": 100, "seconds": 80, "per_minute": 0.0,
    }  # fmt: skip


def test_few_or_short_samples_say_nothing() -> None:
    assert backlog((0, {"t": 9}), (70, {"t": 1})) is None
    assert backlog((0, {"t": 9}), (20, {"t": 5}), (50, {"t": 1})) is None


def test_a_new_task_had_no_jobs_unless_not_all_were_kept() -> None:
    looks = ((0.0, {"other": 1}), (40.0, {"t": 20}), (80.0, {"t": 40}))
    assert backlog(*looks)["before"] == 0
    assert backlog(*looks, complete=False) is None


def test_five_minutes_and_few_samples_are_kept() -> None:
    kept = TaskBacklogs()
    for second in range(3600):
        kept.add(float(second), {"t": second}, complete=True)
    assert len(kept._moments) <= backlogs.WINDOW_SECONDS / backlogs.CLOSEST_SECONDS + 1
    found = kept.of("t")
    assert found is not None and (found["per_minute"], found["seconds"] <= backlogs.WINDOW_SECONDS) == (60.0, True)
    kept.add(5.0, {"t": 1}, complete=True)
    assert kept.of("t") is None


def test_a_sample_that_ends_late_is_dropped_and_another_clock_begins_again() -> None:
    looks = [(float(at), {"t": 1000 - at}) for at in range(100, 281, 20)]
    assert backlog(*looks, (279.5, {"t": 5}), (220.5, {"t": 5})) == backlog(*looks)
    assert backlog(*looks) is not None
    assert backlog(*looks, (220.0, {"t": 5})) is None


async def test_the_table_of_tasks_has_both(door: Door, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table.of(utils)
    monkeypatch.setattr(backlogs, "SECONDS_MIN", 0.0)
    monkeypatch.setattr(backlogs, "CLOSEST_SECONDS", 0.0)
    for minutes in (3, 12):
        await table.lock((await utils.add_job("mail")).id, f"{minutes} minutes", "w")
    await utils.add_job("push")
    for step in range(3):
        rows = {row["task_identifier"]: row for row in (await door.answer("/api/tasks"))["tasks"]}
        assert (rows["mail"]["backlog"] is None) == (step < 2)
        await utils.add_job("push")
        await asyncio.sleep(0.1)
    assert 720 <= rows["mail"]["oldest_locked_secs"] < 780 and rows["mail"]["oldest_locked_at"] is not None
    assert rows["mail"]["backlog"]["per_minute"] == 0 and rows["push"]["oldest_locked_at"] is None
    assert rows["push"]["backlog"]["before"] == 1 and rows["push"]["backlog"]["per_minute"] > 0


async def test_the_change_of_a_row_is_of_the_moment_of_its_numbers(
    open_door: Opener, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a viewer's request has read a newer sample than the one that is shown."""
    monkeypatch.setattr(backlogs, "SECONDS_MIN", 0.0)
    monkeypatch.setattr(backlogs, "CLOSEST_SECONDS", 0.0)
    operator = open_door("host", redact=("all",), freshness=60.0)
    viewer = Door(operator.client, {"x-user": "vera:read"})
    for _ in range(2):
        await operator.answer("/api/tasks")
        assert (await operator.post("/api/jobs", {"identifier": "push", "payload": {}})).status_code == 200
    shown = await operator.answer("/api/tasks")
    await utils.add_jobs([JobSpec("push") for _ in range(20)])
    assert (await viewer.answer("/api/tasks"))["tasks"][0]["ready"] == 22
    again = await operator.answer("/api/tasks")
    assert again["as_of"] == shown["as_of"] and again["tasks"] == shown["tasks"]
    [row] = again["tasks"]
    assert (row["ready"], row["backlog"]["before"]) == (2, 0) and row["backlog"]["per_minute"] > 0
