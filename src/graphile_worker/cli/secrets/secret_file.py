"""Files with secrets: writes `--secret-out FILE`, and warns about files that every user can read."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from graphile_worker.cli.output import note
from graphile_worker.core.secrets.shown_paths import secret_path

OWNER_ONLY = 0o600


def note_readable(path: str, option: str) -> None:
    """Warns where every user of this machine can read the file; not as PID 1, which is alone in its container."""
    try:
        found = os.stat(path)
    except OSError:
        return
    if os.name == "posix" and stat.S_ISREG(found.st_mode) and found.st_mode & stat.S_IROTH and os.getpid() != 1:
        note(f"Warning: every user of this machine can read {secret_path(path)} of {option}: chmod 600 it.")


@contextmanager
def secret_file(path: str) -> Iterator[Callable[[str], None]]:
    """Yields what puts the secret into the file; until then a file of that name stays as it is.

    Raises ValueError where there is no such place, or where something other than a file of our own stands there.
    """
    target = Path(path)
    part = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        _check_replaceable(target)
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY)
    except OSError as error:
        raise ValueError(f"--secret-out: {secret_path(path)} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:

        def put(secret: str) -> None:
            file.write(secret.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            _check_replaceable(target)
            part.replace(target)

        try:
            yield put
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _check_replaceable(target: Path) -> None:
    try:
        found = target.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "not a file"
        raise ValueError(f"--secret-out: {secret_path(str(target))} is {kind}")
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        raise ValueError(f"--secret-out: {secret_path(str(target))} belongs to another user")
