"""`--column payload.PATH` of `list` and `export`: a value of the payload as a column."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.support import Program, rows
from tests.cli.terminal import Terminal

PAYLOADS = (
    '{"customer": {"id": 12345678901234567890.10, "name": "a\\tb\\u001b[2J"}}',
    '{"customer": null}',
    '{"customer": {"id": "%s"}}' % ("é" * 300),
    "[" * 7000 + "]" * 7000,
    '{"text": "\\u0000", "customer": {"id": "\\u0000"}}',
)


@pytest.fixture
async def program(dsn: str) -> Program:
    """The command line on a database with a job for each payload."""
    for payload in PAYLOADS:
        await rows(dsn, f"select graphile_worker.add_job('send', '{payload}')")
    return Program(dsn)


def test_a_value_of_the_payload_in_a_pipe(program: Program) -> None:
    lines = [
        line.split("\t")
        for line in program("list", "--column", "payload.customer.id", "--column", "customer.name").out.splitlines()
    ]
    assert lines[0][-2:] == ["payload.customer.id", "customer.name"]
    assert [line[-2:] for line in lines[1:]] == [
        ["12345678901234567890.10", "a\\tb\\x1b[2J"],
        ["-", "-"],
        ["é" * 200 + "…", "-"],
        ["(nested too deeply to read)"] * 2,
        ["?", "-"],
    ]
    assert program("list").out.splitlines()[0].split("\t") == lines[0][:-2]
    found = program("list", "--column", "customer.id", "--json", "--payload", "none").value
    assert [job["payload_values"] for job in found[:2]] == [[{"text": "12345678901234567890.10"}], [None]]


def test_a_value_of_the_payload_on_a_terminal(program: Program) -> None:
    with Terminal(program, "list", "--column", "payload.customer.id", "--limit", "1") as terminal:
        assert terminal.ended() == 0
    assert "payload.customer.id" in terminal.text and "12345678901234567890.10" in terminal.text


def test_a_value_of_the_payload_in_an_export(program: Program, tmp_path: Path) -> None:
    columns = ("--column", "payload.customer.id", "--column", "customer.name")
    values = [
        ["12345678901234567890.10", "a\tb\x1b[2J"],
        ["", ""],
        ["é" * 300, ""],
        ["(nested too deeply to read)"] * 2,
        ["?", ""],
    ]
    path = tmp_path / "jobs.csv"
    assert program("export", *columns, "-o", str(path)).code == 0
    header, *lines = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert header[-2:] == ["payload.customer.id", "payload.customer.name"]
    assert [line[-2:] for line in lines] == values
    shown = program("export", "--format", "csv", *columns).out
    assert "\x1b" not in shown and "12345678901234567890.10" in shown
    ndjson = program("export", *columns).out.splitlines()
    assert json.loads(ndjson[2])["payload_values"] == [{"text": "é" * 300}, None]
    assert "payload_values" not in program("export").out


def test_a_limited_export_goes_on_with_its_columns(program: Program) -> None:
    first = program("export", "--column", "text", "--limit", "4")
    cursor = first.err.strip().rpartition(" ")[2]
    [line] = program("export", "--column", "text", "--cursor", cursor).out.splitlines()
    assert json.loads(line)["payload_values"] == [{"text": "?"}]


def test_paths_that_are_none(program: Program) -> None:
    ran = program("list", "--column", "payload..id")
    assert ran.code == 2 and ran.err.startswith("Error: --column must be names with dots between them")
    ran = program("list", *("--column", "a") * 4)
    assert ran.code == 2 and ran.err.startswith("Error: --column takes at most 3 values")
