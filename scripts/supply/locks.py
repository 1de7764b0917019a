"""Reads the lock files of the Python requirements."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from scripts.assets.failure import BuildError

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?:\s*;\s*(?P<marker>.+))?")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """One requirement of a lock file; `parents` are the requirements that need it, or `-r FILE`."""

    name: str
    version: str
    marker: str | None
    hashes: tuple[str, ...]
    parents: tuple[str, ...]


def normal(name: str) -> str:
    """The normalized name of a Python package."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(path: Path) -> dict[str, Pinned]:
    """Name -> requirement. Raises BuildError for a line that is not one exact version with SHA-256 hashes."""
    found: dict[str, Pinned] = {}
    for entry in re.split(r"\n(?=[^\s#])", "\n" + path.read_text("utf-8")):
        lines = [line.strip().removesuffix("\\").strip() for line in entry.splitlines()]
        stated = [line for line in lines if line and not line.startswith("#")]
        if not stated:
            continue
        pin = _PIN.fullmatch(stated[0])
        hashes = [_HASH.fullmatch(line) for line in stated[1:]]
        if not pin or not hashes or not all(hashes):
            raise BuildError(f"{path.name}: {stated[0]!r} is not one version with SHA-256 hashes: run scripts/lock")
        comments = [line.lstrip("# ").removeprefix("via").strip() for line in lines if line.startswith("#")]
        found[normal(pin["name"])] = Pinned(
            name=normal(pin["name"]),
            version=pin["version"],
            marker=pin["marker"],
            hashes=tuple(one[1] for one in hashes if one),
            parents=tuple(one if one.startswith("-") else normal(one.partition("[")[0]) for one in comments if one),
        )
    return found


def required(path: Path) -> set[str]:
    """The names in an `.in` file and in the files that it includes."""
    names: set[str] = set()
    for line in path.read_text("utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("-r "):
            names |= required(path.with_name(line.removeprefix("-r ").strip()))
        elif not line.startswith("-") and (found := _NAME.match(line)):
            names.add(normal(found[0]))
    return names


def unlocked(folder: Path = REQUIREMENTS) -> list[str]:
    """One sentence for each requirement without a lock, and for each lock without a requirement."""
    faults: list[str] = []
    for source in sorted(folder.glob("*.in")):
        lock = source.with_suffix(".txt")
        if not lock.is_file():
            faults.append(f"{source.name} has no {lock.name}: run scripts/lock")
            continue
        try:
            entries, names = pinned(lock), required(source)
        except BuildError as error:
            faults.append(str(error))
            continue
        faults += [f"{lock.name} lacks {name}, which {source.name} asks for" for name in sorted(names - set(entries))]
        faults += [
            f"{lock.name} has {one.name}, which nothing asks for"
            for one in entries.values()
            if one.name not in names and not set(one.parents) & entries.keys()
        ]
    return faults


def runtime(root: Path = ROOT) -> tuple[dict[str, Pinned], set[str], set[str]]:
    """The dependencies of an installed wheel, direct or not; the direct ones; those of extras only.

    Raises BuildError when the lock lacks one of them.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {_name(line) for line in project["dependencies"]}
    extras = {_name(line) for lines in project["optional-dependencies"].values() for line in lines}
    locked = pinned(root / "requirements/run.txt")
    if absent := (needed | extras) - locked.keys():
        raise BuildError(f"run.txt lacks {', '.join(sorted(absent))}, which pyproject.toml asks for: run scripts/lock")
    always, everything = _below(needed, locked), _below(needed | extras, locked)
    return {name: locked[name] for name in sorted(everything)}, needed | extras, everything - always


def _below(roots: set[str], locked: dict[str, Pinned]) -> set[str]:
    """The roots and all their dependencies."""
    found = set(roots)
    while more := {one.name for one in locked.values() if set(one.parents) & found} - found:
        found |= more
    return found


def _name(line: str) -> str:
    found = _NAME.match(line)
    assert found, line
    return normal(found[0])
