"""Secrets of `admin`: where a short or unguarded one is refused or warned about, and `--secret-out`."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import stat
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.cli.support import PROGRAM, Program
from tests.cli.test_admin import admin, lines

BINDS = {
    "127.0.0.1": True, "127.0.0.2": True, "localhost": True, "[::1]": True, "[::ffff:127.0.0.1]": True,
    "0.0.0.0": False, "[::]": False, "[::ffff:0.0.0.0]": False,
}  # fmt: skip
MODES = {"basic": "PASSWORD", "bearer": "BEARER_TOKEN", "header": "HEADER_TOKEN", "none": None}
SHORT, LONG = "geheim99", "geheim99geheim99"


def stopped(dsn: str, *options: str, **environment: str) -> tuple[int, str, str]:
    """The exit code, and what was printed by a server that starts and is stopped."""
    process = subprocess.Popen(
        [*PROGRAM, "admin", *options], env=Program(dsn).environment | environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    first = process.stdout.readline()
    if first:
        process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    with process.stdout, process.stderr:
        out, err = process.stdout.read(), process.stderr.read()  # they end with the process
    return process.wait(30), first + out, err


@pytest.mark.variants(9)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("bind", BINDS)
def test_every_bind_in_every_mode(dsn: str, bind: str, mode: str) -> None:
    loopback, variable = BINDS[bind], MODES[mode]
    options = ["--listen", f"{bind}:0", "--auth", mode]
    for secret in (SHORT, LONG) if variable else (None,):
        given = {f"GRAPHILE_WORKER_ADMIN_{variable}": secret} if secret else {}
        code, out, err = stopped(dsn, *options, **given)
        allowed = loopback or secret == LONG
        assert code == (0 if allowed else 2), err
        assert out.startswith("Graphile Worker admin UI: http://") if allowed else out == ""
        assert ("in plain text" in err) == (allowed and not loopback)
        assert ("is shorter than 12 characters" in err) == (loopback and secret == SHORT)
        assert allowed or (("at least 12" if secret else "auth mode none") in err.splitlines()[-1])
        assert SHORT not in out + err


def test_a_declared_proxy_needs_no_warning(dsn: str) -> None:
    code, _, err = stopped(dsn, "--listen", "0.0.0.0:0", "--behind-tls", GRAPHILE_WORKER_ADMIN_PASSWORD=LONG)
    assert (code, err) == (0, "")


def test_a_generated_secret_in_a_pipe_is_printed_and_warned_about(dsn: str) -> None:
    for mode, word in (("basic", "password"), ("bearer", "bearer token"), ("header", "header token")):
        code, out, err = stopped(dsn, "--listen", "127.0.0.1:0", "--auth", mode)
        assert code == 0 and re.search(rf"^Generated {word}: [0-9a-f]{{48}}$", out, re.MULTILINE)
        assert f"Warning: the generated {word} goes into a pipe" in err


def test_on_a_terminal_there_is_no_warning(dsn: str) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, "admin", "--listen", "127.0.0.1:0"], env=Program(dsn).environment, stdout=follower,
        stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    os.close(follower)
    said = b""
    while b"Generated password: " not in said:
        said += os.read(leader, 1000)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    os.close(leader)
    assert (process.returncode, err) == (0, "")


def test_the_secret_in_a_file_of_the_owner(dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    for _ in (1, 2):  # made, then replaced
        with admin(dsn, "--secret-out", str(file)) as process:
            said = lines(process, 5)
            assert said[4] == f"Generated password: written to {file}"
            secret = file.read_text()
            assert re.fullmatch(r"[0-9a-f]{48}\n", secret) and secret.strip() not in "\n".join(said)
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            address = said[0].removeprefix("Graphile Worker admin UI: ")
            session = httpx.get(f"{address}/api/session", auth=("admin", secret.strip()))
            assert session.status_code == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            assert process.stderr is not None and process.stderr.read() == ""
        file.chmod(0o644)
    assert os.listdir(tmp_path) == ["secret"]


@pytest.mark.parametrize("kind", ["link", "folder", "no folder", "another's", "pipe"])
def test_what_stands_where_the_secret_would_go_is_refused(dsn: str, tmp_path: Path, kind: str) -> None:
    place, victim = tmp_path / "secret", tmp_path / "victim"
    victim.write_text("mine")
    if kind == "link":
        place.symlink_to(victim)
    elif kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "no folder":
        place = tmp_path / "none" / "secret"
    elif os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    else:
        place.write_text("theirs")
        os.chown(place, 65534, 65534)
    before = sorted(os.listdir(tmp_path))
    code, out, err = stopped(dsn, "--listen", "127.0.0.1:0", "--secret-out", str(place))
    assert (code, out) == (2, ""), err
    assert err.splitlines()[-1].startswith("Error: --secret-out: ") and victim.read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == before


def test_the_file_of_a_server_that_runs_stays_when_a_second_cannot_listen(dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("of the first")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, err = stopped(dsn, "--listen", f"127.0.0.1:{taken.getsockname()[1]}", "--secret-out", str(file))
    assert (code, file.read_text(), os.listdir(tmp_path)) == (1, "of the first", ["secret"]), err
