"""Sinks of audit events: an append-only file, or standard error."""

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
    """Appends each event as a line. A line that cannot be written does not fail the request; the log has the first error.

    Raises ValueError when the file cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._descriptor = _opened(path)
        self._lost = 0
        self._ends_in_line = _ends_within_a_line(path, self._descriptor)

    def __call__(self, event: AuditEvent) -> None:
        """Writes the line in one system call, so that lines of several processes do not mix."""
        line = b"\n" * self._ends_in_line + event.line().encode("ascii") + b"\n"
        try:
            written = os.write(self._descriptor, line)
            if written < len(line):
                self._ends_in_line = True
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            if not self._lost:
                log.error(
                    "the audit log %r cannot be written: %s; events are lost until it can", self.path, _reason(error)
                )
            self._lost += 1
            return
        self._ends_in_line = False
        if self._lost:
            log.warning("the audit log %r can be written again; %d events were lost", self.path, self._lost)
            self._lost = 0

    def reopen(self) -> None:
        """Opens the path again. Raises ValueError and continues with the old file when it cannot be opened."""
        new = _opened(self.path)
        os.close(self._descriptor)
        self._descriptor, self._ends_in_line = new, _ends_within_a_line(self.path, new)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._descriptor)


def to_stderr(event: AuditEvent) -> None:
    """Writes the line to standard error, if that is open."""
    try:
        sys.stderr.write(event.line() + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass


def _opened(path: str) -> int:
    # without O_NONBLOCK a pipe without a reader would block the start, and later every request
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags, MODE)
    except (OSError, ValueError) as error:
        raise ValueError(f"the audit log {path!r} cannot be opened: {_reason(error)}") from None
    if stat.S_ISBLK(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError(f"the audit log {path!r} cannot be opened: it is a block device")
    return descriptor


def _ends_within_a_line(path: str, descriptor: int) -> bool:
    """Whether the last byte of a regular file is not a newline; False where this process may not read it."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return False
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            return file.read(1) not in (b"", b"\n")
    except OSError:
        return False


def _reason(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
