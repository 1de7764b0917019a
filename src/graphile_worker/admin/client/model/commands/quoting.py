"""Quotes texts for a shell (bash, zsh, ksh) and for PostgreSQL. The result has no control or direction characters."""

from __future__ import annotations

import re

from graphile_worker.admin.client.text.html import visible

# `=` is quoted because zsh expands it at the beginning of a word.
_UNSAFE = re.compile("[^A-Za-z0-9_@%+:,./-]")


def shell(text: str) -> str:
    """One word of a command."""
    if text and not _UNSAFE.search(text):
        return text
    if _written_out(text):
        return "$'%s'" % "".join([_shell_mark(mark) for mark in text])
    return "'%s'" % text.replace("'", "'\\''")


def literal(text: str) -> str:
    """A string constant of SQL."""
    if "\\" not in text and not _written_out(text):
        return "'%s'" % text.replace("'", "''")
    return "E'%s'" % "".join([_sql_mark(mark) for mark in text])


def identifier(name: str) -> str:
    """A name of SQL, always in quotes."""
    return '"%s"' % name.replace('"', '""')


def _written_out(text: str) -> bool:
    """Are there characters that a terminal interprets or leaves out, or line ends?"""
    return "\n" in text or "\t" in text or visible(text) != text


def _shell_mark(mark: str) -> str:
    if mark in "\\'":
        return "\\" + mark
    if not _written_out(mark):
        return mark
    if 0xD800 <= ord(mark) <= 0xDFFF:  # half a character, which no text of the database has
        return "?"
    return {"\n": "\\n", "\t": "\\t"}.get(mark) or "".join(["\\x%02x" % byte for byte in mark.encode()])


def _sql_mark(mark: str) -> str:
    if mark in "\\'":
        return mark + mark
    if not _written_out(mark):
        return mark
    return {"\n": "\\n", "\t": "\\t"}.get(mark) or "\\U%08x" % ord(mark)
