"""Verbs on everything a filter finds: counted, agreed to, walked in steps, reported, stopped."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest

from tests.cli.support import PROGRAM, Program, rows
from tests.cli.terminal import Terminal


@pytest.fixture
async def program(dsn: str) -> Program:
    """Jobs 1 to 30 of the queue `mailers`, failed; 31 to 60 ready; 5 and 6 running."""
    await rows(dsn, "select graphile_worker.add_job('send', queue_name => 'mailers') from generate_series(1, 30)")
    await rows(dsn, "select graphile_worker.add_job('send') from generate_series(1, 30)")
    await rows(
        dsn, "update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'no' where id <= 30"
    )
    await rows(
        dsn, "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w\x1b[31m' where id in (5, 6)"
    )
    return Program(dsn)


async def left(dsn: str, which: str = "true") -> int:
    [row] = await rows(dsn, f"select count(*) from graphile_worker._private_jobs where {which}")
    return int(row["count"])


async def test_a_verb_on_a_filter(program: Program, dsn: str) -> None:
    ran = program("retry", "--state", "failed", "--queue", "mailers", "--yes")

    assert (ran.code, ran.out) == (0, "Retried 28 job(s)\n")
    assert ran.err == "28 jobs match: 1, 2, 3, 4, 7, …\n"
    assert await left(dsn, "attempts = 0") == 58


async def test_words_of_the_page_are_states(program: Program, dsn: str) -> None:
    await rows(dsn, "update graphile_worker._private_jobs set last_error = 'no', attempts = 1 where id > 50")
    await rows(dsn, "update graphile_worker._private_job_queues set locked_at = now(), locked_by = 'w'")
    await rows(dsn, "update graphile_worker._private_jobs set attempts = 0 where id in (1, 2, 3)")
    for state, count in {"running": 2, "locked": 2, "retrying": 10, "blocked": 3, "failed": 25}.items():
        assert program("count", "--state", state).out == f"{count}\n", state
        listed = program("list", "--state", state, "--json").value
        assert len(listed) == len(program("export", "--state", state).out.splitlines()) == count
    ran = program("retry", "--state", "retrying", "--yes")
    assert (ran.code, ran.out) == (0, "Retried 10 job(s)\n")
    assert program("stats").out.splitlines()[1].split("\t")[-2:] == ["3", "0"]
    wrong = program("count", "--state", "waiting")
    assert wrong.code == 2 and "'retrying'" in wrong.err


async def test_what_is_skipped_is_reported_and_no_error(program: Program, dsn: str) -> None:
    ran = program("complete", "--identifier", "send", "--yes")

    assert (ran.code, ran.out) == (0, "Completed 58 job(s)\n")
    matched, *skipped = ran.err.splitlines()
    assert matched == "60 jobs match: 1, 2, 3, 4, 5, …"
    assert [line[:38] for line in skipped] == [
        "job 5 not done (running): is running o", "job 6 not done (running): is running o",
    ]  # fmt: skip
    assert "w\\x1b[31m" in ran.err and "\x1b" not in ran.err
    assert await left(dsn) == 2


async def test_a_dry_run_says_what_then_happens(program: Program, dsn: str) -> None:
    for verb, more in (("run-now", []), ("reschedule", ["--priority", "4"]), ("fail", []), ("complete", [])):
        dry = program(verb, "--search", "sen", *more, "--dry-run")
        real = program(verb, "--search", "sen", *more, "--yes")
        assert (dry.code, real.code) == (0, 0)
        assert dry.out.rpartition(" job")[0].split()[-1] == real.out.split()[-2], (dry, real)
        assert dry.err.replace("would not be done", "not done") == real.err
    assert dry.out == "Would complete (delete) 58 jobs\n"
    assert await left(dsn) == 2


async def test_as_json_and_a_line_per_id(program: Program, dsn: str) -> None:
    dry = program("retry", "--worker", "w\x1b[31m", "--json", "--dry-run").value
    lines = [json.loads(line) for line in program("complete", "--state", "all", "--ndjson", "--yes").out.splitlines()]

    assert (dry["dry_run"], dry["matched"]["count"], dry["outcomes"], dry["stopped"]) == (
        True,
        2,
        {"running": 2},
        False,
    )
    assert [(one["id"], one["outcome"]) for one in dry["not_done"]] == [(5, "running"), (6, "running")]
    assert [line["id"] for line in lines] == list(range(1, 61))
    assert {line["outcome"] for line in lines if line["id"] not in (5, 6)} == {"done"}
    assert set(lines[0]) == {"id", "outcome", "reason"}


async def test_ids_as_lines_and_as_dry_runs(program: Program, dsn: str) -> None:
    lines = program("retry", "7", "5", "99", "--ndjson")
    dry = program("complete", "7", "5", "99", "--dry-run")

    assert lines.code == 1
    assert [(json.loads(line)["id"], json.loads(line)["outcome"]) for line in lines.out.splitlines()] == [
        (7, "done"), (5, "running"), (99, "not_found"),
    ]  # fmt: skip
    assert (dry.code, dry.out) == (1, "Would complete (delete) 1 job: 7\n")
    assert dry.err.splitlines()[1] == "job 99 would not be done (not_found): job 99 not found"
    value = program("complete", "7", "99", "--dry-run", "--json").value
    assert (value["dry_run"], [one["outcome"] for one in value["results"]]) == (True, ["done", "not_found"])
    assert await left(dsn) == 60


async def test_many_that_were_not_done_are_named_up_to_twenty(program: Program) -> None:
    ids = [str(id) for id in range(100, 130)]
    plain, json_ = program("retry", *ids), program("retry", *ids, "--json")

    assert plain.err.count("not_found") == 20
    assert plain.err.splitlines()[-1] == "and 10 more not done; --json and --ndjson name all"
    assert (json_.err.count("not_found"), json_.out) == (30, "[]\n")


async def test_nobody_to_ask_is_refused(program: Program, dsn: str) -> None:
    for line in ("complete", "fail", "run-now", "retry", "reschedule --now"):
        ran = program(*line.split(), "--state", "all")
        assert (ran.code, ran.out) == (2, ""), line
        assert ran.err.splitlines()[-1] == (
            "Error: nobody can be asked here: add --yes to act on all that match, or --dry-run"
        )
    assert await left(dsn, "attempts = max_attempts") == 30


USAGE = [
    ("retry 1 --state failed", "give IDs or filter options, not both"),
    ("retry", "give the IDs of jobs, or filter options such as --state failed"),
    ("retry --yes", "give the IDs of jobs, or filter options such as --state failed"),
    ("retry --queue= --yes", "--queue must not be empty; every job is --state all"),
    ("retry --state failed --search= --yes", "--search must not be empty; every job is --state all"),
    ("retry --state broken --yes", "Invalid value for '--state'"),
    ("retry --priority-min x --yes", "--priority-min must be a whole number"),
    ("retry --priority-min 3 --priority-max 2 --yes", "--priority-min must not be above --priority-max"),
    ("retry --run-at-from yesterday --yes", "--run-at-from must be an RFC 3339 time"),
    ("reschedule --state all --priority 40000 --yes", "--priority must be between"),
    ("reschedule --state all --run-at yesterday --yes", "--run-at must be an RFC 3339 time"),
    ("run-now --queue nothing --attempts -1 --yes", "--attempts must be between 0"),
    ("count --queue " + "x" * 1001, "--queue must be 1 to 1000 characters"),
    ("count --limit 1", "--limit"),
    ("list --cursor nonsense", "--cursor is not one of ours"),
    ("list --cursor WyJpZCIsIm5leHQiLCIxIiwxXQ --sort=-id", "--cursor belongs to --sort=id, not to --sort=-id"),
    ("list --offset 9223372036854775808", "--offset must be between 0 and 9223372036854775807"),
    ("list --cursor WyJpZCIsIm5leHQiLCIxIiwxXQ --offset 3", "--offset cannot go together with --cursor"),
    ("list --cursor WyJpZCIsInByZXYiLCIxIiwxXQ --limit 2001", "--limit must be at most 2000"),
    ("list --payload none", "--payload needs --json"),
    ("remove", "Missing argument 'KEY'"),
]


async def test_usage(program: Program, dsn: str) -> None:
    for line, message in USAGE:
        ran = program(*line.split())
        assert (ran.code, ran.out) == (2, ""), (line, ran)
        assert message in ran.err.splitlines()[-1], (line, ran)
    assert await left(dsn, "attempts = max_attempts") == 30


async def test_on_a_terminal_it_asks(program: Program, dsn: str) -> None:
    with Terminal(program, "fail", "--state", "ready") as terminal:
        terminal.until("Fail 30 jobs? [y/N]: ")
        assert "30 jobs match: 31, 32, 33, 34, 35, …" in terminal.text
        terminal.type("n\n")
        assert terminal.ended() == 1
        assert terminal.text.endswith("Nothing was done.\n")
    assert await left(dsn, "attempts = max_attempts") == 30
    with Terminal(program, "fail", "--state", "ready") as terminal:
        terminal.until("[y/N]: ")
        terminal.type("y\n")
        assert terminal.ended() == 0
        assert "Failed 30 job(s)" in terminal.text
    assert await left(dsn, "attempts = max_attempts") == 60


@pytest.mark.parametrize(("line", "question"), [
    ("complete 31 32", "Complete (delete) 2 jobs?"), ("remove k", "Remove the job with key `k`?"),
])  # fmt: skip
async def test_what_deletes_asks_on_a_terminal_only(program: Program, dsn: str, line: str, question: str) -> None:
    program("add", "keyed", "--key", "k")
    with Terminal(program, *line.split()) as terminal:
        terminal.until(question)
        terminal.type("\n")
        assert terminal.ended() == 1
    with Terminal(program, *line.split()) as terminal:
        terminal.until(question)
        assert terminal.interrupted() == 130
    assert await left(dsn) == 61
    with Terminal(program, *line.split(), "--yes") as terminal:
        assert terminal.ended() == 0
        assert question not in terminal.text


async def test_ctrl_c_stops_after_a_chunk_and_says_what_was_done(program: Program, dsn: str) -> None:
    await rows(dsn, "select graphile_worker.add_job('many', queue_name => 'many') from generate_series(1, 20000)")
    process = subprocess.Popen(
        [*PROGRAM, "fail", "--queue", "many", "--yes", "--ndjson"], env=program.environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.stdout.read(), process.stderr.read()

    assert process.wait(60) == 130
    process.stdout.close()
    process.stderr.close()
    assert "Traceback" not in err
    assert err.splitlines()[-1] == "Stopped: the same command goes on with what still matches."
    done = 1 + len(out.splitlines())
    assert done % 50 == 0 and done < 20000
    assert await left(dsn, "attempts = max_attempts") == 30 + done


async def test_progress_on_a_terminal(program: Program, dsn: str) -> None:
    await rows(dsn, "select graphile_worker.add_job('many', queue_name => 'many') from generate_series(1, 1000)")
    with Terminal(program, "fail", "--queue", "many", "--yes") as terminal:
        assert terminal.ended() == 0
    assert "/1000" in terminal.text
    assert terminal.text.rstrip("\n").endswith("Failed 1000 job(s)")


async def test_an_error_in_the_middle_says_what_was_done_before_it(program: Program, dsn: str) -> None:
    await rows(dsn, "select graphile_worker.add_job('many', queue_name => 'many') from generate_series(1, 200)")
    await rows(dsn, "create function stop() returns trigger language plpgsql as $$"
                    " begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$")  # fmt: skip
    await rows(dsn, "create trigger stop before update on graphile_worker._private_jobs for each row when"
                    " (new.id = 180 and new.attempts > 0) execute function stop()")  # fmt: skip
    found = program("fail", "--queue", "many", "--yes")
    named = program("fail", *map(str, range(101, 200)), "--json")

    assert (found.code, found.out) == (3, "Failed 100 job(s)\n")
    assert found.err.splitlines()[1].startswith("Error: The ")
    assert (named.code, [job["id"] for job in named.value]) == (3, list(range(101, 151)))
    assert await left(dsn, "attempts = max_attempts") == 30 + 100
