"""The tables of `list`, `errors` and `queues`: on a terminal and in a pipe, selected and sorted."""

from __future__ import annotations

import asyncpg
import pytest

from graphile_worker.cli.drawn_table import Column, fitting, relative_cell
from tests.cli.support import Program, rows
from tests.cli.terminal import Terminal

LISTED = "id\ttask\tqueue\tstate\trun_at\tattempts\tpriority\tkey\tlocked_by"


@pytest.fixture
async def program(dsn: str) -> Program:
    """A failed job with a long error, one of another error, a ready one, one of tomorrow."""
    await rows(dsn, "select graphile_worker.add_job('send_newsletter_to_everybody', queue_name => 'mailers')")
    await rows(dsn, "select graphile_worker.add_job('resize', queue_name => 'images')")
    await rows(dsn, "select graphile_worker.add_job('resize', queue_name => 'images')")
    await rows(dsn, "select graphile_worker.add_job('sweep', run_at => now() + interval '30 hours')")
    await rows(dsn, "update graphile_worker._private_jobs set attempts = max_attempts, run_at = now() - interval '2 hours',"
                    " last_error = e'\\n  Error: connect ECONNREFUSED 10.0.0.7:5432 ' || repeat('and on ', 20) where id = 1")  # fmt: skip
    await rows(
        dsn,
        "update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'no space left' where id = 2",
    )
    await rows(dsn, "update graphile_worker._private_jobs set updated_at = now() - interval '3 hours' where id = 2")
    return Program(dsn)


def drawn(program: Program, *line: str, columns: int) -> list[str]:
    with Terminal(program, *line, columns=columns) as terminal:
        assert terminal.ended() == 0
    return [text.rstrip() for text in terminal.text.splitlines() if text.strip()]


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_a_list_fits_the_terminal(program: Program, columns: int) -> None:
    lines = drawn(program, "list", columns=columns)
    assert all(len(line) <= columns for line in lines)
    assert lines[0].split()[:5] == ["id", "task", "queue", "state", "run_at"] and lines[0].split()[-1] == "error"
    assert "priority" not in lines[0] and "key" not in lines[0] and "locked_by" not in lines[0]
    failed = next(line for line in lines if line.startswith("1 "))
    assert " failed " in failed and " 2 h ago " in failed and failed.endswith("…") and " Error: c" in failed
    assert " in 1 d " in next(line for line in lines if line.startswith("4 "))


def test_a_list_in_a_pipe_stays_as_it_is(program: Program) -> None:
    lines = program("list").out.splitlines()
    assert lines[0] == LISTED
    cells = lines[1].split("\t")
    assert cells[:4] == ["1", "send_newsletter_to_everybody", "mailers", "failed"] and cells[5:] == [
        "25/25",
        "0",
        "-",
        "-",
    ]
    assert cells[4].endswith("+00:00")


def test_columns_are_narrowed_and_then_left_out() -> None:
    id, name, key, error = Column("id", fixed=True), Column("name"), Column("key", spare=1), Column("error", cut=True)
    wanted = {id: 5, name: 8, key: 30, error: 300}
    assert fitting(wanted, 400) == wanted
    assert fitting(wanted, 100) == {id: 5, name: 8, key: 30, error: 51}
    assert fitting(wanted, 60) == {id: 5, name: 8, key: 20, error: 21}
    assert fitting(wanted, 35) == {id: 5, name: 8, error: 18}
    assert fitting(wanted, 5) == {id: 5, name: 1, error: 1}


@pytest.mark.parametrize(("time", "cell"), [
    ("2026-11-30T10:00:00Z", "now"), ("2026-11-30T09:58:30+00:00", "1 min ago"), ("2026-12-03T10:00:01Z", "in 3 d"),
    ("infinity", "infinity"), ("99999-01-01T00:00:00Z", "99999-01-01T00:00:00+00:00"), (None, "-"),
])  # fmt: skip
def test_a_relative_time(time: str | None, cell: str) -> None:
    assert relative_cell(time, "2026-11-30T10:00:00Z") == cell


def test_errors_have_their_first_and_last_failure(program: Program) -> None:
    lines = [line.split("\t") for line in program("errors").out.splitlines()]
    assert lines[0] == ["count", "last_at", "job", "tasks", "error", "first_at", "retrying"]
    assert all(line[1] == line[5] and line[1].endswith("+00:00") for line in lines[1:])

    for options, jobs in (
        (["--since", "1h"], [1]), (["--until", "1 h ago"], [2]), (["--since", "4h"], [1, 2]), (["--since", "+1h"], []),
        (["--since", "4h", "--until", "2h"], [2]), (["--until", "now", "--search", "space"], [2]),
    ):  # fmt: skip
        assert sorted(row["job"] for row in program("errors", *options, "--json").value) == jobs, options


def test_errors_fit_the_terminal(program: Program) -> None:
    lines = drawn(program, "errors", columns=80)
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].split() == ["count", "retrying", "since", "until", "job", "tasks", "error"]
    assert any("3 h ago" in line and "no space left" in line for line in lines)


async def test_queues_are_searched_sorted_and_limited(program: Program, dsn: str) -> None:
    everything = program("queues")
    assert [line.split("\t")[1] for line in everything.out.splitlines()] == ["queue", "images", "mailers"]
    found = program("queues", "--search", "MAIL")
    assert found.out.splitlines()[0] == everything.out.splitlines()[0] and found.out.splitlines()[1:] == [
        everything.out.splitlines()[2]
    ]
    assert [row["queue_name"] for row in program("queues", "--sort=-jobs", "--json").value] == ["images", "mailers"]
    assert [row["queue_name"] for row in program("queues", "--sort=-name", "--json").value] == ["mailers", "images"]
    urgent = program("queues", "--sort=-urgency", "--json").value
    assert [row["queue_name"] for row in urgent] == ["images", "mailers"]
    assert program("queues", "--held").out.splitlines() == everything.out.splitlines()[:1]
    await rows(
        dsn,
        "update graphile_worker._private_job_queues set locked_at = now(), locked_by = 'w' where queue_name = 'mailers'",
    )
    held = program("queues", "--held")
    assert [line.split("\t")[1] for line in held.out.splitlines()] == ["queue", "mailers"]
    cut = program("queues", "--limit", "1")
    assert len(cut.out.splitlines()) == 2 and "There are more queues" in cut.err
    assert program("queues", "--limit", "2").err == ""
    assert program("queues", "--search", "nothing", "--ndjson").out == ""


async def test_sessions_that_listen(program: Program, dsn: str) -> None:
    nobody = program("workers", "--listeners")
    assert (nobody.code, nobody.out) == (0, "application_name\tclient_addr\tsince\n")
    assert "No session of this database listens for jobs" in nobody.err
    worker = await asyncpg.connect(dsn, server_settings={"application_name": "mailer"})
    await worker.execute('LISTEN "jobs:insert"')
    try:
        found, listed = program("workers", "--listeners"), program("workers", "--listeners", "--json").value
    finally:
        await worker.close()
    assert (found.out.splitlines()[1].split("\t")[0], found.err) == ("mailer", "")
    assert [one["application_name"] for one in listed] == ["mailer"] and list(listed[0]) == [
        "application_name",
        "client_addr",
        "since",
    ]
    assert program("workers", "--listeners", "--heartbeats").code == 2
