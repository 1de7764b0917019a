"""What the signatures of functions show: types that are not known, and two parameters that always travel together."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from scripts.house_report.sources import Function, client_files, files

_CONNECTS = {"database", "connection", "pool"}


def client_any(root: Path) -> tuple[int, int]:
    """(functions of the browser program with `Any` in their signature, all functions of it), nested ones included."""
    functions = [node for source in client_files(root) for node in source.functions]
    return sum(1 for node in functions if any(_has_any(one) for one in _annotations(node))), len(functions)


def handed_a_schema(root: Path) -> list[str]:
    """Functions of the package that are handed a `schema` together with a `database`, `connection` or `pool`."""
    return [
        f"{source.name}:{node.lineno} {node.name}"
        for source in files(root, suffixes=(".py",))
        for node in source.functions
        if "schema" in _parameters(node) and _CONNECTS & _parameters(node)
    ]


def _arguments(node: Function) -> list[ast.arg]:
    of = node.args
    return [*of.posonlyargs, *of.args, *of.kwonlyargs, *(one for one in (of.vararg, of.kwarg) if one)]


def _parameters(node: Function) -> set[str]:
    return {one.arg for one in _arguments(node)}


def _annotations(node: Function) -> list[ast.expr]:
    found = [one.annotation for one in _arguments(node)] + [node.returns]
    return [one for one in found if one is not None]


def _has_any(annotation: ast.expr) -> bool:
    return bool(re.search(r"\bAny\b", ast.unparse(annotation)))
