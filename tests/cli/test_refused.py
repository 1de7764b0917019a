"""What the database's own rules refuse: the command line says so, with their words, and with numbers that are true."""

from __future__ import annotations

import socket

import pytest

from tests.cli.support import Program, rows

RULE = """
create function public.no() returns trigger language plpgsql as $f$ begin
  raise exception 'Jobs are frozen until Monday.' using hint = 'Ask the release manager.', detail = 'a payload'; end $f$
"""
TRIGGER = """
create trigger no before insert or update or delete on graphile_worker._private_jobs
  for each row execute function public.no()
"""
WORDS = "Jobs are frozen until Monday. (SQLSTATE P0001); hint: Ask the release manager"
WHY = f"a trigger or a function of the database refuses this: {WORDS}"


@pytest.fixture
async def program(dsn: str) -> Program:
    """120 failed jobs, 3 that were locked 5 hours ago, and a trigger that refuses every change."""
    for statement in (
        "insert into graphile_worker._private_tasks (identifier) values ('t')",
        "insert into graphile_worker._private_jobs (task_id, attempts) select 1, 25 from generate_series(1, 120)",
        "insert into graphile_worker._private_jobs (task_id, attempts, locked_at, locked_by)"
        " select 1, 1, now() - interval '5 hours', 'w' from generate_series(1, 3)",
        RULE,
        TRIGGER,
    ):
        await rows(dsn, statement)
    return Program(dsn)


@pytest.mark.parametrize("tasks", ["", "delete-permanently-failed-jobs"])
async def test_a_cleanup_that_was_refused_is_not_complete(program: Program, tasks: str) -> None:
    ran = program("cleanup", *tasks.split())
    assert (ran.code, ran.out) == (1, "Cleanup not complete\n")
    assert f"delete-permanently-failed-jobs: not done, 120 stay: {WHY}; only 100 of them were tried" in ran.err
    assert "a payload" not in ran.err


@pytest.mark.parametrize("line", ["release-old-locks", "force-unlock w"])
async def test_locks_that_the_database_keeps_have_its_words(program: Program, line: str) -> None:
    ran = program(*line.split())
    assert ran.code == 1 and f"3 locks not done: {WHY}\n" in ran.err, ran
    assert "Cleanup" not in ran.out and "a payload" not in ran.err


@pytest.mark.parametrize("line", ["retry 1", "fail 1", "complete 1", "reschedule 1 --priority 3", "add t"])
async def test_the_hint_of_the_rule_is_passed_on(program: Program, line: str) -> None:
    ran = program(*line.split())
    assert ran.code and WORDS in ran.err and "a payload" not in ran.err, ran


def test_why_nothing_answers_is_said_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ran = Program(f"postgresql://someone@127.0.0.1:{port}/db")("list")
    assert ran.code == 3
    assert ran.err.count("Connection refused") == 1 and f"(tried 127.0.0.1 port {port})" in ran.err, ran.err
    assert "Errno" not in ran.err
