"""The source files of a checkout, found by discovery: nothing here knows the name of a module."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
PACKAGE = Path("src/graphile_worker")
CODE = (".py", ".sql", ".js", ".css")
GENERATED = ("assets", "__pycache__", "node_modules")  # folders made by scripts/build and by Python
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file; `name` is its path below the checkout."""

    path: Path
    name: str

    @cached_property
    def text(self) -> str:
        """The content."""
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree; empty for a file that is not Python."""
        return ast.parse(self.text if self.path.suffix == ".py" else "", self.name)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the tree."""
        return list(ast.walk(self.tree))

    @property
    def functions(self) -> Iterator[Function]:
        """Every function, nested ones and methods included."""
        return (node for node in self.nodes if isinstance(node, Function))

    @cached_property
    def docstrings(self) -> list[tuple[int, int]]:
        """(first line, last line) of every docstring."""
        return [
            (first, last)
            for node in self.nodes
            if isinstance(node, ast.Module | ast.ClassDef | Function) and node.body
            for first, last in _docstring(node.body[0])
        ]


def _docstring(statement: ast.stmt) -> Iterator[tuple[int, int]]:
    match statement:
        case ast.Expr(value=ast.Constant(value=str()), lineno=first, end_lineno=int(last)):
            yield first, last


def files(root: Path, folders: Iterable[str | Path] = (PACKAGE,), suffixes: Iterable[str] = CODE) -> list[Source]:
    """The files with these suffixes below these folders of a checkout, without generated ones."""
    wanted = tuple(suffixes)
    paths = [path for folder in folders for path in sorted((root / folder).rglob("*")) if path.is_file()]
    return [
        _source(path, path.relative_to(root).as_posix())
        for path in paths
        if (not wanted or path.suffix in wanted) and not set(GENERATED) & set(path.relative_to(root).parts)
    ]


@cache
def _source(path: Path, name: str) -> Source:
    """One object for each file, so that a file is read and parsed once."""
    return Source(path, name)


def client_files(root: Path) -> list[Source]:
    """The Python files of the browser program: those below a folder `client`."""
    return [source for source in files(root, suffixes=(".py",)) if "client" in source.name.split("/")[:-1]]
