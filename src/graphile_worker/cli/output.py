"""What is printed: plain tables and lines for pipes, drawn tables on a terminal, JSON for programs.

Text out of the database never reaches a terminal with its control characters: they are written as escapes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

import click
import msgspec

from graphile_worker.cli.settings import settings

# C0 and C1 controls, and what a terminal obeys or swallows: marks of direction, characters without width, tags, and the
# supplementary variation selectors, which carry any bytes unseen
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff"
    "\ufeff\uffa0\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\x1b"}
_CSV_CONTROLS = re.compile(f"\r(?!\n)|(?![\r\n\t]){_CONTROLS.pattern}")
JSON_INDENT = 2
DRAWN_MAX = 5000  # rows: to draw a table, all of it is measured and kept


def safe(text: str, *, lines: bool = False) -> str:
    """The text with control characters as visible escapes; `lines` keeps line ends."""

    return _CONTROLS.sub(lambda match: match[0] if lines and match[0] == "\n" else _visible(match), text)


def csv_safe(text: str) -> str:
    """As `safe`, for lines of CSV: ends of lines and tabs stay."""
    return _CSV_CONTROLS.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    wide = f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return _SHORT.get(match[0]) or (f"\\x{code:02x}" if code < 256 else wide)


def cell(value: Any) -> str:
    """One value of a table: `-` for nothing."""
    return "-" if value is None or value == "" else safe(str(value))


def time_cell(value: str | None) -> str:
    """A time of the API as the tables write it, with the zone as an offset."""
    return "-" if value is None else safe(value[:-1] + "+00:00" if value.endswith("Z") else value)


def say(line: str) -> None:
    """One line on standard output, sent at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def note(line: str) -> None:
    """One line on standard error: what was not done, warnings, counts."""
    click.echo(safe(line, lines=True), err=True)


def one_per_line() -> bool:
    """Whether the program that runs was asked for --ndjson."""
    context = click.get_current_context(silent=True)
    return context is not None and settings(context).ndjson


def print_json(text: str | bytes) -> None:
    """JSON with two spaces, raw UTF-8; numbers exactly as they stand in `text`. With --ndjson each item on a line."""
    raw = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    if not one_per_line():
        say(json_safe(pretty(raw)))
    elif raw.startswith(b"["):
        print_lines(bytes(item) for item in msgspec.json.decode(raw, type=list[msgspec.Raw]))
    else:
        print_lines([raw])


def print_json_list(blocks: Iterable[Sequence[str]]) -> None:
    """As `print_json` of the list of these documents, a block at a time: it need not be in memory as one text."""
    if one_per_line():
        for block in blocks:
            print_lines(one.encode("utf-8", "backslashreplace") for one in block)
        return
    begun = False
    for block in blocks:
        shown = [json_safe(pretty(one.encode("utf-8", "backslashreplace"))).replace("\n", "\n  ") for one in block]
        if shown:
            sys.stdout.write(("[\n  " if not begun else ",\n  ") + ",\n  ".join(shown))
            begun = True
    say("\n]" if begun else "[]")


def print_lines(documents: Iterable[bytes]) -> None:
    """Each JSON document on a line of its own, sent at once."""
    for raw in documents:
        sys.stdout.write(json_safe(_compact(raw)) + "\n")
    sys.stdout.flush()


def _compact(raw: bytes) -> str:
    """On one line: line ends stand between values only, so those that are too deep to be formatted lose them too."""
    try:
        return msgspec.json.format(raw, indent=-1).decode("utf-8", "replace")
    except (RecursionError, msgspec.DecodeError):
        return raw.replace(b"\n", b" ").replace(b"\r", b" ").decode("utf-8", "replace")


def pretty(raw: bytes) -> str:
    """Indented JSON; what is nested too deep to be indented comes back as it is."""
    try:
        return msgspec.json.format(raw, indent=JSON_INDENT).decode("utf-8", "replace")
    except (RecursionError, msgspec.DecodeError):
        return raw.decode("utf-8", "replace")


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Tab-separated with a header line; drawn where a person looks at it, and not at more than DRAWN_MAX rows."""
    rows, person = iter(rows), sys.stdout.isatty()
    first = list(islice(rows, DRAWN_MAX + 1)) if person else []
    if person and len(first) <= DRAWN_MAX:
        _draw(header, first)
    else:
        print_rows(chain([header], first, rows))


def print_rows(rows: Iterable[Sequence[str]]) -> None:
    """Tab-separated lines, sent at once."""
    for row in rows:
        sys.stdout.write("\t".join(row) + "\n")
    sys.stdout.flush()


def _draw(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(value, style="red" if value == "failed" else "") for value in row))
    Console(highlight=False).print(table)


def json_safe(text: str) -> str:
    """JSON may hold C1 controls raw inside strings; as escapes they mean the same and reach no terminal."""
    return _CONTROLS.sub(lambda m: m[0] if m[0] == "\n" else _json_escape(m[0]), text)


def _json_escape(mark: str) -> str:
    code = ord(mark)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
