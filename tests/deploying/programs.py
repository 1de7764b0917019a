"""Programs of other people in front of an admin: found or missed by name, started in a folder of their own, ended again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ROOT / "docs" / "deploying"
TOOLS = ROOT / ".bench" / "recipes" / "bin"  # where scripts/test-recipes puts what the distribution does not have


def program(name: str) -> str:
    """Where a program is; the test fails with what to do where it is not."""
    found = shutil.which(name, path=f"{TOOLS}:{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.fail(f"{name} is not installed: run scripts/install --dev as root, or scripts/test-recipes")
    return found


def copied(folder: Path, name: str, changes: Mapping[str, str]) -> Path:
    """A file of docs/deploying with addresses, ports and names exchanged; every one of them must be in it."""
    text = (RECIPES / name).read_text("utf-8")
    for old, new in changes.items():
        assert old in text, f"{name} has no {old!r}"
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@contextmanager
def started(folder: Path, command: Sequence[str], port: int, seconds: float = 30) -> Iterator[Path]:
    """The program while it runs, once it listens on a loopback port; what it prints goes to the file that is yielded."""
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [program(command[0]), *command[1:]], cwd=folder, stdout=out, stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        )  # fmt: skip
    try:
        _wait(process, log, port, seconds)
        yield log
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], log: Path, port: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"{process.args!r} ended: {log.read_text()[-3000:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"{process.args!r} does not listen within {seconds:g} s: {log.read_text()[-3000:]}")
