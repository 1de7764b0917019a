"""`admin` says what a person needs, line by line into a pipe, and ends on Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.cli.support import PROGRAM, Program


@contextmanager
def admin(dsn: str, *options: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """The server on a free port; Ctrl-C at the end, and it must obey."""
    process = subprocess.Popen(
        [*PROGRAM, "admin", "--listen", "127.0.0.1:0", *options], env=Program(dsn).environment | environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert "Traceback" not in out + err


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    """The first lines, as soon as they are there."""
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


def test_a_generated_password_is_printed_once_and_works(dsn: str) -> None:
    with admin(dsn) as process:
        url, read_only, auth, user, password = lines(process, 5)
        found = re.fullmatch(r"Generated password: ([0-9a-f]{48})", password)
        assert found is not None
        assert (read_only, auth, user) == ("Read-only mode: off", "Auth: HTTP Basic", "Username: admin")
        address = url.removeprefix("Graphile Worker admin UI: ")
        assert httpx.get(f"{address}/api/session").status_code == 401
        session = httpx.get(f"{address}/api/session", auth=("admin", found[1])).json()
        assert session["auth"]["generated_secret"] is True
    assert process.returncode in (0, 130)


@pytest.mark.parametrize(("mode", "variable", "last"), [
    ("basic", "PASSWORD", "Password: configured"), ("bearer", "BEARER_TOKEN", "Bearer token: configured"),
    ("header", "HEADER_TOKEN", "Header token: configured"),
])  # fmt: skip
def test_a_configured_secret_is_never_printed(dsn: str, mode: str, variable: str, last: str) -> None:
    with admin(dsn, "--auth", mode, "--read-only", **{f"GRAPHILE_WORKER_ADMIN_{variable}": "geheim99"}) as process:
        said = lines(process, 3)
        while said[-1] != last:
            said += lines(process, 1)
        assert said[1] == "Read-only mode: on"
    assert not any("geheim99" in line for line in said)


def test_a_secret_on_the_command_line_works_and_warns(dsn: str) -> None:
    with admin(dsn, "--password", "geheim99") as process:
        address = lines(process, 5)[0].removeprefix("Graphile Worker admin UI: ")
        assert httpx.get(f"{address}/api/session", auth=("admin", "geheim99")).status_code == 200
        assert process.stderr is not None
        assert "visible" in process.stderr.readline()


def test_an_address_in_use_is_a_sentence(dsn: str) -> None:
    with admin(dsn, "--auth", "none") as process:
        address = lines(process, 3)[0].removeprefix("Graphile Worker admin UI: http://")
        ran = Program(dsn)("admin", "--auth", "none", "--listen", address)
    assert ran.code == 1
    assert ran.err.startswith(f"Error: Cannot listen on {address}: ")
