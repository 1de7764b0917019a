"""Reports features in the browser program that MicroPython lacks and mpy-cross does not report. Exits with 1."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

CLIENT = Path(__file__).resolve().parents[1] / "src/graphile_worker/admin/client"
VOCABULARY = CLIENT.parent / "api/vocabulary.py"  # shared with the server, runs in the browser too
MODULES = {"gc", "io", "json", "math", "re", "sys", "typing", "__future__", "graphile_worker"}
BRIDGE_FILES = {"dom.py", "fetch.py"}
METHODS = {
    "removeprefix",
    "removesuffix",
    "zfill",
    "ljust",
    "rjust",
    "casefold",
    "isidentifier",
    "expandtabs",
    "format_map",
}
STATEMENTS = (ast.Match, ast.TryStar)


def problems(tree: ast.AST, name: str) -> Iterator[tuple[int, str]]:
    """(line, description) of each feature that the interpreter lacks."""
    for node in _at_run_time(tree):
        if isinstance(node, STATEMENTS):
            yield node.lineno, f"{type(node).__name__} is not in MicroPython"
        elif isinstance(node, ast.Attribute) and node.attr in METHODS:
            yield node.lineno, f"str.{node.attr} is not in MicroPython"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for module in (full.split(".")[0] for full in names):
                if module == "bridge" and name in BRIDGE_FILES:
                    continue
                if module not in MODULES:
                    yield node.lineno, f"the browser program may not import {module}"
        elif isinstance(node, ast.Slice) and node.step is not None and not isinstance(node.step, ast.Constant):
            yield node.lineno, "slices with a step are not reliable in MicroPython"
        elif isinstance(node, ast.FunctionDef) and node.args.posonlyargs:
            yield node.lineno, "positional-only parameters are not in MicroPython"
        elif isinstance(node, ast.Tuple | ast.List) and any(isinstance(item, ast.Starred) for item in node.elts):
            yield node.lineno, "* inside a tuple or list is not in MicroPython"
        elif isinstance(node, ast.AsyncFunctionDef):
            yield node.lineno, "coroutines must not reach JavaScript"


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those below `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from _at_run_time(child)


def main() -> int:
    """Checks every file of the program."""
    found = 0
    for path in [*sorted(CLIENT.rglob("*.py")), VOCABULARY]:
        for line, what in problems(ast.parse(path.read_text("utf-8")), path.name):
            found += 1
            print(f"{path.relative_to(CLIENT.parents[3])}:{line}: {what}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
