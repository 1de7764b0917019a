"""`admin --redact`: what viewers do not see, from the command line."""

from __future__ import annotations

import re
import signal
import subprocess

import httpx
import pytest

from graphile_worker.admin.api.vocabulary import HIDDEN
from tests.cli.support import PROGRAM, Program
from tests.cli.test_admin import lines

WARNING = (
    "Warning: --redact hides nothing: whoever logs in may write, and sees everything; "
    "add --read-only, or users who are viewers.\n"
)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "a path to redact must not be empty"),
        ("items[].card", "is not a path to redact"),
        ("a..b", "is not a path"),
    ],
)
def test_a_wrong_path_is_one_sentence(dsn: str, path: str, says: str) -> None:
    ran = Program(dsn)("admin", "--redact", path)
    assert ran.code == 2 and ran.out == ""
    assert re.search(says, ran.err, re.IGNORECASE) and "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("options", "warned"),
    [(["--redact", "all"], True), (["--redact", "customer.email", "--read-only"], False), ([], False)],
    ids=["everybody writes", "read only", "nothing hidden"],
)
def test_a_redaction_for_nobody_warns_at_start(dsn: str, options: list[str], warned: bool) -> None:
    added = Program(dsn)("add", "mail", "--payload", '{"customer": {"email": "CANARY7f3a"}}')
    assert added.code == 0, added.err
    process = subprocess.Popen(
        [*PROGRAM, "admin", "--auth", "none", "--listen", "127.0.0.1:0", *options],
        env=Program(dsn).environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    try:
        said = lines(process, 4 if options else 3)
        address = said[0].removeprefix("Graphile Worker admin UI: ")
        told = httpx.get(f"{address}/api/jobs").text
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (WARNING in err) is warned
    assert said[3:] == [f"Hidden from viewers: {path}" for path in options[1:2]]
    assert (HIDDEN in told) is ("--read-only" in options) and ("CANARY7f3a" in told) is ("--read-only" not in options)
