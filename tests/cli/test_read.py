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
