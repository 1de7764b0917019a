"""Changes of the users file: add and remove a user. The file is replaced atomically."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from graphile_worker.admin.server.users import users_file
from graphile_worker.admin.server.users.users_file import StoredUser, Users, UsersFileError
from graphile_worker.core.secrets.shown_paths import secret_path

LOCK_SECONDS = 10.0  # that a writer waits for the lock
MODE = 0o600


def load(path: str) -> Users:
    """The users of a file. Raises UsersFileError, also for a missing file."""
    return _users(users_file.read(path)[0], path)


def add(path: str, user: StoredUser, *, replace: bool) -> bool:
    """Writes a user and returns whether one was replaced. Raises FileExistsError without `replace`, UsersFileError."""
    with _locked(path):
        text = _text(path)
        known = _users(text, path)
        if user.name in known and not replace:
            raise FileExistsError(user.name)
        kept = _without(text, user.name) if user.name in known else text
        _write(path, _ended(kept) + user.line() + "\n")
        return user.name in known


def remove(path: str, name: str) -> int | None:
    """Removes a user and returns the number of the others; None for an unknown name. Raises UsersFileError."""
    with _locked(path):
        text = _text(path)
        known = _users(text, path)
        if name not in known:
            return None
        _write(path, _without(text, name))
        return len(known) - 1


def _text(path: str) -> str:
    return users_file.read(path)[0] if os.path.lexists(path) else ""


def _users(text: str, path: str) -> Users:
    return users_file.parse(text, path) if any(users_file.entries(text)) else {}


def _without(text: str, name: str) -> str:
    """The text without the line of a user."""
    gone = {number for number, line in users_file.entries(text) if line.startswith(f"{name}:")}
    return "\n".join(line for number, line in enumerate(text.split("\n"), 1) if number not in gone)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _write(path: str, text: str) -> None:
    """Replaces the file atomically; the new one has mode 0600 and the owner of the old one."""
    path = os.path.realpath(path)
    descriptor, made = tempfile.mkstemp(prefix=".users-", dir=os.path.dirname(path))
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            if os.name == "posix":
                os.fchmod(file.fileno(), MODE)
                _keep_owner(path, file.fileno())
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(made, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(made)
        raise


def _keep_owner(path: str, descriptor: int) -> None:
    """Sets the owner of the old file, so that a server of that user can read a file that root wrote."""
    try:
        old, new = os.stat(path), os.fstat(descriptor)
    except FileNotFoundError:
        return
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        os.fchown(descriptor, old.st_uid, old.st_gid)


@contextmanager
def _locked(path: str) -> Iterator[None]:
    """Holds a lock on the folder, which also ends with the process. Raises UsersFileError, OSError."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    folder = os.open(os.path.dirname(os.path.realpath(path)), os.O_RDONLY | os.O_CLOEXEC)
    try:
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise UsersFileError(
                        f"the users file {secret_path(path)} is being written by another process"
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(folder)
