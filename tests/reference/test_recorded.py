"""The recorded contract is still what the reference says, and ours still answers like it: both live, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.contract.compare import compare_case, recorded
from tests.contract.driver import OURS, driving
from tests.contract.record import Answers, ask_everything
from tests.contract.requests import GROUPS
from tests.reference.conftest import Record
from tests.support.templates import Databases

ALL = [*GROUPS, "commands"]


def everything(program: Sequence[str], databases: Databases) -> Answers:
    """All answers of one program on a database of its own."""

    async def ask() -> Answers:
        async with driving(program, databases.server.dsn(await databases.empty())) as driver:
            return await ask_everything(driver)

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def theirs(reference: list[str], databases: Databases) -> Answers:
    """What the reference says now."""
    return everything(reference, databases)


@pytest.fixture(scope="module")
def ours(databases: Databases) -> Answers:
    """What ours says now."""
    return everything(OURS, databases)


@pytest.mark.parametrize("group", ALL)
def test_the_recorded_answers_are_still_theirs(theirs: Answers, group: str, record_property: Record) -> None:
    files = recorded(group)
    changed = [name for name in theirs[group] if theirs[group][name] != files.get(name)]

    assert changed == []
    assert list(files) == list(theirs[group])
    record_property("figures", f"{group}: {len(files)} recorded answers are still what the reference says")


@pytest.mark.parametrize("group", ALL)
def test_ours_answers_like_the_live_reference(
    theirs: Answers, ours: Answers, group: str, record_property: Record
) -> None:
    differing = {
        name: found
        for name, answer in theirs[group].items()
        if (found := compare_case(group, name, answer, ours[group][name]))
    }

    assert differing == {}
    record_property("figures", f"{group}: {len(theirs[group])} live answers compared, 0 differ")
