"""The admin as the process with the number 1 of a container: the kernel spares it the default of every signal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.support import PROGRAM, Program
from tests.hardening.process import SECRET, announced

# a chroot has no mount of its own to change the propagation of; that of /proc is made private all the same
ISOLATED = ["unshare", "--pid", "--fork", "--mount-proc", "--propagation=unchanged", "--kill-child"]
SECONDS = 5  # a container that has not ended by then is killed by those who have least patience


@dataclass
class Process1:
    """An admin that is process 1; `outer` waits for it outside."""

    outer: subprocess.Popen[str]
    pid: int
    port: int
    errors: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def others(self) -> list[str]:
        """The processes beside it in its container."""
        inside = os.stat(f"/proc/{self.pid}/ns/pid").st_ino
        return [
            one.name for one in Path("/proc").glob("[0-9]*") if one.name != str(self.pid) and _namespace(one) == inside
        ]

    def threads(self) -> int:
        """How many threads it has."""
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def stopped(self) -> tuple[int, float]:
        """The exit code after SIGTERM, and the seconds that it took. Raises TimeoutExpired after 30."""
        begun = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        return self.outer.wait(30), time.monotonic() - begun


def _namespace(process: Path) -> int:
    try:
        return (process / "ns/pid").stat().st_ino
    except OSError:
        return 0


@contextmanager
def process_1(dsn: str, *options: str, around: Sequence[str] = (), **environment: str) -> Iterator[Process1]:
    """An admin behind HTTP Basic (admin / SECRET) as process 1, once it serves. `around` runs before it, as `env` does."""
    if os.geteuid() != 0:
        pytest.fail("only root makes a namespace of processes: run these tests as root")
    given = Program(dsn).environment | {"GRAPHILE_WORKER_ADMIN_PASSWORD": SECRET} | environment
    if "--users" in options:
        del given["GRAPHILE_WORKER_ADMIN_PASSWORD"]
    line = [*ISOLATED, *around, *PROGRAM, "admin", "--listen", "127.0.0.1:0", *options]
    with announced(line, given) as (outer, port, errors):
        yield Process1(outer, _inner(outer.pid), port, errors)


def _inner(outer: int) -> int:
    """The process that is number 1 inside."""
    (child,) = Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
    status = Path(f"/proc/{child}/status").read_text()
    assert re.search(r"^NSpid:.*\t1$", status, re.MULTILINE), status
    return int(child)
