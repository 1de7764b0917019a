"""The real demo as a program of its own, used over HTTP."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

T = TypeVar("T")
COMMAND = [sys.executable, "-c", "from graphile_worker.__main__ import main; main()", "demo"]


def within(seconds: float, ask: Callable[[], T | None]) -> T:
    """The first answer that is not empty; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"nothing within {seconds} s")


def run_demo(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A demo that is expected to end by itself."""
    return subprocess.run(
        [*COMMAND, *arguments], env=environment(home), capture_output=True, text=True, timeout=30, check=False
    )


def environment(home: Path) -> dict[str, str]:
    """With the data folder under `home`."""
    return {**os.environ, "XDG_DATA_HOME": str(home)}


def processes(home: Path) -> list[psutil.Process]:
    """Every process that has to do with the demo under `home`, the server's children with it."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(home) in " ".join(process.cmdline()) or str(home) in process.cwd():
                found.append(process)
        except psutil.Error:
            continue
    return found


def alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie that nobody has waited for does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


class Demo:
    """A running demo: `client` is logged in, `output` what it has said so far."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.home = home
        self._log = home / f"output-{time.monotonic_ns()}"
        with self._log.open("wb") as log:
            command = [*COMMAND, "--port", "0", *arguments]
            self.process = subprocess.Popen(command, env=environment(home), stdout=log, stderr=log, cwd=home)
        try:
            self.url, self.password = within(45, self._said)
        except BaseException:
            self.kill()
            raise AssertionError(f"the demo did not start: {self.output}") from None
        self.client = httpx.Client(base_url=self.url, auth=("admin", self.password), timeout=10, trust_env=False)

    @property
    def output(self) -> str:
        """Everything printed so far."""
        return self._log.read_text("utf-8")

    def _said(self) -> tuple[str, str] | None:
        said = re.search(r"admin UI: (http://\S+)\nUsername: admin\nGenerated password: (\S+)\n", self.output)
        if self.process.poll() is not None:
            raise AssertionError(self.output)
        return (said[1], said[2]) if said else None

    def get(self, path: str, **params: Any) -> Any:
        """A GET of the JSON API."""
        answer = self.client.get(path, params=params)
        return answer.json() if answer.status_code != 404 else None

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """A POST of the JSON API with its CSRF token."""
        session = self.get("/api/session")
        answer = self.client.post(path, json=body, headers={session["csrf_header"]: session["csrf_token"]})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stop(self, number: int = signal.SIGINT) -> float:
        """Sends a signal and waits; the seconds it took."""
        begin = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(20)
        self.client.close()
        return time.monotonic() - begin

    def kill(self) -> None:
        """kill -9 of the demo alone."""
        self.process.kill()
        self.process.wait()
        if hasattr(self, "client"):
            self.client.close()
