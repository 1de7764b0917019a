"""The browser program as it travels: without types, and what is read from its sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from graphile_worker.admin.client.model import state
from scripts.assets import halves, section

SOURCE = Path(__file__).resolve().parents[2] / "src"
CLIENT = SOURCE / section.CLIENT


def imported(text: str) -> Iterator[str]:
    """The modules that a module imports."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_no_module_that_travels_imports_one_that_stays() -> None:
    sent = section.modules(SOURCE)
    known = {name.removesuffix(".py").replace("/", ".") for name in sent}
    wanted = {name for text in sent.values() for name in imported(text) if name.startswith("graphile_worker.")}
    folders = {name.rpartition(".")[0] for name in known}
    stay = tuple(name.removesuffix(".py").replace("/", ".") for name in section.STAY)
    assert not [name for name in wanted | known if f"{name}.".startswith(stay)]
    assert {name for name in wanted if name not in known | folders and name.rpartition(".")[0] not in known} == set()


def test_what_travels_has_no_annotation_and_no_import_for_type_checkers() -> None:
    for name, text in section.modules(SOURCE).items():
        assert not {"typing", "__future__"} & set(imported(text)), name
        for node in ast.walk(ast.parse(text)):
            assert not isinstance(node, ast.AnnAssign), name
            assert getattr(node, "annotation", None) is None and getattr(node, "returns", None) is None, name


# Folders and modules that the list of jobs does not need.
SECOND = ("handlers/writes/", "handlers/palette.py", "handlers/export.py", "views/maintenance/screen.py", "views/tables/queues.py",
          "views/tables/tasks.py", "views/tables/errors.py", "views/tables/workers.py", "views/dialogs/dialogs.py",
          "views/dialogs/forms.py", "views/dialogs/bulk.py", "model/commands/sql.py", "model/palette.py", "payloads/json_edit.py")  # fmt: skip


def test_the_list_of_jobs_does_without_the_second_file() -> None:
    first, second = halves.halves(section.modules(SOURCE))
    assert not first.keys() & second.keys()
    assert first.keys() | second.keys() == section.modules(SOURCE).keys()
    wanted = tuple(f"{section.CLIENT}/{name}" for name in SECOND)
    assert [name for name in first if name.startswith(wanted)] == []
    assert all(any(name.startswith(start) for name in second) for start in wanted)


def test_a_module_stands_behind_those_that_it_imports() -> None:
    known = section.modules(SOURCE)
    for half in halves.halves(known):
        before: set[str] = set()
        for path, text in half.items():
            at_the_top = {name.replace(".", "/") + ".py" for node in ast.parse(text).body for name in imported(ast.unparse(node))
                          if isinstance(node, ast.ImportFrom)}  # fmt: skip
            assert at_the_top & half.keys() <= before, path
            before.add(path)


def test_only_two_modules_import_inside_of_functions() -> None:
    found = set()
    for path, text in section.modules(SOURCE).items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and [name for name in imported(ast.unparse(node)) if "client" in name]:
                found.add(path.removeprefix(f"{section.CLIENT}/"))
    assert found == {"later.py", "views/later.py"}


def test_types_are_left_out_of_a_module() -> None:
    text = (
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\n"
        "x: int = 1\ny: str\ndef f(b: int, *c: str, **d: int) -> int:\n    e: int = b\n    return e\n"
    )
    assert section.without_types(text) == "x = 1\n\ndef f(b, *c, **d):\n    e = b\n    return e"


def test_a_new_state_has_the_members_of_its_type() -> None:
    members = {}
    for path in ("parts", "state"):
        for node in ast.parse((CLIENT / f"model/types/{path}.py").read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                members[node.name] = node
    made = dict(state.new())
    assert set(made) == names(members, "State")
    for node in members["State"].body:
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(node.annotation, ast.Name)
        ):
            part = made[node.target.id]
            if node.annotation.id in members and node.target.id != "route":
                assert isinstance(part, dict)
                assert set(part) == names(members, node.annotation.id), node.target.id


def names(members: dict[str, ast.ClassDef], name: str) -> set[str]:
    """The required members of a TypedDict, those of its base included."""
    found: set[str] = set()
    for base in members[name].bases:
        if isinstance(base, ast.Name) and base.id in members:
            found |= names(members, base.id)
    for node in members[name].body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if not ast.unparse(node.annotation).startswith("NotRequired"):
                found.add(node.target.id)
    return found
