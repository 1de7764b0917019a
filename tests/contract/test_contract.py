"""A client written for the reference works against ours: its recorded answers beside our own, field by field.

The recorded answers are data of scripts/record-contract; the cases are in requests.py and commands.py.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from typing import Any

import pytest

from tests.contract.commands import COMMANDS
from tests.contract.compare import RECORDED, compare, compare_values, recorded
from tests.contract.differences import COMMAND_DIFFERENCES, DIFFERENCES
from tests.contract.driver import Driver, driving, volatile_out
from tests.contract.requests import GROUPS
from tests.support.templates import Databases

OURS = [sys.executable, "-m", "graphile_worker.cli.main"]
CASES = [(group, case.name) for group, cases in GROUPS.items() for case in cases]


@pytest.fixture(scope="module")
def answers(databases: Databases) -> dict[tuple[str, str], Any]:
    """Everything asked of ours, once: the answer by group and case."""

    async def ask_all() -> dict[tuple[str, str], Any]:
        async with driving(OURS, databases.server.dsn(await databases.empty())) as driver:
            found = {(group, case.name): await driver.ask(case) for group, cases in GROUPS.items() for case in cases}
            return found | {("commands", line): await ask_command(driver, line) for line in COMMANDS}

    return asyncio.run(ask_all())


async def ask_command(driver: Driver, line: str) -> dict[str, Any]:
    """Exit code and standard output of one command line."""
    await driver.seed()
    code, out = await driver.command(*shlex.split(line))
    if line.endswith("--json") and out.strip():
        return {"exit": code, "json": volatile_out(json.loads(out))}
    return {"exit": code, "out": out}


@pytest.mark.parametrize(("group", "name"), CASES)
def test_ours_answers_like_the_reference(answers: dict[tuple[str, str], Any], group: str, name: str) -> None:
    ours, difference = answers[group, name], DIFFERENCES.get((group, name))
    if difference is None:
        assert compare(recorded(group)[name], ours) == []
        return
    assert ours["status"] == difference.status, difference.reason
    assert compare_values(difference.body or {}, ours["body"], "body") == [], difference.reason
    assert ours.get("left", {}) == (difference.left or {}), difference.reason


@pytest.mark.parametrize("line", COMMANDS)
def test_our_command_line_prints_like_the_reference(answers: dict[tuple[str, str], Any], line: str) -> None:
    ours, reason = answers["commands", line], "the same exit code, lines and members"
    wanted: dict[str, Any] = json.loads((RECORDED / "commands.json").read_text("utf-8"))[line]
    if line in COMMAND_DIFFERENCES:
        reason, difference = COMMAND_DIFFERENCES[line]
        wanted = {**wanted, **difference}
    assert ours["exit"] == wanted["exit"], reason
    assert compare_values(wanted, ours, line) == [], reason


def test_every_difference_is_about_something_asked() -> None:
    assert set(DIFFERENCES) - set(CASES) == set()
    assert set(COMMAND_DIFFERENCES) - set(COMMANDS) == set()
