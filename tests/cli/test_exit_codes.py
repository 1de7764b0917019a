"""0 done, 1 something named was not done, 2 usage, 3 the database: one sentence each, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import Program, rows

USAGE = [
    "list --state nothing", "list --limit x", "list --limit -1", "show", "show x", "show 0", "show 9223372036854775808",
    "complete", "add", "add x --job-key-mode replace", "add x --payload {} --payload-file f", "add x --payload {",
    "add x --run-at yesterday", "add x --priority 40000", "add x --max-attempts 0",
    "add x --key", "reschedule 1", "reschedule 1 --now --run-at now", "reschedule 1 --attempts -5", "cleanup everything",
    "nothing", "sweep-stale-workers --sweep-threshold 5y", "admin --listen nowhere", "admin --auth other",
    "admin --auth none --listen 0.0.0.0:0", "admin --auth header --header-name authorization", "list --max-connections 0",
]  # fmt: skip


@pytest.mark.parametrize("line", USAGE)
def test_usage_errors_exit_2_and_say_why(dsn: str, line: str) -> None:
    ran = Program(dsn)(*line.split(" "))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith("Error: ")


def test_something_named_that_is_not_there_exits_1(dsn: str) -> None:
    program = Program(dsn)
    assert (program("show", "99").code, program("show", "99").err) == (1, "Error: Job 99 not found.\n")
    assert (program("remove", "k").code, program("remove", "k").err) == (1, "Error: No job with key `k`.\n")


@pytest.mark.parametrize("line", [
    "add x --payload-file", "export --output",
])  # fmt: skip
def test_a_named_file_that_cannot_be_used_exits_1(dsn: str, tmp_path: Path, line: str) -> None:
    no_text = tmp_path / "no text"
    no_text.write_bytes(b"\xff")
    places = {tmp_path / "none" / "x": "No such file or directory", tmp_path: "Is a directory"}
    for place, reason in (places if "--output" in line else {**places, no_text: "is not UTF-8 text"}).items():
        ran = Program(dsn)(*line.split(" "), str(place))
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("Error: ") and reason in ran.err and str(place) in ran.err


def test_a_missing_schema_exits_3_and_names_migrate(empty_dsn: str) -> None:
    for line in ("list", "stats", "show 1", "complete 1", "add x", "remove k"):
        ran = Program(empty_dsn)(*line.split())
        assert (ran.code, ran.out) == (3, ""), line
        assert "graphile-worker migrate" in ran.err, line


@pytest.mark.parametrize(("url", "code"), [
    ("postgresql://u:geheim99@127.0.0.1:1/x", 3), ("mysql://u:geheim99@127.0.0.1/x", 2),
    ("postgresql://u:geheim99@127.0.0.1:port/x", 2), ("postgresql://u:geheim99@[::1/x", 2),
])  # fmt: skip
def test_an_address_that_does_not_work_is_a_sentence_without_the_password(url: str, code: int) -> None:
    ran = Program(url)("list")
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert "geheim99" not in ran.err


def test_no_address_at_all_exits_2() -> None:
    ran = Program(None)("list")
    assert (ran.code, ran.err.splitlines()[-1]) == (
        2, "Error: which database? Give --database-url, or set DATABASE_URL.")  # fmt: skip


async def test_a_wrong_password_and_a_missing_right_exit_3(dsn: str) -> None:
    await rows(dsn, "drop role if exists reader")
    await rows(dsn, "create role reader login password 'geheim99'")
    as_reader = "postgresql://reader:{}@" + dsn.rpartition("@")[2]
    wrong, blind = Program(as_reader.format("falsch99"))("list"), Program(as_reader.format("geheim99"))("list")
    await rows(dsn, "drop role reader")
    assert (wrong.code, blind.code) == (3, 3)
    assert "password" in wrong.err and "falsch99" not in wrong.err
    assert "As the owner run what `graphile-worker roles --viewer reader` prints" in blind.err


def test_the_version_and_the_help_need_no_database() -> None:
    program = Program(None)
    assert program("-V").out.startswith("graphile-worker ")
    assert "sweep-stale-workers" in program("--help").out


def test_help_shows_no_secret() -> None:
    ran = Program(None)("admin", "--help", GRAPHILE_WORKER_ADMIN_PASSWORD="geheim99", DATABASE_URL="geheim99")
    assert ran.code == 0
    assert "GRAPHILE_WORKER_ADMIN_PASSWORD" in ran.out and "geheim99" not in ran.out
