"""Where the program writes audit events: a file that only grows, or standard error."""

from __future__ import annotations

import errno
import os
import stat
import sys

from graphile_worker.admin.server.audit.events import AuditEvent
from graphile_worker.core.secrets.redaction import redacting_logger

MODE = 0o600
log = redacting_logger("graphile_worker.admin")


class AuditFile:
    """Appends each event as a line. A line that cannot be written breaks no request: the log has it, once.

    Raises ValueError where the file cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._descriptor = _opened(path)
        self._lost = 0
        self._torn = _ends_within_a_line(path, self._descriptor)

    def __call__(self, event: AuditEvent) -> None:
        """Writes the line in one call, so that lines of several processes do not mix."""
        line = b"\n" * self._torn + event.line().encode("ascii") + b"\n"
        try:
            written = os.write(self._descriptor, line)
            if written < len(line):
                self._torn = True
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            if not self._lost:
                log.error(
                    "the audit log %r cannot be written: %s; events are lost until it can", self.path, _said(error)
                )
            self._lost += 1
            return
        self._torn = False
        if self._lost:
            log.warning("the audit log %r can be written again; %d events were lost", self.path, self._lost)
            self._lost = 0

    def reopen(self) -> None:
        """Goes on in the file that the path names now. Raises ValueError, and goes on in the old one, where it cannot."""
        new = _opened(self.path)
        os.close(self._descriptor)
        self._descriptor, self._torn = new, _ends_within_a_line(self.path, new)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._descriptor)


def to_stderr(event: AuditEvent) -> None:
    """The line on standard error. One that is closed loses it."""
    try:
        sys.stderr.write(event.line() + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass


def _opened(path: str) -> int:
    # without O_NONBLOCK a pipe that nobody reads would hold up the start, and later every request
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags, MODE)
    except (OSError, ValueError) as error:
        raise ValueError(f"the audit log {path!r} cannot be opened: {_said(error)}") from None
    if stat.S_ISBLK(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError(f"the audit log {path!r} cannot be opened: it is a block device")
    return descriptor


def _ends_within_a_line(path: str, descriptor: int) -> bool:
    """Whether a regular file's last byte is no newline; False where this process may not read it."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return False
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            return file.read(1) not in (b"", b"\n")
    except OSError:
        return False


def _said(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
