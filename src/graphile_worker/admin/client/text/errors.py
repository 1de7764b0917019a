"""The line of an error that a list shows."""

from __future__ import annotations


def error_summary(text: str | None, most: int = 300) -> str:
    """The first line with a message, cut to `most` characters; the first that is not blank where none has one."""
    lines = [line.rstrip() for line in str(text or "")[: most * 4].split("\n") if line.strip()]
    if not lines:
        return ""
    first, found = lines[0].strip(), ""
    if _has_no_message(first):
        after_code = (
            "invocation" in first
        )  # code of the caller can come first; the message begins with a capital letter
        for line in lines[1:]:
            words = line.strip()
            begins = "A" <= line[0] <= "Z" and line[1:2] != ":" if after_code else words[:3] not in _NO_MESSAGE
            if begins and not _has_no_message(words):
                found = words
                break
    return (found or first)[:most]


_NO_MESSAGE = ("at ", "Fil", "...")  # how lines of a stack begin


def _has_no_message(line: str) -> bool:
    """Is it the name of an error, `Invalid … invocation`, the place of a panic of Rust, or a rule? As errors.sql has it."""
    low = line.lower()
    if low[:8] == "invalid " and "invocation" in low:
        return True
    if low == "caused by:" or not low.strip("-=") or ("panicked at " in low and low[-1:] == ":"):
        return True
    for word in ("uncaught ", "unhandled "):
        if low[: len(word)] == word:
            low = low[len(word) :]
    name = low[:-1] if low[-1:] == ":" else low
    return " " not in name and (name[-5:] == "error" or name[-9:] == "exception")
