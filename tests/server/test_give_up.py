"""A running job with a key is given up after its attempt; other jobs with a key are removed; a lost race changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door
from tests.support.table import Table

pytestmark = pytest.mark.any_schema


async def remove(door: Door, **body: Any) -> dict[str, Any]:
    answer = await door.post("/api/jobs/remove-by-key", {"key": "k", **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_dry_run_of_a_running_job_is_what_happens(door: Door, utils: WorkerUtils) -> None:
    table, job = Table.of(utils), await utils.add_job("t", key="k", queue="q", max_attempts=5)
    await table.lock(job.id, "1 minute")
    await table.run("update {s}._private_jobs set attempts = 2 where id = $1", job.id)
    before = await table.row(job.id)
    async with utils.queue.read() as tx:
        marks = (await tx.capabilities()).state.has_retirements

    found = await remove(door, dry_run=True)
    assert (found["outcome"], found["id"], found["dry_run"], found["marked"]) == ("key_released", job.id, True, marks)
    assert await table.row(job.id) == before

    given_up = await remove(door, expected_id=job.id, expected_outcome="key_released")
    after = await table.row(job.id)
    assert given_up["outcome"] == "key_released" and "id" not in given_up
    assert (after["key"], after["attempts"], after["locked_by"], after["locked_at"]) == (
        None,
        5,
        "w1",
        before["locked_at"],
    )
    assert (await remove(door, dry_run=True))["outcome"] == "not_found"


async def test_the_message_of_a_dry_run_claims_no_write(door: Door, utils: WorkerUtils) -> None:
    table, job = Table.of(utils), await utils.add_job("t", key="k")
    async with utils.queue.read() as tx:
        marks = (await tx.capabilities()).state.has_retirements
    assert (await remove(door, dry_run=True))["message"] == "Would remove job with key `k`"
    for expected in ({"expected_id": job.id + 1}, {"expected_outcome": "key_released"}):
        lost = await remove(door, dry_run=True, **expected)
        assert (lost["outcome"], lost["id"]) == ("changed", job.id) and lost["message"].startswith("Would do nothing")
    await table.lock(job.id, "1 minute")
    planned = await remove(door, dry_run=True, expected_id=job.id, expected_outcome="key_released")
    assert planned["outcome"] == "key_released" and "it would lose its key" in planned["message"]
    done = await remove(door)
    for message in (planned["message"], done["message"]):
        assert ("not run again" in message, "may run it again" in message) == (marks, not marks)


async def test_another_job_or_another_outcome_is_left_alone(door: Door, utils: WorkerUtils) -> None:
    table, job = Table.of(utils), await utils.add_job("t", key="k")
    assert (await remove(door, dry_run=True))["outcome"] == "removed"
    before = await table.row(job.id)
    for expected in ({"expected_id": job.id + 1}, {"expected_outcome": "key_released"}):
        lost = await remove(door, **expected)
        assert lost["outcome"] == "changed" and "Nothing was done" in lost["message"], expected
        assert await table.row(job.id) == before
    assert (await remove(door, expected_id=job.id, expected_outcome="removed"))["outcome"] == "removed"
    assert await table.job(job.id) is None
    assert (await remove(door, expected_id=job.id))["outcome"] == "not_found"
    wrong = await door.post("/api/jobs/remove-by-key", {"key": "k", "expected_outcome": "gone"})
    assert wrong.status_code == 400
