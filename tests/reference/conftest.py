"""The reference itself: the program of `cargo install graphile_worker_cli`. scripts/test-peers brings it and runs this.

Not part of scripts/test (`collect_ignore` in tests/conftest.py): it takes a Rust toolchain and several servers.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROGRAM = "GRAPHILE_WORKER_REFERENCE"


@pytest.fixture(scope="session")
def reference() -> list[str]:
    """The command line of the reference."""
    program = Path(os.environ.get(PROGRAM) or ROOT / ".bench" / "bin" / "graphile-worker")
    if not program.is_file():
        pytest.exit(f"There is no reference at {program}; scripts/test-peers builds it.", 1)
    return [str(program)]
