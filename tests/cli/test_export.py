"""`export` and `count`: everything a filter finds, exact in a file, harmless on a screen."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
from pathlib import Path

import pytest

from graphile_worker.admin.api.jobs import export as api
from tests.cli.support import PROGRAM, Program, rows
from tests.cli.terminal import Terminal

FORMULA = '=HYPERLINK("http://x")'
EVIL = "e\tv\x1b[2J\x9b\u202e"


@pytest.fixture
def program(dsn: str) -> Program:
    return Program(dsn)


async def fill(dsn: str, count: int) -> None:
    await rows(dsn, f"select graphile_worker.add_job('send') from generate_series(1, {count})")


async def test_lines(program: Program, dsn: str) -> None:
    program("add", "other", "--payload", '{"a":  1e400}')
    await fill(dsn, 4100)

    ran = program("export", "--identifier", "send")
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (0, "")
    assert [job["id"] for job in found] == list(range(2, 4102))
    assert '"payload":{"a":  1e400}' in program("export", "--identifier", "other").out
    newest = program("export", "--sort=-id", "--limit", "2")
    assert [json.loads(line)["id"] for line in newest.out.splitlines()] == [4101, 4100]
    on = newest.err.removeprefix("There are more: ").split()
    assert json.loads(program("export", "--sort=-id", "--limit", "1", *on).out)["id"] == 4099


async def test_no_limit_of_the_api_is_one_here(
    program: Program, dsn: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    import asyncio

    from graphile_worker.cli.main import main

    await fill(dsn, 25)
    monkeypatch.setattr(api, "EXPORT_MAX", 10)
    for limit, count in (([], 25), (["--limit", "20"], 20), (["--limit", "25"], 25)):
        with pytest.raises(SystemExit) as end:
            await asyncio.to_thread(main, ["--database-url", dsn, "export", "--format", "csv", *limit])
        captured = capfdbinary.readouterr()
        sheet = list(csv.reader(io.StringIO(captured.out.decode(), newline="")))
        assert end.value.code in (0, None)
        assert [row[0] for row in sheet] == ["id", *map(str, range(1, count + 1))]
        assert (b"There are more" in captured.err) == (count == 20)


async def test_a_sheet_in_a_file_holds_every_byte(program: Program, tmp_path: Path) -> None:
    program("add", FORMULA, "--queue", EVIL)
    path = tmp_path / "jobs.csv"
    path.write_text("what was there")

    ran = program("export", "--output", str(path))
    assert (ran.code, ran.out, ran.err) == (0, f"Exported 1 job to {path}\n", "")
    sheet = list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert (sheet[0]["task_identifier"], sheet[0]["queue_name"]) == ("'" + FORMULA, EVIL)
    assert [file.name for file in tmp_path.iterdir()] == ["jobs.csv"]
    program("export", "-o", str(path), "--format", "ndjson")
    assert json.loads(path.read_text())["queue_name"] == EVIL


async def test_nothing_of_the_data_moves_a_cursor(program: Program) -> None:
    program("add", "t", "--queue", EVIL, "--payload", '"\x9b\\u001b"')
    program("fail", "1", "-r", "one\r\ntwo\rthree")

    lines, sheet = program("export"), program("export", "--format", "csv")
    for out in (lines.out, sheet.out):
        assert not {"\x1b", "\x9b", "\u202e"} & set(out)
    assert json.loads(lines.out)["queue_name"] == EVIL
    assert "e\tv\\x1b[2J\\x9b\\u202e" in sheet.out
    raw = subprocess.run([*PROGRAM, "export", "--format", "csv"], env=program.environment, capture_output=True).stdout
    assert b'one\r\ntwo\\rthree"' in raw
    with Terminal(program, "export") as terminal:
        assert terminal.ended() == 0
        assert "\x1b" not in terminal.raw


async def test_a_file_that_cannot_be_written_stays_as_it_is(program: Program, tmp_path: Path) -> None:
    missing = program("export", "-o", str(tmp_path / "no" / "x.csv"))
    assert (missing.code, missing.out) == (1, "")
    assert missing.err.startswith("Error: Cannot write ") and "No such file" in missing.err
    full = program("export", "-o", "/dev/full")
    assert (full.code, full.err) == (0, "") or "No space left" in full.err  # nothing to write, nothing to fail
    program("add", "t")
    full = program("export", "-o", "/dev/full")
    assert (full.code, full.err) == (1, "Error: Cannot write /dev/full: No space left on device.\n")


async def test_ctrl_c_leaves_no_half_file(program: Program, dsn: str, tmp_path: Path) -> None:
    await fill(dsn, 1)
    path = tmp_path / "jobs.ndjson"
    path.write_text("whole")
    await rows(dsn, "update graphile_worker._private_jobs set payload = json_build_object('a', repeat('x', 2000))")
    await rows(dsn, "insert into graphile_worker._private_jobs (task_id, payload) select j.task_id, j.payload"
                    " from graphile_worker._private_jobs j, generate_series(1, 60000)")  # fmt: skip
    process = subprocess.Popen([*PROGRAM, "export", "-o", str(path)], env=program.environment, stderr=subprocess.PIPE)
    while not list(tmp_path.glob("*.part")):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()

    assert (process.wait(30), err) == (130, b"")
    assert path.read_text() == "whole"
    assert [file.name for file in tmp_path.iterdir()] == ["jobs.ndjson"]


async def test_progress_on_a_terminal(program: Program, dsn: str, tmp_path: Path) -> None:
    await fill(dsn, 3000)
    with Terminal(program, "export", "-o", str(tmp_path / "a.ndjson")) as terminal:
        assert terminal.ended() == 0
    assert "/3000" in terminal.text
    assert len((tmp_path / "a.ndjson").read_text().splitlines()) == 3000


async def test_a_count(program: Program, dsn: str) -> None:
    await fill(dsn, 10_001)
    assert program("count").out == "10000+\n"
    assert program("count", "--run-at-to", "2020-01-01T00:00:00Z").out == "0\n"
    value = program("count", "--state", "ready", "--state", "failed", "--json").value
    assert (value["count"], value["more"]) == (10000, True)
    assert program("count", "--ndjson").out.count("\n") == 1
    await rows(dsn, "delete from graphile_worker._private_jobs where id = 1")
    assert program("count").out == "10000\n"


@pytest.mark.parametrize("line", [
    "export --format xml", "export --limit 0", "export --sort priority", "export --cursor x", "export --json=1",
    "export --cursor WyJpZCIsInByZXYiLCIxIiwxXQ", "export jobs",
])  # fmt: skip
def test_usage(program: Program, line: str) -> None:
    ran = program(*line.split())
    assert (ran.code, ran.out) == (2, ""), ran
    assert ran.err.splitlines()[-1].startswith("Error: ")
