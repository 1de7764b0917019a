"""Paths in sentences. A text that stands where a path belongs may be the secret that the file was to hold: it is not shown."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from graphile_worker._patterns import lazy_pattern

LONGEST = 200  # characters of a path in a sentence
_NOT_SHOWN = "(not shown: it may be the secret itself)"
_FURTHER = lazy_pattern(r"[?&;,\s]\s*[\w.-]+\s*=.*", re.DOTALL)
_CONTENTS = lazy_pattern(
    r"""\s*-----BEGIN | base64: | LS0tLS1CRUdJTi          # PEM, its base64
    | (?:[^:]*:){3}                                       # a line of a password file
    | [\w+:]*postgres[\w+]*:/                             # an address
    | [^$]*\$argon2                                       # a line of a users file
    | [A-Za-z0-9+=_-][A-Za-z0-9+/=_\s-]{39}               # base64: no dot in its first 40 characters""",
    re.VERBOSE | re.IGNORECASE,
)


def shown(path: str | Path) -> str:
    """A path for a sentence, without what may be a further parameter that a wrong separator made a part of it.

    A text that is not printable, too long or no path is described only.
    """
    if holds_contents(path):
        return "(no path, and not shown: it may be a secret)"
    if not str(path).isprintable() or len(str(path)) > LONGEST:
        return f"(a name of {len(str(path))} characters)"
    return _FURTHER.sub("…", str(path))


def holds_contents(path: str | Path) -> bool:
    """Whether a text looks like what a file holds, as a key or a line with a password, where its path belongs."""
    text = str(path)
    return "\n" in text or "\r" in text or _CONTENTS.match(text) is not None


def secret_path(path: str, show: Callable[[str], str] = repr) -> str:
    """The path of a file with a secret, for a sentence: only as far as it is there, for it may be the secret itself."""
    if os.path.lexists(path) and not holds_contents(path):
        return show(path)
    folder = Path(path).parent
    if holds_contents(path) or not folder.is_absolute():
        return _NOT_SHOWN
    if _is_below_root(folder) and os.path.isdir(folder):
        return show(path)
    there = next((one for one in folder.parents if _is_below_root(one) and os.path.isdir(one)), None)
    return _NOT_SHOWN if there is None else show(f"{there}/…")


def _is_below_root(folder: Path) -> bool:
    return folder != folder.parent
