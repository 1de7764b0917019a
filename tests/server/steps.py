"""A verb on many jobs over HTTP: one step, or all of them."""

from __future__ import annotations

from typing import Any

from tests.server.conftest import Door

BULK = "/api/jobs/bulk"


async def post(door: Door, **body: Any) -> Any:
    """What one step answers, which must be right."""
    answer = await door.post(BULK, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def run(door: Door, **body: Any) -> list[Any]:
    """All steps: the same body again, with the cursor of the step before."""
    steps = [await post(door, **body)]
    while steps[-1]["next"]:
        steps.append(await post(door, **body | {"cursor": steps[-1]["next"]}))
    return steps
