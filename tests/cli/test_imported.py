"""The start of a command: what it imports, and what it makes of that. The rules are in docs/architecture.md."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.support import PROGRAM, Program

SERVER = {"starlette", "uvicorn", "uvloop", "httptools", "anyio", "prometheus_client", "argon2", "idna",
          "graphile_worker.admin.server", "graphile_worker.demo"}  # fmt: skip
DRAWN = {"rich", "graphile_worker.cli.drawn_table"}
ACTIONS = {"graphile_worker.worker_utils", "graphile_worker.reads", "graphile_worker.core.jobs",
           "graphile_worker.core.locks.sweep", "graphile_worker.core.migration.migrate"}  # fmt: skip
SELDOM = {"difflib", "importlib.metadata", "importlib.resources", "concurrent.futures.thread", "csv", "uvloop",
          "graphile_worker.admin.api.json_codec"}  # fmt: skip
DATABASE = {"asyncio", "asyncpg", "ssl", "traceback", "graphile_worker.conninfo", "graphile_worker.core.database",
            "graphile_worker.admin"}  # fmt: skip
READ = SERVER | DRAWN | ACTIONS | SELDOM
ABSENT = {
    "--version": READ | DATABASE,
    "--help": READ | DATABASE,
    "list": READ,
    "count": READ,
    "stats": READ,
    "show 1": READ,
}
# Public objects, records without the secret in their repr, and the table of actions, whose rows inherit.
DATACLASSES = {"Action", "ConnectOptions", "JobAction", "JobStats", "Schema", "ServerMessage", "Tls"}
PATTERNS_MAX = 20  # of ours that a command compiles; its modules define about 100

_COUNTING = """
import dataclasses, re, sys
made, compiled = set(), 0
dataclass, compile = dataclasses.dataclass, re.compile

def counting(cls=None, /, **how):
    def decorate(one):
        if one.__module__.startswith("graphile_worker."):
            made.add(one.__name__)
        return dataclass(**how)(one)
    return decorate if cls is None else decorate(cls)

def compiling(*arguments):
    global compiled
    compiled += sys._getframe(1).f_globals["__name__"].startswith("graphile_worker.")
    return compile(*arguments)

dataclasses.dataclass, re.compile = counting, compiling
from graphile_worker.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    print(*sorted(made), file=sys.stderr)
    print(compiled, file=sys.stderr)
"""


def imported(program: Program, line: str) -> set[str]:
    """The modules that a command imports, in a process of its own with a pipe as standard output."""
    command = [PROGRAM[0], "-X", "importtime", *PROGRAM[1:], *line.split()]
    ran = subprocess.run(command, env=program.environment, capture_output=True, encoding="utf-8", timeout=60)
    assert ran.returncode == 0, ran.stderr
    return {entry.rpartition("|")[2].strip() for entry in ran.stderr.splitlines() if entry.startswith("import time:")}


@pytest.mark.parametrize("line", ABSENT)
def test_a_command_imports_only_what_it_needs(dsn: str, line: str) -> None:
    program = Program(dsn)
    assert program("add", "send").code == 0
    found = imported(program, line)
    assert "graphile_worker.cli.main" in found
    assert found & ABSENT[line] == set()


@pytest.mark.parametrize("line", ["list", "count", "stats", "show 1"])
def test_a_command_makes_few_dataclasses_and_compiles_few_patterns(dsn: str, line: str) -> None:
    program = Program(dsn)
    assert program("add", "send").code == 0
    ran = subprocess.run(
        [sys.executable, "-c", _COUNTING, *line.split()],
        env=program.environment, capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    made, compiled = ran.stderr.splitlines()
    assert set(made.split()) <= DATACLASSES
    assert 0 < int(compiled) <= PATTERNS_MAX
