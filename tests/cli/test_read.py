"""What the reads print, into a pipe and as JSON."""

from __future__ import annotations

import subprocess

import pytest

from tests.cli.support import PROGRAM, Program, rows

HEADER = "id\ttask\tqueue\tstate\trun_at\tattempts\tpriority\tkey\tlocked_by\n"


@pytest.fixture
def program(dsn: str) -> Program:
    """The command line on a fresh schema."""
    return Program(dsn)


def test_an_empty_list_is_a_header_and_no_error(program: Program) -> None:
    ran = program("list")
    assert (ran.code, ran.out, ran.err) == (0, HEADER, "")
    assert program("list", "--json").out == "[]\n"


def test_control_characters_of_data_are_written_as_escapes(program: Program) -> None:
    program("add", "a\tb\x1b[2J\u202e\x9b", "--payload", '"\\u001b[0m\u009b"')
    assert "\ta\\tb\\x1b[2J\\u202e\\x9b\t" in program("list").out
    assert "\x9b" not in program("show", "1").out + program("list", "--json").out
    assert program("show", "1", "--json").value["task_identifier"] == "a\tb\x1b[2J\u202e\x9b"


def test_json_keeps_numbers_and_letters(program: Program) -> None:
    program("add", "send", "--payload", '{"é": 12345678901234567890.10}')
    assert '    "é": 12345678901234567890.10\n' in program("show", "1", "--json").out
    assert program("--json", "stats").value == program("stats", "--json").value


async def test_a_list_may_be_longer_than_a_page_of_the_api(program: Program, dsn: str) -> None:
    await rows(dsn, "select graphile_worker.add_job('send') from generate_series(1, 4500)")
    listed = program("list", "--limit", "4400", "--offset", "50", "--json").value
    assert [job["id"] for job in listed] == list(range(51, 4451))
    assert program("list", "--sort=-id", "--limit", "1").out.splitlines()[1].startswith("4500\t")


async def test_a_closed_pipe_is_no_error(program: Program, dsn: str) -> None:
    await rows(dsn, "select graphile_worker.add_job('send') from generate_series(1, 5000)")
    listing = subprocess.Popen(
        [*PROGRAM, "list", "--limit", "5000"], env=program.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert listing.stdout is not None and listing.stderr is not None
    listing.stdout.read(10)
    listing.stdout.close()
    assert listing.stderr.read() == b""
    listing.stderr.close()
    assert listing.wait(30) == 141


async def test_crontabs(program: Program, dsn: str) -> None:
    await rows(dsn, "insert into graphile_worker._private_known_crontabs values ('mail', '2026-01-01Z', '2026-11-30Z')")
    await rows(dsn, "insert into graphile_worker._private_known_crontabs values (E'night\\nly', '2026-01-01Z', null)")
    for task in ("mail", "send"):
        payload = '{"_cron":{"ts":"2026-11-30T00:00:00.000Z","backfilled":true}}'
        await rows(dsn, f"select graphile_worker.add_job('{task}', '{payload}', run_at => '2026-11-30Z')")

    ran = program("crontabs")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split("\t") for line in ran.out.splitlines()] == [
        ["crontab", "known_since", "last_execution", "task", "waiting", "running", "failed", "backfilled", "newest"],
        ["mail", "2026-01-01T00:00:00+00:00", "2026-11-30T00:00:00+00:00", "mail", "1", "0", "0", "1",
         "2026-11-30T00:00:00+00:00"],
        ["night\\nly", "2026-01-01T00:00:00+00:00", "-", *["-"] * 6],
        ["-", "-", "-", "send", "1", "0", "0", "1", "2026-11-30T00:00:00+00:00"],
    ]  # fmt: skip
    found = program("crontabs", "--json").value
    assert [row["identifier"] for row in found["crontabs"]] == ["mail", "night\nly"]
    assert found["crontabs"][0]["jobs"]["newest_job"] is not None

    await rows(dsn, "drop table graphile_worker._private_known_crontabs")
    ran = program("crontabs")
    assert (ran.code, ran.err) == (0, "This schema has no table of known crontabs.\n")
