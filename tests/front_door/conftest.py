"""The fixtures of the cases, and how many variants of each test run.

`scripts/test` runs three variants of each test; `scripts/test-connections`, `scripts/test-all` and a test that is named by
its id run all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from graphile_worker.cli.main import main
from tests.cli.support import Ran
from tests.conninfo.conftest import tls
from tests.front_door.addresses import target
from tests.support.fake_postgres import FakePostgres, fake_postgres, saying

__all__ = ["target", "tls"]

HERE = Path(__file__).parent
VARIANTS = 3


@pytest.fixture
async def fake() -> AsyncIterator[FakePostgres]:
    """A server that says what a test makes it say."""
    async with fake_postgres(saying(b"")) as fake:
        yield fake


@pytest.fixture
def gw(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Runs the command line in a thread."""

    def run(arguments: tuple[str, ...]) -> int:
        try:
            main(list(arguments))
        except SystemExit as ended:
            return int(ended.code or 0)
        raise AssertionError("main ends with SystemExit")

    async def ran(dsn: str, *arguments: str) -> Ran:
        monkeypatch.setenv("DATABASE_URL", dsn)
        code = await asyncio.to_thread(run, arguments)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return ran


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is a table of variants."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.variants(VARIANTS))
