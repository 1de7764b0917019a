"""Output: tab-separated tables for pipes, drawn tables for terminals, JSON for programs.

Control characters in text from the database are written as escapes, so that they never reach a terminal.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

import click
import msgspec

from graphile_worker._patterns import lazy_pattern
from graphile_worker.cli.settings import settings

# C0 and C1 controls, and characters that terminals interpret or do not show: bidirectional marks, zero-width characters,
# tags, and the supplementary variation selectors, which can hide arbitrary bytes
_CONTROLS = lazy_pattern(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff"
    "\ufeff\uffa0\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\x1b"}
_CSV_CONTROLS = lazy_pattern(f"\r(?!\n)|(?![\r\n\t]){_CONTROLS.pattern}")
JSON_INDENT = 2
DRAWN_MAX = 5000  # rows of a drawn table: all of them are measured and kept in memory


def safe(text: str, *, lines: bool = False) -> str:
    """The text with control characters as visible escapes; `lines` keeps line ends."""

    return _CONTROLS.sub(lambda match: match[0] if lines and match[0] == "\n" else _visible(match), text)


def csv_safe(text: str) -> str:
    """As `safe`, for CSV: line ends and tabs stay."""
    return _CSV_CONTROLS.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    wide = f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return _SHORT.get(match[0]) or (f"\\x{code:02x}" if code < 256 else wide)


def cell(value: Any) -> str:
    """One cell of a table: `-` for None and empty text."""
    return "-" if value is None or value == "" else safe(str(value))


def time_cell(value: str | None) -> str:
    """A time of the API as the tables show it, with an offset instead of `Z`."""
    return "-" if value is None else safe(value[:-1] + "+00:00" if value.endswith("Z") else value)


def say(line: str) -> None:
    """Prints one line on standard output and flushes it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def note(line: str) -> None:
    """Prints one line on standard error: warnings, counts, jobs that were not done."""
    click.echo(safe(line, lines=True), err=True)


def one_per_line() -> bool:
    """Whether the current command has --ndjson."""
    context = click.get_current_context(silent=True)
    return context is not None and settings(context).ndjson


def print_json(raw: bytes) -> None:
    """Prints JSON indented by two spaces, numbers as they are in `raw`; with --ndjson one item per line."""
    if not one_per_line():
        say(json_safe(pretty(raw)))
    elif raw.startswith(b"["):
        print_lines(bytes(item) for item in msgspec.json.decode(raw, type=list[msgspec.Raw]))
    else:
        print_lines([raw])


def print_json_list(blocks: Iterable[Sequence[msgspec.Raw]]) -> None:
    """As `print_json` of a list of these documents, block by block, so that the list is never one text in memory."""
    if one_per_line():
        for block in blocks:
            print_lines(bytes(one) for one in block)
        return
    started = False
    for block in blocks:
        shown = [json_safe(pretty(bytes(one))).replace("\n", "\n  ") for one in block]
        if shown:
            sys.stdout.write(("[\n  " if not started else ",\n  ") + ",\n  ".join(shown))
            started = True
    say("\n]" if started else "[]")


def print_lines(documents: Iterable[bytes]) -> None:
    """Prints each JSON document on its own line and flushes."""
    for raw in documents:
        sys.stdout.write(json_safe(_compact(raw)) + "\n")
    sys.stdout.flush()


def _compact(raw: bytes) -> str:
    """The document on one line. Line ends occur only between values, so they can be replaced where nesting is too deep."""
    try:
        return msgspec.json.format(raw, indent=-1).decode("utf-8", "replace")
    except (RecursionError, msgspec.DecodeError):
        return raw.replace(b"\n", b" ").replace(b"\r", b" ").decode("utf-8", "replace")


def pretty(raw: bytes) -> str:
    """Indented JSON; a document that is nested too deep for the formatter is returned unchanged."""
    try:
        return msgspec.json.format(raw, indent=JSON_INDENT).decode("utf-8", "replace")
    except (RecursionError, msgspec.DecodeError):
        return raw.decode("utf-8", "replace")


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a table: tab-separated in a pipe, drawn on a terminal up to DRAWN_MAX rows."""
    rows, terminal = iter(rows), sys.stdout.isatty()
    first = list(islice(rows, DRAWN_MAX + 1)) if terminal else []
    if terminal and len(first) <= DRAWN_MAX:
        _draw(header, first)
    else:
        print_rows(chain([header], first, rows))


def print_rows(rows: Iterable[Sequence[str]]) -> None:
    """Prints tab-separated lines and flushes."""
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
    """Escapes control characters, which JSON allows raw inside strings; the value stays the same."""
    return _CONTROLS.sub(lambda m: m[0] if m[0] == "\n" else _json_escape(m[0]), text)


def _json_escape(mark: str) -> str:
    code = ord(mark)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
