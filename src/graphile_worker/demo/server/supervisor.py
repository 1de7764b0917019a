"""Runs one PostgreSQL server and ends it when whoever started us goes away, even by kill -9.

A script on its own (standard library only): `python supervisor.py UID GID MODE PG_CTL POSTGRES FOLDER ARGUMENT...`.
Standard input is a pipe from our parent that carries nothing: its end is the order to stop.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import Any

STOP_SECONDS = 4


def as_user(uid: int, gid: int) -> dict[str, Any]:
    """The arguments of Popen that give up root's rights; none where `uid` is 0 or negative."""
    return {"user": uid, "group": gid, "extra_groups": []} if uid > 0 else {}


def main(arguments: list[str]) -> int:
    """Exit code of the server; 0 when it was stopped on order."""
    uid, gid, mode, pg_ctl, postgres, folder, *rest = arguments
    _ignore_signals()
    user = as_user(int(uid), int(gid))
    server = subprocess.Popen([postgres, "-D", folder, *rest], stdin=subprocess.DEVNULL, **user)
    # Without waiting: a pg_ctl that waits would watch the pid file of whatever server starts here next.
    stop = [pg_ctl, "stop", "-D", folder, "-m", mode, "-W"]
    ordered = threading.Event()
    stopper = threading.Thread(target=_stop_at_end_of_input, args=(server, stop, user, ordered), daemon=True)
    stopper.start()
    code = server.wait()
    if ordered.is_set():
        stopper.join()  # pg_ctl ends before we do
    return code


def _ignore_signals() -> None:
    """A terminal's Ctrl-C must not reach us: the parent decides when the server stops."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: None)


def _stop_at_end_of_input(
    server: subprocess.Popen[bytes], stop: list[str], user: dict[str, Any], ordered: threading.Event
) -> None:
    while os.read(0, 1024):
        pass
    ordered.set()
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(stop, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=STOP_SECONDS, **user)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(STOP_SECONDS)
    if server.poll() is None:
        server.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
