"""The library's reference: every public name is there and explained, and what the page shows runs."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
from enum import Enum
from types import FunctionType, ModuleType

import pytest

import graphile_worker
import graphile_worker.admin
from graphile_worker.core import database, errors, exceptions
from graphile_worker.core.jobs import Outcome
from scripts.generate_docs import EXAMPLES, ROOT, documents
from scripts.library_reference import alias, public_members

MODULES = [graphile_worker, graphile_worker.admin]
TEXT = (ROOT / "docs/library.md").read_text("utf-8")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_name_and_member_has_a_docstring(module: ModuleType) -> None:
    for name in module.__all__:
        value = getattr(module, name)
        if not inspect.isclass(value) and not inspect.isroutine(value):
            assert alias(module, name)[1], f"{name}: a string below the alias"
            continue
        assert value.__doc__ and not value.__doc__.startswith(f"{name}("), f"{name}: a dataclass makes one of its own"
        if inspect.isclass(value):
            assert "__doc__" in vars(value), f"{name}: its own, not the one of a base"
        if inspect.isclass(value) and not issubclass(value, Enum):
            for member, function in public_members(value):
                assert inspect.getdoc(function), f"{name}.{member}"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_names_are_sorted_and_all_of_them_are_in_the_reference(module: ModuleType) -> None:
    assert module.__all__ == sorted(module.__all__) == sorted(module._HOMES)
    assert [name for name in module.__all__ if f"### `{name}`" not in TEXT] == []
    assert set(re.findall(r"^### `(\w+)`", TEXT, re.MULTILINE)) == {name for m in MODULES for name in m.__all__}


def test_every_type_that_is_named_is_public_or_explained() -> None:
    """Names of ours in signatures: whoever reads them finds what they are."""
    signatures = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)[1:])
    named = set(re.findall(r"(?<![.\w'\"])[A-Z][A-Za-z]+\b(?!_)", re.sub(r"#.*", "", signatures)))
    known = {name for module in MODULES for name in module.__all__}
    plain = {"None", "Any", "Literal", "Unpack", "True", "False"}
    plain |= {"Iterable", "Sequence", "Mapping", "Collection", "Callable", "Awaitable"}
    other = {"Pool", "ConnectOptions", "ASGIApp", "Headers", "Request"}
    assert other <= set(re.findall(r"`(\w+)`", TEXT.partition("## ")[0]))
    assert named - known - plain - other == set()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_type_checkers_and_the_interpreter_find_the_same_names(module: ModuleType) -> None:
    """`__all__`, the imports for type checkers and `_HOMES` agree."""
    tree = ast.parse(inspect.getsource(module))
    imports = {
        alias.name: str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imports == {name: f"{module.__name__}.{home}" for name, home in module._HOMES.items()} | {
        "lazy_exports": "graphile_worker._exports"
    }


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_nothing_is_public_by_accident(module: ModuleType) -> None:
    """In a new process, where nothing else was imported."""
    code = f"import json, types, {module.__name__} as m; print(json.dumps([n for n in vars(m) if n[0] != '_']))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == []
    public = {name for name, value in vars(module).items() if name[0] != "_" and not inspect.ismodule(value)}
    assert public <= set(module.__all__)
    assert {name for name in dir(module) if name[0] != "_"} == set(module.__all__)


def test_former_names_are_aliases() -> None:
    assert errors.Busy is graphile_worker.Busy
    assert database.connect is graphile_worker.connect


def test_every_error_is_public() -> None:
    raised = {
        name for name, value in vars(exceptions).items() if isinstance(value, type) and issubclass(value, Exception)
    }
    assert {*raised, "ServerMessage"} <= set(graphile_worker.__all__)


def unknown_members(text: str) -> list[str]:
    """Dotted names in a text, `Class.member` of a public class, whose member does not exist."""
    public = {name: getattr(module, name) for module in MODULES for name in module.__all__}
    classes = {name: value for name, value in public.items() if inspect.isclass(value)}
    found = re.findall(rf"(?<![\w.])({'|'.join(classes)})\.([A-Za-z_]\w*)", text)
    return [
        f"{owner}.{member}"
        for owner, member in found
        if not hasattr(classes[owner], member) and member not in inspect.signature(classes[owner]).parameters
    ]


def test_every_member_that_a_docstring_or_document_names_exists() -> None:
    assert unknown_members("see WorkerUtils.with_small_rows and WorkerUtils.with_rows") == [
        "WorkerUtils.with_small_rows"
    ]
    named = {path: unknown_members(path.read_text("utf-8")) for path in documents()}
    for path in (ROOT / "src/graphile_worker").rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        texts = [ast.get_docstring(node) or "" for node in nodes if isinstance(node, kinds)]
        named[path] = unknown_members("\n".join(texts))
    assert {path: names for path, names in named.items() if names} == {}


async def test_the_example_at_the_top_runs(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = TEXT.partition("```python\n")[2].partition("```")[0].replace("1042, 1043", "1, 9999")
    code = compile(text, "library.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    await FunctionType(code, {"dsn": dsn})()
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["1", Outcome.DONE], ["9999", Outcome.NOT_FOUND],
    ]  # fmt: skip


def test_every_example_is_shown_once() -> None:
    text = "".join(path.read_text("utf-8") for path in documents())
    shown = re.findall(r"generated: example-([\w.-]+) ", text)
    assert sorted(shown) == sorted(path.name for path in EXAMPLES)
