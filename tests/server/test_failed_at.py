"""When jobs failed: the member `failed_at`, its order, its range, exports, and the histogram."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from graphile_worker.admin.api.tables.histogram import BUCKETS
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door
from tests.support.table import Table

pytestmark = pytest.mark.any_schema
DAY = "failed_from=2026-01-01T00:00:00Z&failed_to=2026-01-02T00:00:00Z"


@pytest.fixture
async def ids(utils: WorkerUtils) -> list[int]:
    """Five jobs. The third has no error, the others failed at 00:00, 01:00, 03:00 and 04:00; the second is retried, the
    fifth runs."""
    table = Table.of(utils)
    ids = [(await utils.add_job("t", queue="q" if n == 4 else None)).id for n in range(5)]
    await table.run("alter table {s}._private_jobs disable trigger user")
    await table.run(
        "update {s}._private_jobs set attempts = case when id - $1::bigint in (1, 4) then 1 else 25 end,"
        " last_error = case when id - $1::bigint <> 2 then 'no' end, updated_at = '2025-12-31Z'",
        ids[0],
    )
    await table.run(  # as a worker: `updated_at` stays
        "update {s}._private_jobs set run_at = '2026-01-01Z'::timestamptz + (id - $1::bigint) * interval '1 hour'"
        " + exp(least(attempts, 10)) * interval '1 second'",
        ids[0],
    )
    await table.lock(ids[4], "1 minute")
    await table.run("update {s}._private_jobs set attempts = 2, updated_at = '2025-12-31Z' where id = $1", ids[4])
    return ids


async def test_the_member_the_order_and_the_range(door: Door, utils: WorkerUtils, ids: list[int]) -> None:
    a, b, c, d, e = ids
    for query, wanted in {
        "sort=-failed_at": [e, d, b, a, c],
        "sort=failed_at": [a, b, d, e, c],
        "sort=-failed_at&state=failed": [d, a, c],
        "failed_from=2026-01-01T01:00:00Z": [b, d, e],
        "failed_to=2026-01-01T01:00:00Z": [a],
        "failed_from=2026-01-01T01:00:00Z&failed_to=2026-01-01T04:00:00%2B00:00&sort=-id": [d, b],
    }.items():
        assert [job["id"] for job in (await door.answer(f"/api/jobs?{query}"))["jobs"]] == wanted, query
    times = [job["failed_at"] for job in (await door.answer("/api/jobs"))["jobs"]]
    assert times == [None if n == 2 else f"2026-01-01T0{n}:00:00Z" for n in range(5)]
    assert (await door.answer(f"/api/jobs/{b}"))["failed_at"] == times[1]
    since = datetime(2026, 1, 1, 1, tzinfo=UTC)
    page = await utils.list_jobs(failed_from=since, sort="-failed_at")
    assert [(job.id, job.failed_at) for job in page.jobs][2:] == [(b, since)]
    assert (await utils.count_jobs(failed_to=since)).count == 1
    wrong = await door.get("/api/jobs?failed_from=yesterday")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "failed_from")
    body = {"action": "retry", "filter": {"failed_from": "2026-01-01T03:00:00Z"}}
    assert (await door.post("/api/jobs/bulk", body)).json()["outcomes"] == {"done": 1, "running": 1}


async def test_an_action_after_the_failure_counts_as_its_time(door: Door, utils: WorkerUtils, ids: list[int]) -> None:
    """What happened before cannot be known from the row: `run_at` is another one now."""
    await utils.reschedule_jobs([ids[1]], run_at="2999-01-01T00:00:00Z")
    await utils.permanently_fail_jobs([ids[3]], "given up")
    for id in (ids[1], ids[3]):
        job = await door.answer(f"/api/jobs/{id}")
        assert job["failed_at"] == job["updated_at"] > "2026-01-02"


@pytest.mark.parametrize("run_at", ["infinity", "-infinity", "4714-11-24 00:00:00+00 BC", "294276-12-31 23:59:59+00"])
@pytest.mark.parametrize("attempts", [-32768, 0, 32767])
async def test_times_and_attempts_at_the_ends_of_their_types(
    door: Door, utils: WorkerUtils, ids: list[int], run_at: str, attempts: int
) -> None:
    sql = "update {s}._private_jobs set run_at = $2::text::timestamptz, attempts = $3 where id = $1"
    await Table.of(utils).run(sql, ids[0], run_at, attempts)
    assert (await door.answer(f"/api/jobs/{ids[0]}"))["failed_at"] == "2025-12-31T00:00:00Z"


async def test_exports_have_it(door: Door, ids: list[int]) -> None:
    table = list(csv.DictReader(io.StringIO((await door.get("/api/jobs/export?format=csv")).text)))
    assert [row["failed_at"] for row in table[:3]] == ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", ""]
    assert list(table[0])[-3:] == ["failed_at", "last_error", "payload"]


async def test_the_histogram_of_a_day(door: Door, ids: list[int]) -> None:
    answer = await door.answer(f"/api/errors/histogram?{DAY}")
    assert [answer[end] for end in ("failed_from", "failed_to")] == ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]
    assert len(answer["buckets"]) == BUCKETS
    assert {bucket["from"][11:13]: (bucket["failed"], bucket["retrying"]) for bucket in answer["buckets"][:5]} == {
        "00": (1, 0), "01": (0, 1), "02": (0, 0), "03": (1, 0), "04": (0, 0),
    }  # fmt: skip
    ends = [bucket["to"] for bucket in answer["buckets"]]
    assert [bucket["from"] for bucket in answer["buckets"][1:]] == ends[:-1] and ends[-1] == answer["failed_to"]
    for bucket in answer["buckets"]:
        range = {"failed_from": bucket["from"], "failed_to": bucket["to"], "state": ["failed", "retrying"]}
        count = (await door.get("/api/jobs/count", params=range)).json()["count"]
        assert count == bucket["failed"] + bucket["retrying"]


async def test_a_histogram_is_filtered_and_ends_now(door: Door, utils: WorkerUtils, ids: list[int]) -> None:
    retried = await door.answer(f"/api/errors/histogram?{DAY}&state=retrying&error=no")
    assert sum(bucket["failed"] + bucket["retrying"] for bucket in retried["buckets"]) == 1
    await utils.permanently_fail_jobs([ids[1]], "just now")
    for query in ("", "?seconds=60", "?failed_from=2026-01-03T00:00:00Z"):
        answer = await door.answer(f"/api/errors/histogram{query}")
        assert (answer["failed_to"], answer["buckets"][-1]["failed"]) == (answer["as_of"], 1), query
    for query, field in {
        "seconds=1": "seconds", "seconds=x": "seconds", "limit=1": "limit",
        "failed_from=2026-01-02T00:00:00Z&failed_to=2026-01-02T00:00:00Z": "failed_from",
    }.items():  # fmt: skip
        answer = await door.get(f"/api/errors/histogram?{query}")
        assert (answer.status_code, answer.json()["field"]) == (400, field)
