"""Relative times on the command line: where a time is taken, and the time that they mean before it is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.support import Program, rows

QUERY = "select id, extract(epoch from run_at - now()) as left, run_at from graphile_worker._private_jobs order by id"


@pytest.fixture
async def program(dsn: str) -> Program:
    """Two jobs: one of three hours ago, one of now."""
    await rows(dsn, "select graphile_worker.add_job('send', run_at => now() - interval '3 hours')")
    await rows(dsn, "select graphile_worker.add_job('send')")
    await rows(dsn, "update graphile_worker._private_jobs set created_at = now() - interval '3 hours' where id = 1")
    return Program(dsn)


async def left(dsn: str, id: int) -> float:
    """Seconds until the job is due, by the database's clock."""
    return float(next(row["left"] for row in await rows(dsn, QUERY) if row["id"] == id))


@pytest.mark.parametrize(("text", "seconds"), [("+1h", 3600), ("in 1 h", 3600), ("90m", 5400), ("-2h", -7200)])
async def test_a_new_job_and_a_reschedule(program: Program, dsn: str, text: str, seconds: int) -> None:
    assert program("add", "send", "--run-at", text).code == 0
    assert program("reschedule", "1", "--run-at", text).code == 0
    for id in (1, 3):
        assert seconds - 60 < await left(dsn, id) <= seconds


async def test_a_time_of_day_is_in_the_zone_of_this_machine(program: Program, dsn: str) -> None:
    for zone, text in (("UTC", "tomorrow 09:00"), ("UTC-3", "tomorrow 12:00"), ("UTC", "tomorrow 07:00 -02:00")):
        assert program("reschedule", "1", "--run-at", text, TZ=zone).code == 0
        found = (await rows(dsn, QUERY))[0]["run_at"]
        assert found.astimezone(UTC).strftime("%H:%M:%S") == "09:00:00"
        assert timedelta(0) < found - datetime.now(UTC) < timedelta(days=2)


@pytest.mark.parametrize("words", [["1", "2"], ["--state", "all", "--yes"]])
async def test_the_time_that_it_means_is_printed_before(program: Program, dsn: str, words: list[str]) -> None:
    before = await rows(dsn, "select * from graphile_worker._private_jobs")
    ran = program("reschedule", *words, "--run-at", "+1h", "--dry-run")
    assert ran.code == 0 and "Would reschedule 2 jobs" in ran.out
    printed = next(line for line in ran.err.splitlines() if line.startswith("run_at: "))
    assert timedelta(minutes=58) < datetime.fromisoformat(printed[8:]) - datetime.now(UTC) <= timedelta(minutes=61)
    assert await rows(dsn, "select * from graphile_worker._private_jobs") == before

    assert "run_at: 20" in program("add", "send", "--run-at", "+1h", "--dry-run").err
    assert len(await rows(dsn, QUERY)) == 2


@pytest.mark.parametrize(("option", "text", "ids"), [
    ("--created-from", "1h", [2]), ("--created-from", "4 h", [1, 2]), ("--created-to", "1 h ago", [1]),
    ("--run-at-from", "in 5 min", []), ("--run-at-to", "-2h", [1]), ("--run-at-to", "+5m", [1, 2]),
])  # fmt: skip
def test_a_filter(program: Program, option: str, text: str, ids: list[int]) -> None:
    assert [job["id"] for job in program("list", option, text, "--json").value] == ids
    assert program("count", option, text).out == f"{len(ids)}\n"
    assert len(program("export", option, text).out.splitlines()) == len(ids)
    counted = program("complete", option, text, "--dry-run", "--json").value
    assert counted["matched"]["sample"] == ids


@pytest.mark.parametrize("line", ["add send --run-at soon", "reschedule 1 --run-at soon", "list --created-from soon"])
def test_no_time(program: Program, line: str) -> None:
    ran = program(*line.split())
    assert ran.code == 2 and ran.out == ""
    option = line.split()[-2]
    assert f"Error: {option} must be an RFC 3339 time" in ran.err
    assert '+90m, "in 1 h", "1 h ago" or "tomorrow 09:00"' in ran.err
