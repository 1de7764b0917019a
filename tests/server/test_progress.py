"""What has become of the jobs of an action: counted for exactly these ids, as workers leave them."""

from __future__ import annotations

import pytest

from graphile_worker import JobSpec, WorkerUtils
from tests.server.conftest import Door
from tests.support.table import Table

# as a worker takes a job, and as it returns one that has failed
TAKEN = "update {s}._private_jobs set attempts = attempts + 1, locked_at = now(), locked_by = 'w' where id = any($1)"
FAILED = """update {s}._private_jobs set last_error = 'again', locked_at = null, locked_by = null, updated_at = now(),
run_at = greatest(now(), run_at) + (exp(least(attempts, 10)) * interval '1 second') where id = any($1)"""


@pytest.mark.any_schema
@pytest.mark.parametrize("action", ["retry", "run-now", "run-next"])
async def test_the_jobs_of_an_action(door: Door, utils: WorkerUtils, action: str) -> None:
    table = Table.of(utils)
    ids = [job.id for job in await utils.add_jobs([JobSpec("t", max_attempts=3)] * 6)]
    await utils.add_jobs([JobSpec("other")] * 3)
    await table.run(TAKEN, ids)
    await table.run(FAILED, ids)  # they are retrying, with an error
    path = f"/api/jobs/progress?ids={ids[0]}-{ids[-1]}"
    done = (await door.post("/api/jobs/bulk", {"action": action, "ids": ids})).json()["outcomes"]
    assert done == {"done": 6}

    async def counts() -> list[int]:
        found = await door.answer(path)
        return [found[name] for name in ("gone", "running", "failed", "waiting")]

    assert await counts() == [0, 0, 0, 6]
    await table.run(TAKEN, ids[:4])
    assert await counts() == [0, 4, 0, 2]
    await utils.database.pool.execute(f"delete from {utils.schema.quoted}._private_jobs where id = {ids[0]}")
    await table.run(FAILED, ids[1:3])
    assert await counts() == [1, 1, 2, 2]
    await table.run("update {s}._private_jobs set attempts = max_attempts - 1 where id = any($1)", ids[4:])
    await table.run(TAKEN, ids[4:])
    await table.run(FAILED, ids[4:])  # the last attempt
    assert await counts() == [1, 1, 4, 0]


@pytest.mark.any_schema
@pytest.mark.parametrize("action", ["retry", "run-now", "run-next"])
async def test_with_their_attempts_only_jobs_that_were_tried_again_have_failed(
    door: Door, utils: WorkerUtils, action: str
) -> None:
    table = Table.of(utils)
    ids = [job.id for job in await utils.add_jobs([JobSpec("t")] * 4)]
    await table.run(TAKEN, ids)
    await table.run(FAILED, ids)
    done = (await door.post("/api/jobs/action", {"action": action, "ids": ids})).json()
    used = {job["id"]: job["attempts"] for job in done["jobs"]}
    assert set(used.values()) == {0 if action == "retry" else 1}
    path = "/api/jobs/progress?ids=" + ",".join(f"{id}:{used[id]}" for id in ids)

    async def counts() -> list[int]:
        found = await door.answer(path)
        return [found[name] for name in ("gone", "running", "failed", "waiting")]

    assert await counts() == [0, 0, 0, 4]
    await utils.reschedule_jobs(ids[:2], run_at="+2h")  # it has an error, and was not tried since
    assert await counts() == [0, 0, 0, 4]
    await table.run(TAKEN, ids[1:])
    assert await counts() == [0, 3, 0, 1]
    await table.run(FAILED, ids[1:3])
    await utils.reschedule_jobs(ids[1:2], run_at="+2h")
    assert await counts() == [0, 1, 2, 1]
    await utils.permanently_fail_jobs(ids[:1], "by hand")
    assert await counts() == [0, 1, 3, 0]


@pytest.mark.parametrize(
    "ids",
    [
        "1:",
        ":1",
        "1:-1",
        "1:2:3",
        "1:999999",
        "",
        "x",
        "1,",
        "0",
        "3-2",
        "1-2001",
        "1-1000,5000-6001",
        "-1",
        "1--2",
        "9223372036854775808",
        "\u0661",
        "1 ,2",
    ],
)
async def test_bad_ids(door: Door, ids: str) -> None:
    answer = await door.get("/api/jobs/progress", params={"ids": ids})
    assert (answer.status_code, answer.json()["field"]) == (400, "ids")


async def test_ids_that_no_job_has_are_gone_and_twice_is_once(door: Door) -> None:
    found = await door.answer("/api/jobs/progress?ids=9223372036854775806-9223372036854775807,5,5")
    assert (found["gone"], found["waiting"]) == (3, 0)
    assert (await door.get("/api/jobs/progress")).status_code == 400


async def test_a_reschedule_after_a_failure_counts_as_failed_and_an_unknown_id_as_gone(
    door: Door, utils: WorkerUtils
) -> None:
    job = await utils.add_job("t", max_attempts=3)
    await Table.of(utils).run(TAKEN, [job.id])
    await Table.of(utils).run(FAILED, [job.id])
    await utils.reschedule_jobs([job.id], run_at="+2h")
    found = await door.answer(f"/api/jobs/progress?ids={job.id},{job.id + 100}")
    assert [found[name] for name in ("gone", "running", "failed", "waiting")] == [1, 0, 1, 0]
