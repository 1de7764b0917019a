"""A client written for the reference works against ours: its recorded answers beside our own, field by field.

The recorded answers are data of scripts/record-contract; the cases are in requests.py and commands.py.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.commands import COMMANDS
from tests.contract.compare import compare_case, recorded
from tests.contract.differences import COMMAND_DIFFERENCES, DIFFERENCES, LONGER_COMMANDS
from tests.contract.driver import OURS, driving
from tests.contract.record import Answers, ask_everything
from tests.contract.requests import GROUPS
from tests.support.templates import Databases

CASES = [(group, case.name) for group, cases in GROUPS.items() for case in cases]


@pytest.fixture(scope="module")
def answers(databases: Databases) -> Answers:
    """Everything asked of ours, once."""

    async def ask() -> Answers:
        async with driving(OURS, databases.server.dsn(await databases.empty())) as driver:
            return await ask_everything(driver)

    return asyncio.run(ask())


@pytest.mark.parametrize(("group", "name"), CASES)
def test_ours_answers_like_the_reference(answers: Answers, group: str, name: str) -> None:
    assert compare_case(group, name, recorded(group)[name], answers[group][name]) == []


@pytest.mark.parametrize("line", COMMANDS)
def test_our_command_line_prints_like_the_reference(answers: Answers, line: str) -> None:
    assert compare_case("commands", line, recorded("commands")[line], answers["commands"][line]) == []


def test_every_difference_is_about_something_asked() -> None:
    assert set(DIFFERENCES) - set(CASES) == set()
    assert {*COMMAND_DIFFERENCES, *LONGER_COMMANDS} - set(COMMANDS) == set()
