"""Suite 2: the API asked by schemathesis in every mode of authentication, as scripts/test-api does. At full volume only (conftest.py)."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCHEMATHESIS = ROOT / ".bench/api/bin/schemathesis"
LEAST = 4000


def test_schemathesis_finds_nothing_in_any_mode(record_property: Callable[[str, object], None]) -> None:
    if not SCHEMATHESIS.exists():
        pytest.fail("schemathesis is not installed: run scripts/tools api")
    command = [sys.executable, "-m", "tests.api.run", "--schemathesis", str(SCHEMATHESIS), "--least", str(LEAST)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    figures = re.search(r"test-api: figures (.+)", done.stdout)
    assert figures and done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    record_property("figures", figures[1])
    assert "5xx 0, bypasses 0" in figures[1]
