"""`admin --environment NAME --environment-color COLOR`."""

from __future__ import annotations

import signal
import subprocess

import httpx
import pytest

from tests.cli.support import PROGRAM, Program
from tests.cli.test_admin import lines


def test_the_page_names_the_environment(dsn: str) -> None:
    process = subprocess.Popen(
        [
            *PROGRAM, "admin", "--auth", "none", "--listen", "127.0.0.1:0",
            "--environment", "production", "--environment-color", "red",
        ],
        env=Program(dsn).environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    try:
        address = lines(process, 3)[0].removeprefix("Graphile Worker admin UI: ")
        page = httpx.get(f"{address}/").text
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert '<b class="environment red" title="Environment">production</b>' in page


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--environment", ""], "Invalid value for '--environment'"),
        (["--environment", "x" * 33], "must be 1 to 32 printable characters"),
        (["--environment", "a", "--environment-color", "pink"], "Invalid value for '--environment-color'"),
        (["--environment-color", "red"], "--environment-color needs --environment"),
    ],
)
def test_what_cannot_be_shown_is_a_usage_error(dsn: str, options: list[str], says: str) -> None:
    ran = Program(dsn)("admin", *options)
    assert ran.code == 2 and ran.out == ""
    assert says in ran.err and "Traceback" not in ran.err
