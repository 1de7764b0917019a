"""Runs selections of the tests and prints one line for each, with the figures that they recorded."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]


def suite(title: str, arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Runs pytest with these arguments and prints its line; False when a test failed, or none ran, or one was skipped."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-o", "junit_family=xunit1", f"--junitxml={report}", *arguments],
            cwd=ROOT, env=os.environ | environment, capture_output=True, encoding="utf-8",
        )  # fmt: skip
        seconds = time.monotonic() - begun
        found = ElementTree.parse(report).getroot().find("testsuite") if report.exists() else None
    counts = {name: int(found.get(name, 0)) if found is not None else 0 for name in ("tests", "skipped")}
    failed = done.returncode != 0 or counts["tests"] == 0 or counts["skipped"] > 0
    figures = (
        [one.get("value", "") for one in found.iter("property") if one.get("name") == "figures"]
        if found is not None
        else []
    )
    state = "FAILED" if failed else "ok"
    print(f"{title}: {state}, {counts['tests']} tests, {seconds:.0f} s | {' | '.join(figures) or '-'}", flush=True)
    if failed:
        print(done.stdout[-8000:], done.stderr[-2000:], sep="\n", flush=True)
    return not failed
