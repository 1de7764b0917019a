"""What an import brings along: the library no web module, the package not even the driver."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

DRIVER = {"asyncpg"}
WEB = {"starlette", "uvicorn", "httptools", "msgspec", "anyio", "prometheus_client"}
TERMINAL = {"click", "rich"}
_TELL = "import json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"


def loaded(code: str) -> set[str]:
    """The top-level modules after some code, in a process of its own."""
    told = subprocess.run([sys.executable, "-c", f"{code}\n{_TELL}"], capture_output=True, text=True, check=True)
    return set(json.loads(told.stdout.splitlines()[-1]))


def called(*arguments: str) -> str:
    """Code that runs the command line and goes on."""
    return f"import graphile_worker.cli.main as m\ntry: m.main({list(arguments)!r})\nexcept SystemExit: pass"


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import graphile_worker", DRIVER | WEB | TERMINAL | {"asyncio"}),
        ("import graphile_worker; graphile_worker.__version__; dir(graphile_worker)", DRIVER | WEB | TERMINAL),
        ("import graphile_worker.admin", DRIVER | WEB | TERMINAL | {"asyncio"}),
        ("from graphile_worker import WorkerUtils, JobSpec, InvalidInput", WEB | TERMINAL),
        ("from graphile_worker import *", WEB | TERMINAL),
        ("from graphile_worker import JobSpec, Outcome, InvalidInput, Schema", DRIVER | WEB | TERMINAL),
        (called("--help"), DRIVER | {"starlette", "uvicorn", "asyncio"}),
        (called("-V"), DRIVER | {"starlette", "uvicorn", "asyncio"}),
        (called("admin", "--help"), DRIVER | {"starlette", "uvicorn"}),
        (called("admin-user", "--help"), DRIVER | {"starlette", "uvicorn", "asyncio", "ssl"}),
    ],
)
def test_nothing_more_than_is_needed(code: str, absent: set[str]) -> None:
    assert loaded(code) & absent == set()


@pytest.mark.parametrize("line", ["list", "count", "stats", "show 1", "queues"])
def test_a_command_that_looks_loads_no_server_and_draws_no_table(dsn: str, line: str) -> None:
    """A script runs it often, and waits for each import."""
    code = f"import os\nos.environ['DATABASE_URL'] = {dsn!r}\n{called(*line.split())}"
    assert loaded(code) & ((WEB - {"msgspec"}) | {"rich"}) == set()
