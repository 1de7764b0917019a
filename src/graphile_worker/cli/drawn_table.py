"""Tables for people: they fit the width of the terminal, leave out columns without content, and have relative times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from graphile_worker.cli.output import time_cell
from graphile_worker.core.durations import approximate

NARROWEST = 10  # characters of a column whose cells are folded or cut
GAP = 2  # blanks between two columns


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a drawn table.

    Args:
        empty: the content that makes the column needless where every row has it.
        fixed: whether its cells are never folded.
        cut: whether its cells are one line that ends with `…` where the terminal is too narrow.
        spare: columns are left out where the terminal is too narrow for all, those with the greatest number first.
    """

    name: str
    empty: str | None = None
    fixed: bool = False
    cut: bool = False
    spare: int = 0


def draw(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Prints the table on standard output."""
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    contents = {one: [row[position] for row in rows] for position, one in enumerate(columns)}
    wanted = {
        one: max(map(cell_len, [one.name, *cells])) for one, cells in contents.items() if _has_content(one, cells)
    }
    widths = fitting(wanted, console.width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for column, width in widths.items():
        table.add_column(column.name, overflow="fold", width=width)
    for cells in zip(*(contents[column] for column in widths), strict=True):
        table.add_row(
            *(
                Text(text, style="red" if text == "failed" else "", no_wrap=one.cut, overflow=_OVERFLOW[one.cut])
                for one, text in zip(widths, cells, strict=True)
            )
        )
    console.print(table)


_OVERFLOW: dict[bool, Literal["fold", "ellipsis"]] = {False: "fold", True: "ellipsis"}


def fitting(wanted: Mapping[Column, int], total: int) -> dict[Column, int]:
    """The widths of the columns that have room in `total` characters; the widest ones are narrowed first."""
    columns = list(wanted)
    while True:
        elastic = sorted((one for one in columns if not one.fixed), key=lambda one: wanted[one])
        left = total - GAP * (len(columns) - 1) - sum(wanted[one] for one in columns if one.fixed)
        widths = dict(wanted)
        for position, one in enumerate(elastic):
            widths[one] = min(wanted[one], left // (len(elastic) - position))
            left -= widths[one]
        spare = max(columns, key=lambda one: one.spare)
        if not spare.spare or all(widths[one] >= min(wanted[one], NARROWEST) for one in elastic):
            return {one: max(1, widths[one]) for one in columns}
        columns.remove(spare)


def _has_content(column: Column, cells: Sequence[str]) -> bool:
    return column.empty is None or any(cell != column.empty for cell in cells)


def relative_cell(value: str | None, now: str) -> str:
    """A time of the API as its distance from `now`: "2 h ago", "in 3 d"; unchanged where it has no distance."""
    try:
        seconds = (datetime.fromisoformat(value or "") - datetime.fromisoformat(now)).total_seconds()
    except ValueError:  # infinity, or outside of Python's calendar
        return time_cell(value)
    number, unit = approximate(abs(seconds)).split()[:2]
    distance = f"{number} {unit}"
    if distance == "0 s":
        return "now"
    return f"in {distance}" if seconds > 0 else f"{distance} ago"
