"""The tests of this folder once more, on the very interpreter and bytecode a browser gets, under Node."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.assets import node

HERE = Path(__file__).parent
ASSETS = HERE.parents[1] / "src/graphile_worker/admin/assets"
MODULES = [path for path in sorted(HERE.glob("test_*.py")) if path.name != Path(__file__).name] + [HERE / "hazards.py"]


def names(path: Path) -> list[str]:
    """The test functions of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return [one.name for one in tree.body if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")]


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Name of each test -> its error on MicroPython, empty where it passed."""
    folder = tmp_path_factory.mktemp("micropython")
    shutil.copy(ASSETS / "admin_ui.js", folder / "admin_ui.mjs")
    files = {f"tests/client/{path.name}": path.read_text("utf-8") for path in HERE.glob("*.py")}
    files |= {"tests/__init__.py": "", "tests/client/__init__.py": ""}
    files |= {"__future__.py": "annotations = None\n", "typing.py": "TYPE_CHECKING = False\nAny = None\n"}
    modules = [f"tests.client.{path.stem}" for path in MODULES]
    (folder / "files.json").write_text(json.dumps({"files": files, "modules": modules}), "utf-8")
    command = [
        *node.node(),
        str(HERE / "interpreter.mjs"),
        "admin_ui.mjs",
        str(ASSETS / "admin_ui_bg.wasm"),
        str(ASSETS / "admin_ui_more.bin"),
        "files.json",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr + done.stdout
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"')]
    return {line["name"]: line["error"] for line in lines}


@pytest.mark.parametrize("name", [f"{path.stem}.{name}" for path in MODULES for name in names(path)])
def test_passes_on_micropython(results: dict[str, str], name: str) -> None:
    assert name in results, "the interpreter stopped before this test"
    assert results[name] == ""
