"""The measured servers: start, memory, stop."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import httpx

from tests.contract.driver import free_port

OURS = [sys.executable, "-m", "graphile_worker", "admin"]
ALONE = [sys.executable, "-m", "benchmarks.unshared"]  # ours, every answer made anew
START_SECONDS = 60


class Server:
    """One admin without authentication on a free loopback port."""

    def __init__(self, name: str, command: list[str], dsn: str) -> None:
        self.name = name
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        environment = {**os.environ, "DATABASE_URL": dsn}
        listen = ["--listen", f"127.0.0.1:{port}", "--auth", "none"]
        self._process = subprocess.Popen(
            command + listen, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def wait(self) -> None:
        """Waits for the first answer. Raises RuntimeError after a timeout."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                httpx.get(f"{self.url}/api/session").raise_for_status()
                return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not start")

    def memory(self) -> float:
        """Resident memory in MB; 0 if the system does not report it."""
        return self._status("VmRSS")

    def _status(self, name: str) -> float:
        status = Path(f"/proc/{self._process.pid}/status")
        found = re.search(rf"{name}:\s+(\d+)", status.read_text()) if status.exists() else None
        return int(found[1]) / 1024 if found else 0.0

    def peak(self) -> float:
        """Peak resident memory in MB; 0 if the system does not report it."""
        return self._status("VmHWM")

    def stop(self) -> None:
        """Ends it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Server:
        self.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
