"""PostgreSQL servers that are killed, followed by a standby and promoted, and PgBouncer before them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from graphile_worker.demo.server import binaries, supervisor
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from tests.deploying.programs import copied

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin") or ""
SECONDS = 20.0


class Server(EmbeddedPostgres):
    """A throwaway server whose port stays the same over restarts."""

    def __init__(self, folder: Path) -> None:
        settings = {"fsync": "off", "max_standby_streaming_delay": "0", "wal_receiver_status_interval": "1s"}
        super().__init__(folder, durable=True, settings=settings)

    def restart(self) -> None:
        """`pg_ctl restart -m immediate`: as after a crash."""
        port = self.port
        self._call([self._program("pg_ctl"), "stop", "-D", str(self.data), "-m", "immediate", "-w"])
        self.start_again(port)

    def kill(self) -> None:
        """`kill -9` to the postmaster and all of its processes, then a start."""
        port, pids = self.port, self.pids()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.stop()
        (self.data / "postmaster.pid").unlink()  # it says "ready" of the server that is gone
        self.start_again(port)

    def halt(self) -> None:
        """Stops at once, as after a crash, and stays away."""
        self._call([self._program("pg_ctl"), "stop", "-D", str(self.data), "-m", "immediate", "-w"])
        self.stop()

    @contextmanager
    def cold(self, port: int) -> Iterator[None]:
        """Runs a standby that was stopped; it takes no connections until it is promoted."""
        options = f"-p {port} -c hot_standby=off -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        pg_ctl = [self._program("pg_ctl"), "-D", str(self.data)]
        done = self._call([*pg_ctl, "start", "-w", "-l", str(self.data / "cold.log"), "-o", options])
        assert done.returncode == 0, done.stdout
        try:
            yield
        finally:
            self._call([*pg_ctl, "stop", "-m", "immediate", "-w"])

    def promote(self) -> None:
        """A standby becomes the primary server."""
        done = self._call([self._program("pg_ctl"), "promote", "-D", str(self.data), "-w"])
        assert done.returncode == 0, done.stdout

    def pids(self) -> list[int]:
        """The postmaster and its children, the postmaster first."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [postmaster, *map(int, children)]

    def standby(self, folder: Path) -> Server:
        """A standby of this server, to be started."""
        other = Server(folder)
        other._programs = self._programs
        other._make_folder()
        shutil.copy(self.folder / "password", folder / "password")
        binaries.give(folder / "password", self._owner)
        address = urlsplit(self.dsn())
        done = self._call(
            [self._program("pg_basebackup"), "-D", str(other.data), "-R", "-X", "stream", "-c", "fast", "-d",
             f"postgresql://{address.netloc}/postgres"],
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return other

    def start_again(self, port: int) -> None:
        """Starts what was stopped, on the same port."""
        self.stop()
        deadline = time.monotonic() + SECONDS
        self.port = port
        while not self._run():
            assert time.monotonic() < deadline, self._log_end()


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A temporary folder, in memory where there is room, that the server's user may walk through."""
    memory = Path("/dev/shm")
    room = memory if memory.is_dir() and shutil.disk_usage(memory).free > (2 << 30) else None
    with tempfile.TemporaryDirectory(prefix="graphile-worker-faults-", dir=room) as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@contextmanager
def bouncer(dsn: str, folder: Path, mode: str, more: str = "") -> Iterator[str]:
    """PgBouncer with docs/deploying/pgbouncer.ini and `more` lines, in this pool mode, before a database; its address."""
    address = urlsplit(dsn)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    uid, gid = binaries.server_user()
    folder.mkdir(mode=0o755)
    (folder / "users").write_text(f'"{address.username}" "{address.password}"\n')
    changes = {
        "app = host=db.example.com port=5432": f"* = host={address.hostname} port={address.port}",
        "6432": str(port),
        "auth_file = users": f"auth_file = {folder / 'users'}",
        "pool_mode = transaction": f"pool_mode = {mode}",
    }
    settings = copied(folder, "pgbouncer.ini", changes)
    settings.write_text(settings.read_text() + more)
    binaries.give(folder, (uid, gid))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PGBOUNCER, str(folder / "pgbouncer.ini")],
            stdout=subprocess.DEVNULL, stderr=log, cwd=folder, **supervisor.as_user(uid, gid),
        )  # fmt: skip
    try:
        _listens(port, process, folder / "log")
        yield address._replace(netloc=f"{address.username}:{address.password}@127.0.0.1:{port}").geturl()
    finally:
        process.terminate()
        process.wait(SECONDS)


def _listens(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    raise AssertionError(log.read_text())
