"""Case 25: jobs of 20 MB, on the first page and under a search.

The kind: every read and write that goes over several jobs weighs what is stored before it reads it, reads no more than it
shows, and says what it left out. The payloads here compress well: a little that is stored becomes much when it is read.
`benchmarks/bounded.py` measures all of it with 100 jobs.
"""

from __future__ import annotations

from typing import Any

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.api.jobs import export, search
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.read import rough
from graphile_worker.admin.api.sql import statement
from graphile_worker.core.jobs import JobSpec
from graphile_worker.core.queue import Transaction
from tests.front_door.auditing import Audited
from tests.front_door.explained import blocks, plan
from tests.support.table import Table

PAYLOAD = "json_build_object('t', repeat('graphile ', $1::int / 9))"


async def large(utils: WorkerUtils, jobs: int, size: int = 20_000_000) -> list[int]:
    """Jobs with such payloads, and a small one behind them."""
    await utils.add_jobs([JobSpec("large")] * jobs)
    await Table.of(utils).run(f"update {{s}}._private_jobs set payload = {PAYLOAD}", size)
    await utils.add_job("small", {"n": 1})
    return list(range(1, jobs + 1))


async def answer(admin: Audited, path: str) -> Any:
    async with admin.client() as client:
        got = await client.get(path)
    assert got.status_code == 200, got.text
    return got.json()


@pytest.mark.parametrize("redact", [(), ("other",)], ids=["shown", "redacted"])
async def test_a_list_shows_what_can_be_read_in_time_and_names_the_rest(
    redact: tuple[str, ...], utils: WorkerUtils
) -> None:
    ids = await large(utils, 40)
    admin = Audited(utils, redact=redact, read_only=bool(redact))
    for form in ("preview", "text", "full"):
        page = await answer(admin, f"/api/jobs?payload={form}")
        jobs = {job["id"]: job for job in page["jobs"]}
        assert list(jobs) == [*ids, 41]
        if redact:
            assert form != "full" or jobs[40]["payload"] == "hidden from viewers"
            continue
        omitted = page["omitted"]
        if form == "preview":
            assert omitted == ids[len(ids) - len(omitted) :] and 0 < len(omitted) <= 36
            assert all(jobs[id]["payload_preview"] == "(too large for a list)" for id in omitted)
            assert all(200 < jobs[id]["payload_bytes"] < 1_000_000 for id in omitted)
            assert jobs[1]["payload_bytes"] > 19_000_000 and len(jobs[1]["payload_preview"]) == 200
            assert jobs[41]["payload_preview"] == '{"n": 1}' and jobs[41]["payload_bytes"] == 8
        elif form == "text":
            assert all(jobs[id]["payload_text"] is None and jobs[id]["payload_truncated"] for id in omitted)
            assert len(jobs[1]["payload_text"]) == 262_144
        else:
            assert omitted == ids and jobs[41]["payload"] == {"n": 1}


@pytest.mark.parametrize("sort", ["id", "-id", "-run_at", "priority"])
async def test_small_jobs_are_never_left_out(sort: str, utils: WorkerUtils) -> None:
    """However many they are, however long it takes to read them."""
    await utils.add_jobs([JobSpec("small", {"t": "x" * 8_000})] * 500)
    page = await answer(Audited(utils), f"/api/jobs?payload=preview&limit=500&sort={sort}")
    assert len(page["jobs"]) == 500 and "omitted" not in page


@pytest.mark.long
async def test_an_export_weighs_no_job_that_cannot_be_in_its_batch(utils: WorkerUtils) -> None:
    await large(utils, 12)
    async with utils.database.pool.acquire() as connection:
        one = "select octet_length(payload::text) from graphile_worker._private_jobs where id = 1"
        of_one = blocks(await plan(connection, one))
        none = JobFilter()
        parts = {
            "scan": "asc", "bounds": (), "line": "line_ndjson", "values": "values_none",
            "payload": "payload_full", "error": "error_full", "rough": rough(Transaction(connection, utils.queue)), **none.parts(),
        }  # fmt: skip
        bounds = {"rows": export.BATCH_JOBS, "bytes_most": export.BATCH_BYTES}
        text, values = statement("export.batch", **parts).bind(utils.schema, bounds)
        root = await plan(connection, text, *values)
    assert blocks(root) < 6 * of_one, (blocks(root), of_one)  # two are weighed and one is in the batch
    async with Audited(utils).client() as client:
        lines = (await client.get("/api/jobs/export")).text.splitlines()
    assert len(lines) == 13


async def test_a_slice_of_a_search_ends_where_large_payloads_come_to_its_bound(
    utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SLICE_SECONDS", 0)
    await large(utils, 8)
    admin, path, found, slices = Audited(utils), "/api/jobs?partial=true&search=zzz&payload=preview", 0, []
    page = await answer(admin, path)
    while True:
        slices.append(page["searched"]["to"])
        found += len(page["jobs"])
        if page["next"] is None:
            break
        page = await answer(admin, f"{path}&cursor={page['next']}")
    assert slices == [3, 6, 9] and found == 0
    back = await answer(admin, path + "&sort=-id")
    assert back["searched"] == {"from": 9, "to": 6}
    monkeypatch.undo()
    page = await answer(admin, "/api/jobs?partial=true&search=small")
    while not page["jobs"]:  # the second is over
        page = await answer(admin, f"/api/jobs?partial=true&search=small&cursor={page['next']}")
    assert [job["id"] for job in page["jobs"]] == [9]


@pytest.mark.parametrize("verb", ["retry", "fail", "run-now", "complete"])
async def test_an_action_on_many_answers_without_what_is_large(verb: str, utils: WorkerUtils) -> None:
    ids = await large(utils, 20, 1_000_000)
    admin = Audited(utils)
    few = await admin.post("/api/jobs/action", {"action": "retry", "ids": ids[:3]})
    assert [len(job["payload"]["t"]) > 900_000 for job in few.json()["jobs"]] == [True] * 3
    assert "omitted" not in few.json()
    many = await admin.post("/api/jobs/action", {"action": verb, "ids": [*ids, 21]})
    assert len(many.content) < 50_000 and [one["outcome"] for one in many.json()["results"]] == ["done"] * 21
    assert many.json()["omitted"] == ids
    assert [job["payload"] for job in many.json()["jobs"]] == [None] * 20 + [{"n": 1}]


async def test_the_library_has_rows_as_its_caller_wants_them(utils: WorkerUtils) -> None:
    ids = await large(utils, 2, 2_000_000)
    whole = await utils.retry(ids)
    assert [len(job.payload) > 1_900_000 for job in whole.jobs] == [True, True]
    for other in (utils.with_rows("large"), utils.with_rows("small")):
        assert [job.payload for job in (await other.retry(ids)).jobs] == [None, None]
    assert [len(job.payload) > 1_900_000 for job in (await utils.retry(ids)).jobs] == [True, True]
