"""Lines of a password file, against what libpq's own reader makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphile_worker.conninfo.sources.passfile import find_password, problem

FOUND = {  # (line, host): the password for port 5432, database d, user u
    ("h:5432:d:u:pw", "h"): "pw",
    ("*:*:*:*:pw", "h"): "pw",
    ("h:5432:d:u:a\\:b", "h"): "a:b",
    ("h:5432:d:u:a\\\\b", "h"): "a\\b",
    ("h:5432:d:u:pw:more", "h"): "pw",
    ("h:5432:d:u:", "h"): "",
    ("h:5432:d:u:pw\r", "h"): "pw",
    ("h:5432:d:u: pw ", "h"): " pw ",
    ("h:5432:d:u:pw\\", "h"): "pw\\",
    ("\\h:5432:d:u:pw", "h"): "pw",
    ("::1:5432:d:u:pw", "::1"): "pw",
    ("\\:\\:1:5432:d:u:pw", "::1"): "pw",
    ("#h:5432:d:u:pw", "#h"): None,
    (" h:5432:d:u:pw", "h"): None,
    ("h:5433:d:u:pw", "h"): None,
    ("h*:5432:d:u:pw", "h"): None,
    ("hh:5432:d:u:pw", "h"): None,
    ("h:5432:d:u", "h"): None,
    ("", "h"): None,
    ("h", "h"): None,
}


@pytest.mark.parametrize("line, host", FOUND)
def test_a_line(tmp_path: Path, line: str, host: str) -> None:
    file = tmp_path / "pgpass"
    file.write_text(f"other:*:*:*:wrong\n{line}\n", newline="")
    file.chmod(0o600)
    assert find_password(file, host, 5432, "d", "u") == FOUND[line, host]


def test_the_first_line_that_fits_counts(tmp_path: Path) -> None:
    file = tmp_path / "pgpass"
    file.write_text("h:*:*:*:first\nh:5432:d:u:second\n")
    file.chmod(0o600)
    assert find_password(file, "h", 5432, "d", "u") == "first"


@pytest.mark.parametrize("mode, used", [(0o600, True), (0o400, True), (0o640, False), (0o604, False), (0o610, False)])
def test_who_may_read_it(tmp_path: Path, mode: int, used: bool) -> None:
    file = tmp_path / "pgpass"
    file.write_text("*:*:*:*:pw\n")
    file.chmod(mode)
    assert (problem(file) is None) is used
    assert find_password(file, "h", 5432, "d", "u") == ("pw" if used else None)


def test_a_folder_is_ignored_and_a_missing_file_is_no_problem(tmp_path: Path) -> None:
    assert "not a plain file" in str(problem(tmp_path))
    assert problem(tmp_path / "away") is None
    assert find_password(tmp_path / "away", "h", 1, "d", "u") is None
