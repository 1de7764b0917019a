"""What an earlier server left in its data folder: `postmaster.pid`, and perhaps itself still running."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

WAIT_SECONDS = 8.0


def status(data: Path) -> str | None:
    """The server's own word on itself (`starting`, `ready`, `stopping`), None without one."""
    lines = _lines(data)
    return lines[7].strip() if len(lines) > 7 else None


def stop_server(data: Path) -> bool:
    """Ends a server that still runs on `data` and removes a stale pid file; whether there was one running."""
    pid = _pid(data)
    running = pid is not None and _is_server(pid, data)
    if pid is not None and running:
        _end(pid, data)
    if pid is not None:
        (data / "postmaster.pid").unlink(missing_ok=True)
    return running


def _lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def _pid(data: Path) -> int | None:
    lines = _lines(data)
    return abs(int(lines[0])) if lines and lines[0].strip().lstrip("-").isdigit() else None


def _is_server(pid: int, data: Path) -> bool:
    """A pid may belong to a stranger by now: only a process with this very data folder on its line is ours."""
    import psutil  # comes with the wheel of the server

    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and str(data) in process.cmdline()
    except psutil.Error:
        return False


def _end(pid: int, data: Path) -> None:
    signals = [getattr(signal, name) for name in ("SIGINT", "SIGQUIT", "SIGKILL") if hasattr(signal, name)]
    for stop_signal in signals if os.name != "nt" else [signal.SIGTERM]:
        try:
            os.kill(pid, stop_signal)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + WAIT_SECONDS / len(signals)
        while time.monotonic() < deadline:
            if not _is_server(pid, data):
                return
            time.sleep(0.05)
