"""Where the demo keeps its data, and that one folder serves one demo at a time."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.demo.server import binaries, leftovers

WORLD = Path("/var/lib")  # root's home is closed to the server's user


class AlreadyRunning(GraphileWorkerError):
    """Another demo uses the folder."""

    code = "demo_running"


def home() -> Path:
    """The demo's folder in the user's data folder (XDG_DATA_HOME); for root one the server's user can reach."""
    folder = _data_folder() / "graphile-worker" / "demo"
    if binaries.server_user()[0] < 0 or _open_to_all(folder):
        return folder
    return WORLD / "graphile-worker" / "demo"


def _data_folder() -> Path:
    if os.environ.get("XDG_DATA_HOME"):
        return Path(os.environ["XDG_DATA_HOME"]).expanduser().absolute()
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path.home() / ".local" / "share"


def _open_to_all(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in folder.parents if parent.exists())


def cluster(folder: Path, *, keep: bool, reset: bool) -> Path:
    """The server's folder: `kept` stays between runs, `fresh` begins empty. Ends servers a killed demo left."""
    for name in ("kept", "fresh"):
        leftovers.stop_server(folder / name / "data")
        if name == "fresh" or reset:
            remove(folder / name)
    return folder / ("kept" if keep else "fresh")


def remove(folder: Path) -> None:
    """Deletes a server's folder, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Claim:
    """The right to use a folder, held until the process ends, however it ends."""

    folder: Path
    _file: Any = None

    def take(self) -> None:
        """Raises AlreadyRunning, with the address of the demo that runs."""
        previous = os.umask(0o022)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        finally:
            os.umask(previous)
        file = (self.folder / "running.lock").open("a+", encoding="utf-8")
        try:
            _lock(file)
        except OSError:
            file.close()
            raise self._taken() from None
        self._file = file
        self.note("")

    def note(self, url: str) -> None:
        """Leaves word for a second start: who we are and where the page is."""
        (self.folder / "running.json").write_text(json.dumps({"pid": os.getpid(), "url": url}), "utf-8")

    def release(self) -> None:
        """Gives the folder free."""
        if self._file is not None:
            (self.folder / "running.json").unlink(missing_ok=True)
            self._file.close()
            self._file = None

    def _taken(self) -> AlreadyRunning:
        try:
            word = json.loads((self.folder / "running.json").read_text("utf-8"))
            pid, url = word["pid"], word["url"]
        except (OSError, ValueError, TypeError, KeyError):
            return AlreadyRunning("the demo is already running", hint="Stop it with Ctrl-C in its terminal.")
        where = f" at {url}" if url else " and is just starting"
        return AlreadyRunning(
            f"the demo is already running{where} (process {pid})",
            hint="Open it, or stop it with Ctrl-C in its terminal.",
        )


def _lock(file: Any) -> None:
    """The system forgets such a lock with the process, so kill -9 leaves nothing in the way."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
