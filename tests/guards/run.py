"""Disables one guard after the other in a copy of the source; the tests named beside it must fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.guards.table import ROOT, SOURCE, Guard, guards

TESTS_FAILED = 1  # pytest's exit code; others mean that nothing was tested


def pytest(source: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Runs tests against the package in `source`; what a test leaves to the garbage collector fails no other."""
    options = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:unraisableexception")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *dict.fromkeys(tests)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
    )


def disabled(guard: Guard, source: Path) -> bool:
    """Whether the tests fail without the guard; prints a line."""
    path = source / "graphile_worker" / guard.file
    text = path.read_text("utf-8")
    assert text.count(guard.code) == 1, f"{guard.name}: its code must stand exactly once in {guard.file}"
    path.write_text(text.replace(guard.code, guard.instead), "utf-8")
    try:
        survivors = [test for test in guard.tests if pytest(source, test).returncode != TESTS_FAILED]
    finally:
        path.write_text(text, "utf-8")
    state = f"NOT NOTICED by {', '.join(survivors)}" if survivors else "noticed"
    print(f"{guard.name}: {state}", flush=True)
    return not survivors


def main(names: list[str]) -> int:
    """Exit code 1 when a guard can be disabled unnoticed, 2 for a name that no guard has."""
    chosen = [guard for guard in guards() if not names or guard.name in names]
    unknown = set(names) - {guard.name for guard in chosen}
    if unknown or not chosen:
        print(f"test-guards: there is no guard {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        shutil.copytree(SOURCE, source / "graphile_worker", ignore=shutil.ignore_patterns("__pycache__"))
        intact = pytest(source, *(test for guard in chosen for test in guard.tests))
        if intact.returncode != 0:
            print(f"test-guards: the tests fail with every guard in place\n{intact.stdout[-4000:]}", file=sys.stderr)
            return 1
        results = [disabled(guard, source) for guard in chosen]
    print(f"test-guards: {sum(results)} of {len(results)} guards are noticed when they are disabled")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
