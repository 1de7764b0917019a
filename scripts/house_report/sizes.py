"""How large files, functions and folders are."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePath
from statistics import median

from scripts.house_report.sources import CODE, Source, files

_LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LINE_COMMENT = {".sql": "--", ".js": "//"}


@dataclass(frozen=True)
class Sizes:
    """Lines, and where the largest are."""

    median_file: int
    largest_file: tuple[int, str]
    median_function: int
    largest_function: tuple[int, str]
    functions: int


def sizes(root: Path) -> Sizes:
    """Of the Python files of the package: files without `__init__`, functions from `def` to their last line."""
    python = files(root, suffixes=(".py",))
    of_files = [(len(source.text.splitlines()), source.name) for source in python if source.path.stem != "__init__"]
    of_functions = [
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{source.name}:{node.lineno} {node.name}")
        for source in python
        for node in source.functions
    ]
    return Sizes(
        int(median(lines for lines, _ in of_files)),
        max(of_files),
        int(median(lines for lines, _ in of_functions)),
        max(of_functions),
        len(of_functions),
    )


def largest_folder(root: Path, suffixes: tuple[str, ...] = (".py",)) -> tuple[int, str]:
    """(number, folder) of the folder with most files directly in it, `__init__` not counted; () counts all types."""
    folders = Counter(
        PurePath(source.name).parent.as_posix()
        for source in files(root, suffixes=suffixes)
        if source.path.stem != "__init__"
    )
    return max((number, folder) for folder, number in folders.items())


def code_lines(root: Path) -> dict[str, int]:
    """Lines by suffix that hold code: not blank, and neither comment nor docstring alone."""
    total: Counter[str] = Counter()
    for source in files(root):
        total[source.path.suffix] += _python_lines(source) if source.path.suffix == ".py" else _other_lines(source)
    return {suffix: total[suffix] for suffix in CODE}


def _python_lines(source: Source) -> int:
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type not in _LAYOUT:
            lines.update(range(token.start[0], token.end[0] + 1))
    blank = {number for number, text in enumerate(source.text.splitlines(), 1) if not text.strip()}
    for first, last in source.docstrings:
        blank.update(range(first, last + 1))
    return len(lines - blank)


def _other_lines(source: Source) -> int:
    suffix = source.path.suffix
    text = source.text if suffix == ".sql" else _BLOCK_COMMENT.sub("", source.text)
    comment = _LINE_COMMENT.get(suffix)
    lines = [line.strip() for line in text.splitlines()]
    return sum(1 for line in lines if line and not (comment and line.startswith(comment)))
