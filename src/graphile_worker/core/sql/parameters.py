"""Named parameters: `:states` in a statement becomes `$1`, the form that PostgreSQL's protocol knows."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
      (?<!\w)[eE]'(?:[^'\\]|\\.|'')*'(?:\s*\n\s*'(?:[^'\\]|\\.|'')*')*  # E'...', and its continuation on the next lines
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | \$((?:[^\W\d]\w*)?)\$.*?\$\1\$  # a dollar-quoted body
    | --[^\n]*
    | /\*.*?\*/
    | \{[^{}]*\}  # a placeholder of the loader
    | ::
    | :([a-z_]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)


def numbered(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with `$n` for each named parameter, and the names in the order of their numbers.

    A name that stands at several places has one number. Literals, quoted identifiers, dollar-quoted bodies, comments
    and casts (`::`) stay as they are. The end of an array slice that is a parameter needs a blank before it.
    """
    numbers: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        name = match[2]
        return match[0] if name is None else f"${numbers.setdefault(name, len(numbers) + 1)}"

    return _TOKEN.sub(number, text), tuple(numbers)
