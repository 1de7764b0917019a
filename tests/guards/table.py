"""The guards, read from the `.toml` files of this folder.

[[guard]]
name = "host"                            # unique
holes = [1]                              # numbers of the attack report that it closes; may be empty
threat = "DNS rebinding reads jobs."     # one sentence: what happens without the guard
file = "admin/server/security/guards.py"          # below src/graphile_worker
code = "if not allowed:"                 # stands exactly once in the file
instead = "if False:"                    # the guard, disabled
tests = ["tests/server/test_guards.py::test_name"]   # each fails then; green otherwise
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
SOURCE = ROOT / "src" / "graphile_worker"


@dataclass(frozen=True, kw_only=True)
class Guard:
    """One guard, how to disable it, and the tests that must notice."""

    name: str
    threat: str
    file: str
    code: str
    instead: str
    tests: tuple[str, ...]
    holes: tuple[int, ...] = ()


def guards() -> list[Guard]:
    """All guards, in the order of the files."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        for entry in tomllib.loads(path.read_text("utf-8")).get("guard", []):
            found.append(Guard(**entry | {name: tuple(entry.get(name, ())) for name in ("tests", "holes")}))
    return found
