"""Password files, as libpq reads `~/.pgpass`: `host:port:database:user:password`, `*` for any, backslash escapes."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from graphile_worker._patterns import lazy_pattern
from graphile_worker.core.secrets.shown_paths import shown

_PASSWORD = lazy_pattern(r"(?:[^\\:]|\\.|\\$)*", re.DOTALL)
_ESCAPED = lazy_pattern(r"\\(.)", re.DOTALL)


def find_password(path: Path, host: str, port: int, database: str, user: str) -> str | None:
    """The password of the first matching line; None if there is none, or if the file is ignored.

    Args:
        host: the name; `localhost` for the default socket folder.
    """
    if problem(path) is not None:
        return None
    wanted = [host, str(port), database, user]
    return next((found for found in (_matched(line, wanted) for line in _lines(path)) if found is not None), None)


def problem(path: Path) -> str | None:
    """Why a file is ignored, as a sentence that begins with its name; None if it is used or missing."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # ValueError: a zero byte
        return None
    if not stat.S_ISREG(mode):
        return f"The password file {shown(path)} is ignored: it is not a plain file."
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"The password file {shown(path)} is ignored: others may read it. Run `chmod 600` on it."
    return None


def _lines(path: Path) -> Iterator[str]:
    try:
        content = path.read_bytes().decode(errors="replace")  # the driver needs a password in UTF-8
    except OSError:
        return
    for line in content.split("\n"):
        if line and not line.startswith("#"):
            yield line.rstrip("\r")


def _matched(line: str, wanted: list[str]) -> str | None:
    """The password of a matching line, up to the next colon."""
    rest: str | None = line
    for value in wanted:
        rest = _behind(rest, value) if rest is not None else None
    if rest is None:
        return None
    password = _PASSWORD.match(rest)
    return _ESCAPED.sub(r"\1", password[0]) if password is not None else None


def _behind(text: str, value: str) -> str | None:
    """The rest of the line after the first field, if that is `*` or the value. Colons of the value need no
    backslash."""
    if text.startswith("*:"):
        return text[2:]
    position = 0
    for character in value:
        position += text.startswith("\\", position)
        if text[position : position + 1] != character:
            return None
        position += 1
    return text[position + 1 :] if text.startswith(":", position) else None
