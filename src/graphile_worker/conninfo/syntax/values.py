"""Checks the value of a parameter: one of a list of words, 0 or 1, or an integer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from graphile_worker._patterns import lazy_pattern
from graphile_worker.conninfo.refusal import refused

_INTEGER = lazy_pattern(r"\s*[+-]?\d{1,10}\s*", re.ASCII)


def choice(values: Mapping[str, str], name: str, words: Sequence[str], default: str) -> str:
    """The word of a parameter. Raises InvalidInput with the list of words."""
    value = values.get(name) or default
    if value not in words:
        raise refused(f"needs {name} to be one of {', '.join(words)}")
    return value


def switch(values: Mapping[str, str], name: str, default: bool) -> bool:
    """A parameter that is 0 or 1."""
    return choice(values, name, ("0", "1"), str(int(default))) == "1"


def integer(values: Mapping[str, str], name: str) -> int | None:
    """A whole number; None if the parameter is not set."""
    value = values.get(name)
    if not value:
        return None
    if not _INTEGER.fullmatch(value):
        raise refused(f"needs {name} to be a whole number")
    return int(value)
