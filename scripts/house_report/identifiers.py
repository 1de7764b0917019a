"""The names that a file defines, each with its line: what a rename would change, not where the names are used.

Python: the module, classes, functions, parameters, variables and attributes that are assigned. SQL: the file and its
`-- :name` blocks. JavaScript: the file, functions, classes and variables. CSS: the file and each class of its selectors once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

from scripts.house_report.sources import Source

_SQL_BLOCK = re.compile(r"^--\s*:name\s+(\S+)", re.MULTILINE)
_SCRIPT_NAME = re.compile(r"\b(?:function\*?|class|const|let|var)\s+([A-Za-z_$][\w$]*)")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_CLASS = re.compile(r"\.([A-Za-z_-][\w-]*)(?=[^{}]*\{)")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
Identifier = tuple[int, str]


def identifiers(source: Source) -> Iterator[Identifier]:
    """(line, name) of every definition. The name of the file counts as one on line 1."""
    path = PurePath(source.name)
    if path.stem not in ("__init__", "__main__"):
        yield 1, path.stem
    if path.suffix == ".py":
        yield from _in_python(source.nodes)
    elif path.suffix == ".sql":
        yield from _matches(_SQL_BLOCK, source.text)
    elif path.suffix == ".js":
        yield from _matches(_SCRIPT_NAME, source.text)
    elif path.suffix == ".css":
        without_comments = _CSS_COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source.text)
        first = {name: line for line, name in reversed([*_matches(_CSS_CLASS, without_comments)])}
        yield from sorted((line, name) for name, line in first.items())


def parts(name: str) -> list[str]:
    """The words of a name, in lower case: `_tookBulk` and `took_bulk` are both `took`, `bulk`."""
    return [part.lower() for part in _PART.findall(name)]


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[Identifier]:
    for found in pattern.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found[1]


def _in_python(nodes: list[ast.AST]) -> Iterator[Identifier]:
    for node in nodes:
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.alias(asname=str(name)):
                yield node.lineno, name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield node.lineno, name
