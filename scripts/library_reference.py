"""The library's public names as Markdown: signatures, fields with their comments, docstrings."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import import_module
from types import ModuleType
from typing import Any, is_typeddict

import graphile_worker
from graphile_worker.core import exceptions


def reference(module: ModuleType) -> str:
    """Every name of `__all__` in its order, without the errors of the library."""
    named = {name: getattr(module, name) for name in module.__all__}
    return "\n".join(
        line
        for name, value in named.items()
        if getattr(value, "__module__", None) != exceptions.__name__
        for line in _entry(module, name, value)
    )


def errors() -> str:
    """The tree of errors from the docstring of their module, then every error."""
    tree = f"```\n{(exceptions.__doc__ or '').partition(chr(10) * 2)[2].rstrip()}\n```\n"
    named = {name: getattr(graphile_worker, name) for name in graphile_worker.__all__}
    entries = [
        line
        for name, value in named.items()
        if getattr(value, "__module__", None) == exceptions.__name__
        for line in _entry(graphile_worker, name, value)
    ]
    return "\n".join([tree, *entries])


def alias(module: ModuleType, name: str) -> tuple[str, str]:
    """The value of a type alias as its module writes it, and the docstring below it."""
    home = import_module(f"{module.__name__}.{module._HOMES[name]}")
    body = ast.parse(inspect.getsource(home)).body
    for index, node in enumerate(body):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if [ast.unparse(target) for target in targets] == [name]:
            assert isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            below = body[index + 1] if index + 1 < len(body) else None
            docstring = below.value if isinstance(below, ast.Expr) else None
            doc = str(docstring.value) if isinstance(docstring, ast.Constant) else ""
            return ast.unparse(node.value).replace("'", '"'), inspect.cleandoc(doc)
    raise AssertionError(f"{home.__name__} does not assign {name}")


def _entry(module: ModuleType, name: str, value: Any) -> Iterator[str]:
    yield f"### `{name}`\n"
    if not inspect.isclass(value) and not inspect.isroutine(value):
        made, docstring = alias(module, name)
        yield f"```python\n{name} = {made}\n```\n"
        yield f"{docstring}\n"
    elif not inspect.isclass(value):
        yield f"```python\n{'async ' if inspect.iscoroutinefunction(value) else ''}def {name}{signature(value)}\n```\n"
        yield _doc(value)
    elif issubclass(value, Enum):
        yield _doc(value)
        yield "\n".join(f"- `{member.name}` = `{member.value!r}`" for member in value) + "\n"
    elif issubclass(value, Exception):
        if "__init__" in vars(value):
            yield f"```python\n{name}{signature(value.__init__, bound=True)}\n```\n"
        yield f"{inspect.getdoc(value)} `code` is `{getattr(value, 'code', '')}`.\n"
        yield from _methods(name, value)
    elif is_typeddict(value):
        members = [f"    {name}: {kind.__forward_arg__}," for name, kind in value.__annotations__.items()]
        yield "```python\n" + "\n".join([f"{name}(", *members, ")"]) + "\n```\n"
        yield _doc(value)
    else:
        made = _fields(value) if is_dataclass(value) else signature(value.__init__, bound=True)
        yield f"```python\n{name}{made}\n```\n"
        yield _doc(value)
        yield from _methods(name, value)


def _fields(kind: type) -> str:
    """The fields of the constructor, each with its comment of the source."""
    assert is_dataclass(kind)
    lines: list[str] = []
    comments, named = _comments(kind), False
    for one in sorted(fields(kind), key=lambda one: one.kw_only is True):
        if one.kw_only and not named:
            lines, named = [*lines, "    *,"], True
        docstring, default = comments[one.name]
        line = f"    {one.name}: {one.type}{f' = {default}' if default else ''},"
        lines.append(f"{line}  # {docstring}" if docstring else line)
    short = f"({', '.join(line.strip(' ,') for line in lines)})"
    plain = len(short) < 100 and not any("#" in line for line in lines)
    return short if plain else "(\n" + "\n".join(lines) + "\n)"


def _comments(kind: type) -> dict[str, tuple[str, str]]:
    """(comment, default) of each field, from the source."""
    found: dict[str, tuple[str, str]] = {}
    for one in reversed([one for one in kind.__mro__ if is_dataclass(one)]):
        source = textwrap.dedent(inspect.getsource(one))
        lines = source.splitlines()
        (tree,) = ast.parse(source).body
        assert isinstance(tree, ast.ClassDef)
        for node in tree.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                comment = (
                    lines[(node.end_lineno or 1) - 1][node.end_col_offset or 0 :].strip().removeprefix("#").strip()
                )
                found[node.target.id] = (comment, _default(node.value))
    return found


def _default(value: ast.expr | None) -> str:
    """The default as a caller writes it; `field(default_factory=dict)` becomes `dict()`."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "field":
        given = {keyword.arg: keyword.value for keyword in value.keywords}
        if "default_factory" in given:
            return f"{ast.unparse(given['default_factory'])}()"
        return ast.unparse(given["default"]) if "default" in given else ""
    return ast.unparse(value) if value is not None else ""


def _methods(name: str, kind: type) -> Iterator[str]:
    for method, value in public_members(kind):
        if isinstance(value, property):
            yield f"**`{name}.{method}`** · property · {_doc(value)}"
            continue
        made = isinstance(value, (classmethod, staticmethod))
        function = value.__func__ if made else value
        kept = f"{'await ' if inspect.iscoroutinefunction(function) else ''}{name}.{method}"
        yield f"```python\n{kept}{signature(function, bound=not isinstance(value, staticmethod))}\n```\n"
        yield _doc(function)


def public_members(kind: type) -> list[tuple[str, Any]]:
    """Methods and properties of a class and its bases in this project, in the order of the source."""
    found: dict[str, Any] = {}
    for one in reversed(kind.__mro__):
        if one.__module__.startswith("graphile_worker"):
            wanted = (property, classmethod, staticmethod)
            found |= {n: v for n, v in vars(one).items() if inspect.isfunction(v) or isinstance(v, wanted)}
    defaults = {one.name for one in fields(kind)} if is_dataclass(kind) else set()
    return [(name, value) for name, value in found.items() if not name.startswith("_") and name not in defaults]


def signature(function: Any, *, bound: bool = False) -> str:
    """`(a: int, *, b: str | None = None) -> Job`, with one parameter per line if it is long."""
    parameters = list(inspect.signature(function).parameters.values())[1 if bound else 0 :]
    words = []
    for index, one in enumerate(parameters):
        if one.kind is one.KEYWORD_ONLY and (index == 0 or parameters[index - 1].kind is not one.KEYWORD_ONLY):
            words.append("*")
        default = "" if one.default is one.empty else f" = {one.default!r}"
        stars = "**" if one.kind is one.VAR_KEYWORD else ""
        words.append(f"{stars}{one.name}: {one.annotation}{default}")
    annotation = inspect.signature(function).return_annotation
    answer = "" if annotation in (None, "None", inspect.Signature.empty) else f" -> {annotation}"
    short = f"({', '.join(words)}){answer}"
    return short if len(short) < 100 else "(\n    " + ",\n    ".join(words) + f",\n){answer}"


def _doc(value: Any) -> str:
    return (inspect.getdoc(value) or "") + "\n"
