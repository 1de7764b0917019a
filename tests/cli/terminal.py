"""Runs the program where a person sits: on a terminal of its own, with keys and Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from types import TracebackType
from typing import Any

from tests.cli.support import PROGRAM, Program

_STYLES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]")


class Terminal:
    """A program on a pseudo-terminal of `columns` by 40; what it wrote so far is `raw`, and without styles `text`."""

    def __init__(self, program: Program, *arguments: str, columns: int = 140, **environment: str) -> None:
        self._master, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments], env=program.environment | {"TERM": "xterm-256color"} | environment,
            stdin=side, stdout=side, stderr=side, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(side)
        self._bytes = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    @property
    def raw(self) -> str:
        """Everything it wrote, escapes and all."""
        return self._bytes.decode("utf-8", "replace")

    @property
    def text(self) -> str:
        """What a person reads of it."""
        return _STYLES.sub("", self.raw).replace("\r\n", "\n")

    def until(self, words: str, seconds: float = 30) -> str:
        """Reads until it has said these words."""
        end = time.monotonic() + seconds
        while words not in self.text:
            assert self._read(end), f"{words!r} did not come; there was {self.text!r}"
        return self.text

    def read(self, seconds: float) -> None:
        """Takes what it says in this time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._read(end)

    def mode(self) -> list[Any]:
        """How the terminal is set, as termios says it."""
        return termios.tcgetattr(self._master)

    def type(self, keys: str) -> None:
        """Presses keys; \\x03 is Ctrl-C."""
        os.write(self._master, keys.encode())

    def interrupted(self) -> int:
        """Presses Ctrl-C until the program ends, because `input()` ignores it for a moment; the exit code."""
        while self.process.poll() is None:
            self.type("\x03")
            self.read(0.5)
        return self.ended()

    def ended(self, seconds: float = 30) -> int:
        """Reads to the end; the exit code."""
        end = time.monotonic() + seconds
        while self._read(end):
            pass
        code = self.process.wait(timeout=max(1.0, end - time.monotonic()))
        assert "Traceback" not in self.text, self.text
        return code

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, end - time.monotonic()))
        try:
            more = os.read(self._master, 65536) if ready else b""
        except OSError:  # Linux says so that the other side is closed
            more = b""
        self._bytes += more
        return bool(more)
