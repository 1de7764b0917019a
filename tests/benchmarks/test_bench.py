"""The bench runs from end to end on few rows; what it measures is not judged here."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

MEASURED = ("first page p50", "failed page p50", "one job p50", "one queue's page p50", "overview p50",
            "the page at nine tenths p50", "requests/s at 16 connections", "first visit, bytes", "memory of the server",
            "export as ndjson, jobs/s", "export as csv, jobs/s", "`list` on the command line", "`import graphile_worker`",
            "`stats` on the command line", "`show 1` on the command line", "/api/session p50")  # fmt: skip


@pytest.mark.long
def test_the_bench_fills_measures_and_prints_its_table() -> None:
    few = ["--jobs", "3000", "--rounds", "1", "--count", "3", "--seconds", "0.2", "--dry", "--no-browser"]
    environment = {name: value for name, value in os.environ.items() if name != "GRAPHILE_WORKER_REFERENCE"}
    command = [sys.executable, "-m", "benchmarks.run", *few]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert [what for what in MEASURED if what not in done.stdout] == []
    assert "The reference is left out" in done.stdout
