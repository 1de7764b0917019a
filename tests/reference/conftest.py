"""The reference itself: the program of `cargo install graphile_worker_cli`. scripts/test-peers brings it and runs this.

Not part of scripts/test (`collect_ignore` in tests/conftest.py): it takes a Rust toolchain and several servers.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.reference.histories import Past
from tests.reference.side_by_side import Both, side_by_side
from tests.support.templates import Databases

Record = Callable[[str, object], None]  # the fixture `record_property`; what is named "figures" is printed at the end
Opener = Callable[..., AbstractAsyncContextManager[Both]]

ROOT = Path(__file__).parent.parent.parent
PROGRAM = "GRAPHILE_WORKER_REFERENCE"


@pytest.fixture(scope="session")
def reference() -> list[str]:
    """The command line of the reference."""
    program = Path(os.environ.get(PROGRAM) or ROOT / ".bench" / "bin" / "graphile-worker")
    if not program.is_file():
        pytest.exit(f"There is no reference at {program}; scripts/test-peers builds it.", 1)
    return [str(program)]


@pytest.fixture
def both(reference: list[str], databases: Databases) -> Opener:
    """`async with both() as two:` is the reference and ours on a database of their own."""

    @asynccontextmanager
    async def opened(more_rows: str = "") -> AsyncIterator[Both]:
        async with side_by_side(reference, databases.server.dsn(await databases.empty()), more_rows) as two:
            yield two

    return opened


@pytest.fixture(scope="session")
def past(reference: list[str], databases: Databases) -> Past:
    """The maker of databases that others have migrated."""
    return Past(databases, reference)
