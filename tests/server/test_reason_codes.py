"""Errors for which the page has words of its own are told apart by a member, not by their message."""

from __future__ import annotations

from typing import Any

import pytest

from graphile_worker import WorkerUtils
from tests.server.conftest import Door


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "nothing_to_change"),
        ({"priority": "high"}, "whole_number"),
        ({"max_attempts": 1.5}, "whole_number"),
        ({"priority": 99999}, None),
        ({"run_at": "soon"}, None),
    ],
)
async def test_what_was_wrong_with_a_reschedule(
    door: Door, utils: WorkerUtils, more: dict[str, Any], code: str | None
) -> None:
    job = await utils.add_job("t")
    answer = await door.post("/api/jobs/action", {"action": "reschedule", "ids": [job.id], **more})
    error = answer.json()
    assert (answer.status_code, error["code"], error.get("reason_code")) == (400, "invalid_input", code)
