"""Checks of files and folders that an address or a variable names."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from graphile_worker.conninfo.refusal import refused
from graphile_worker.conninfo.syntax.parameters import BY_NAME
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.secrets.shown_paths import holds_contents, shown

_MISSING = (FileNotFoundError, NotADirectoryError)


def problem(path: str | Path, *, folder: bool = False) -> str | None:
    """Why a file cannot be read or a folder not be entered, as the end of a sentence; None if it can be used."""
    try:
        found = os.stat(path)
        if not folder and stat.S_ISREG(found.st_mode):
            os.close(os.open(path, os.O_RDONLY))
    except _MISSING:
        return "is not there"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except ValueError:  # a zero byte
        return "is not there"
    if not _is_kind(found.st_mode, folder):
        return "is not a folder" if folder else "is not a plain file"
    return None if not folder or os.access(path, os.X_OK) else "cannot be read: Permission denied"


def _is_kind(mode: int, folder: bool) -> bool:
    return stat.S_ISDIR(mode) if folder else stat.S_ISREG(mode)


def is_file(path: Path) -> bool:
    """Whether a default file exists. A file in a folder without access counts as missing, as with libpq."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def needed(path: str, name: str, *, folder: bool = False) -> str:
    """The path of a parameter. Raises InvalidInput if the file cannot be used."""
    why = problem(path, folder=folder)
    if why is None:
        return path
    raise unusable(path, name, why, noun="folder" if folder else "file")


def unusable(path: str, name: str, why: str, *, noun: str = "file") -> InvalidInput:
    """The error for the path of a parameter. The message contains only text that is a path."""
    variable = BY_NAME[name].variable
    if holds_contents(path):
        given = f"{name} ({variable})" if variable else name
        return refused(
            f"needs the path of a {noun} as {given}, which holds a text that is no path",
            hint="Write the key, certificate or password into a file, and give the path of that file.",
        )
    return refused(f"needs the {noun} {shown(path)} as {name}, which {why}")
