"""Numbers with their nouns, for sentences."""

from __future__ import annotations


def counted(count: int, one: str) -> str:
    """(1, "job") -> "1 job", (4668, "job") -> "4,668 jobs"."""
    return f"{count:,} {one if count == 1 else one + 's'}"
