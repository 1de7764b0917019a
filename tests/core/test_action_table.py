"""The table of actions agrees with the methods of WorkerUtils, the statements and the types of requests."""

from __future__ import annotations

import inspect
from typing import get_args, get_type_hints

import pytest

from graphile_worker import InvalidInput, Schema, WorkerUtils
from graphile_worker.admin.api.requests import BulkRequest, JobActionRequest
from graphile_worker.core.actions.action import JobAction
from graphile_worker.core.actions.table import ACTIONS, JOB_ACTIONS, RESCHEDULE, RUN_NOW
from graphile_worker.core.sql import statement

PRECONDITIONS = {"revisions", "expected", "dry_run"}


@pytest.mark.parametrize("action", JOB_ACTIONS.values(), ids=lambda action: action.name)
def test_an_action_has_its_method_and_its_statement(action: JobAction) -> None:
    parameters = inspect.signature(getattr(WorkerUtils, action.method)).parameters
    names = {argument.name for argument in action.arguments}

    assert set(parameters) - {"self", "ids"} - PRECONDITIONS == names
    statement(action.statement, row="row_whole").bind(
        Schema("s"), {"ids": [], **action.constants, **dict.fromkeys(names)}
    )


@pytest.mark.parametrize("request_type", [JobActionRequest, BulkRequest])
def test_requests_have_every_action_and_argument(request_type: type[JobActionRequest | BulkRequest]) -> None:
    hints = get_type_hints(request_type, include_extras=True)

    assert get_args(hints["action"]) == tuple(JOB_ACTIONS)
    assert {argument.name for action in JOB_ACTIONS.values() for argument in action.arguments} <= set(hints)


def test_names_are_unique_and_every_action_needs_something_of_the_database() -> None:
    assert all(name == action.name for name, action in ACTIONS.items())
    assert [name for name, action in ACTIONS.items() if not action.privileges] == ["migrate"]


@pytest.mark.parametrize("value", [-1, 32768, True, "7"])
def test_values_are_validated_without_a_database(value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        RUN_NOW.validate({"attempts": value})
    assert refused.value.field == "attempts"


def test_an_action_that_needs_an_argument_says_which() -> None:
    with pytest.raises(InvalidInput) as refused:
        RESCHEDULE.validate({})
    assert refused.value.message == "run_at or priority, attempts or max_attempts must be given"
    assert RESCHEDULE.validate({"priority": 3}) == {
        "run_at": None,
        "priority": 3,
        "attempts": None,
        "max_attempts": None,
    }
