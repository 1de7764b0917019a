"""What the reads answer: filters, order, cursors, payload forms, hostile rows, and a database that refuses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from graphile_worker.core.database.transactions import Database, connect
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.support.table import Table

READS = ["/api/jobs", "/api/jobs/1", "/api/overview", "/api/jobs?state=failed&payload=preview"]


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


async def page(door: Door, query: str = "") -> Any:
    """An answer of the list that must be right."""
    answer = await door.get(f"/api/jobs?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(door: Door, query: str = "") -> list[int]:
    return [job["id"] for job in (await page(door, query))["jobs"]]


async def test_filters(door: Door, utils: WorkerUtils, table: Table) -> None:
    a = (await utils.add_job("a,b", {"n": "50%_x"}, queue="q", key="k")).id
    b = (await utils.add_job("b", run_at="2100-01-01T00:00:00Z", queue=" q", flags=["eu", "us"])).id
    c = (await utils.add_job("c", key=" k", priority=7)).id
    d = (await utils.add_job("d", queue="q", priority=-5)).id
    await utils.permanently_fail_jobs([c], "ÜBER limit")
    await table.lock(d, "1 minute", "worker 7")
    for query, expected in {
        "": [a, b, c, d], "state=ready": [a], "state=scheduled": [b], "state=locked": [d], "state=failed": [c],
        "identifier=a,b": [a], "identifier=b&identifier=c": [b, c], "identifier=a": [], "identifier=": [a, b, c, d],
        "queue=q": [a, d], "queue=%20q": [b], "queue=q&queue=%20q": [a, b, d], "key=k": [a], "key=k&key=%20k": [a, c],
        "worker=worker+7": [d], "search=50%25_x": [a], "search=50__x": [], "search=%20über%20": [c], "search=WORKER": [d],
        f"search={c}": [c], "search=A,B": [a], "identifier=d&queue=q&state=locked": [d], "sort=-id&queue=q": [d, a],
        "state=ready&state=failed": [a, c], "state=all&state=ready": [a, b, c, d], "flag=eu": [b], "flag=x&flag=us": [b],
        "priority_min=1": [c], "priority_max=-1": [d], "priority_min=-5&priority_max=0": [a, b, d],
        "attempts_min=25": [c], "attempts_max=24": [a, b, d], "run_at_from=2099-01-01T00:00:00Z": [b],
        "run_at_to=2099-01-01T00:00:00Z": [a, c, d], "created_from=2099-01-01T00:00:00%2B02:00": [], "created_to=2099-01-01 00:00:00z": [a, b, c, d],
        "limit=2": [a, b], "limit=2&offset=3": [d], "offset=9223372036854775807": [], "limit=0": [],
    }.items():  # fmt: skip
        assert await ids(door, query) == expected, query
    states = [job["state"] for job in (await page(door))["jobs"]]
    assert states == ["ready", "scheduled", "failed", "locked"]
    assert [job["blocked"] for job in (await page(door))["jobs"]] == [True, False, False, False]


async def test_wrong_parameters_name_themselves(door: Door) -> None:
    for query, field in {
        "state=": "state", "state=Ready": "state", "limit=": "limit", "limit=-1": "limit", "limit=1.5": "limit",
        "offset=-1": "offset", f"offset={2**63}": "offset", "limit=" + "9" * 5000: "limit", "sort=run": "sort",
        "identifer=a": "identifer", "priority_min=x": "priority_min", "priority_min=2&priority_max=1": "priority_min",
        "run_at_from=now": "run_at_from", "attempts_max=40000": "attempts_max", "limit=1&limit=1": "limit",
        "partial=yes": "partial", "partial=true&sort=run_at": "partial", "sort=locked_at": "sort", "search=%00": "search", "search=%ff": "query",
        "identifier=%ed%a0%80": "query", "cursor=x": "cursor", "cursor=Zm9v": "cursor", "payload=all": "payload",
        "cursor=" + "aWQubmV4dC45" + "OTk5" * 2000: "cursor", "search=" + "x" * 1001: "search",
    }.items():  # fmt: skip
        answer = await door.get(f"/api/jobs?{query}")
        assert answer.status_code == 400, (query[:40], answer.text)
        assert (answer.json()["code"], answer.json()["field"]) == ("invalid_input", field)
    for id, status in {"0": 404, "-1": 404, str(2**63 - 1): 404, str(2**63): 400, "1.0": 400, "x": 400}.items():
        assert (await door.get(f"/api/jobs/{id}")).status_code == status, id


@pytest.mark.parametrize("sort", ["id", "-id"])
async def test_cursors_hold_while_rows_vanish(door: Door, utils: WorkerUtils, sort: str) -> None:
    made = [(await utils.add_job("t", n)).id for n in range(9)]
    ordered = made if sort == "id" else made[::-1]
    first = await page(door, f"sort={sort}&limit=3")
    assert ([job["id"] for job in first["jobs"]], first["has_more"], first["prev"]) == (ordered[:3], True, None)
    await utils.complete_jobs([ordered[2], ordered[3]])
    second = await page(door, f"sort={sort}&limit=3&cursor={first['next']}")
    assert [job["id"] for job in second["jobs"]] == ordered[4:7]
    last = await page(door, f"sort={sort}&limit=3&cursor={second['next']}")
    assert ([job["id"] for job in last["jobs"]], last["has_more"], last["next"]) == (ordered[7:], False, None)
    back = await page(door, f"sort={sort}&limit=3&cursor={last['prev']}")
    assert [job["id"] for job in back["jobs"]] == ordered[4:7]
    start = await page(door, f"sort={sort}&limit=3&cursor={back['prev']}")
    assert ([job["id"] for job in start["jobs"]], start["prev"]) == (ordered[:2], None)
    other = await door.get(f"/api/jobs?sort={'id' if sort == '-id' else '-id'}&cursor={first['next']}")
    assert (other.status_code, other.json()["field"]) == (400, "cursor")


async def test_payload_forms(door: Door, utils: WorkerUtils) -> None:
    text = json.dumps("é" * 300_000, ensure_ascii=False)
    id = (await utils.add_job("t", "é" * 300_000)).id
    for path in ("/api/jobs", f"/api/jobs/{id}"):
        answers = {}
        for form in ("full", "preview", "text", "none"):
            answer = (await door.get(f"{path}?payload={form}")).json()
            answers[form] = answer["jobs"][0] if "jobs" in answer else answer
        assert answers["full"]["payload"] == "é" * 300_000
        assert answers["preview"]["payload_preview"] == text[:200]
        assert answers["text"]["payload_text"] == text[:262144]
        assert answers["text"]["payload_truncated"]
        assert answers["text"]["payload_bytes"] == answers["preview"]["payload_bytes"] == len(text.encode())
        assert not [name for name in answers["none"] if name.startswith("payload")]


async def test_ids_past_2_to_the_53_are_exact(door: Door, utils: WorkerUtils, table: Table) -> None:
    id = 2**53 + 1
    await table.run(f"alter table {{s}}._private_jobs alter id restart with {id}")
    assert (await utils.add_job("t")).id == id
    assert f'"id":{id},' in (await door.get("/api/jobs")).text
    assert f'"id":{id},' in (await door.get(f"/api/jobs/{id}")).text
    done = await door.post("/api/jobs/action", {"action": "complete", "ids": [id]})
    assert done.json()["results"] == [{"id": id, "outcome": "done", "reason": None}]


HOSTILE = [
    '{"b" : 1e400,"a":  1, "a":2}', '"\\u0000"', '["\\ud800"]', "1" + "0" * 29, "[" * 7000 + "]" * 7000,
    '"' + "x" * 2_000_000 + '"', " \n[1 ,\t2]\n ", "null",
]  # fmt: skip
TIMES = {
    "infinity": "infinity", "-infinity": "-infinity", "294276-12-31 23:59:59Z": "294276-12-31 23:59:59+00",
    "0044-03-15 12:00:00Z BC": "0044-03-15 12:00:00+00 BC",
}  # fmt: skip


async def test_rows_that_other_programs_wrote(door: Door, utils: WorkerUtils, table: Table) -> None:
    payloads = {(await utils.add_job("t")).id: text for text in HOSTILE}
    for id, text in payloads.items():
        await table.run("update {s}._private_jobs set payload = $2::text::json where id = $1", id, text)
    times = {(await utils.add_job("t", queue="q")).id: time for time in TIMES}
    for id, time in times.items():
        await table.run("update {s}._private_jobs set run_at = $2::text::timestamptz where id = $1", id, time)
    strange = (await utils.add_job("gone", queue="gone")).id
    await table.run(
        "update {s}._private_jobs set attempts = 30, flags = $2::text::jsonb where id = $1", strange, "1e5000"
    )
    await table.run("delete from {s}._private_tasks where identifier = 'gone'")
    await table.run("delete from {s}._private_job_queues where queue_name = 'gone'")
    for form in ("full", "text", "preview", "none"):
        answer = await door.get(f"/api/jobs?payload={form}")
        assert answer.status_code == 200, answer.text[:300]
        assert answer.text.count('"task_identifier":') == len(HOSTILE) + len(TIMES) + 1
        if form == "full":
            assert [text[:30] for text in HOSTILE if f'"payload":{text},' not in answer.text] == []
    for id, text in payloads.items():
        assert f'"payload":{text},' in (await door.get(f"/api/jobs/{id}")).text
        job = (await door.get(f"/api/jobs/{id}?payload=text")).json()
        assert (job["payload_text"], job["payload_bytes"]) == (text[:262144], len(text))
    for id, time in times.items():
        assert TIMES[time] in (await door.get(f"/api/jobs/{id}")).json()["run_at"]
    job = json.loads((await door.get(f"/api/jobs/{strange}")).text, parse_int=str)
    assert (job["state"], job["task_missing"], job["queue_name"], job["attempts"]) == ("failed", True, None, "30")
    stats = (await door.get("/api/overview")).json()["stats"]
    assert (stats["total"], stats["failed"]) == (len(HOSTILE) + len(TIMES) + 1, 1)
    for action in ("retry", "complete"):
        done = await door.post("/api/jobs/action", {"action": action, "ids": [*payloads, *times, strange]})
        assert done.status_code == 200, done.text[:300]
        assert done.text.count('"outcome":"done"') == len(HOSTILE) + len(TIMES) + 1


async def test_a_long_error_is_cut_on_request(door: Door, table: Table, utils: WorkerUtils) -> None:
    id = (await utils.add_job("noisy")).id
    assert (await door.get(f"/api/jobs/{id}?last_error=cut")).json()["last_error_truncated"] is False
    await table.run("update {s}._private_jobs set last_error = repeat('é', 20001)")
    cut = (await door.get(f"/api/jobs/{id}?last_error=cut&payload=text")).json()
    assert (cut["last_error"], cut["last_error_truncated"]) == ("é" * 20000, True)
    whole = (await door.get(f"/api/jobs/{id}")).json()
    assert whole["last_error"] == "é" * 20001 and "last_error_truncated" not in whole
    refused = await door.get(f"/api/jobs/{id}?last_error=short")
    assert (refused.status_code, refused.json()["field"]) == (400, "last_error")


async def refusal(door: Door, path: str) -> tuple[int, str]:
    answer = await door.get(path)
    assert answer.json()["error"]
    return answer.status_code, answer.json()["code"]


async def test_a_role_that_row_security_blinds(
    open_door: Opener, utils: WorkerUtils, table: Table, dsn: str, postgres: EmbeddedPostgres
) -> None:
    await utils.add_job("t")
    await table.run("drop role if exists blind")
    await table.run("create role blind")
    await table.run("grant usage on schema {s} to blind")
    await table.run("grant all on all tables in schema {s} to blind")
    pool = await asyncpg.create_pool(dsn, min_size=0, statement_cache_size=0, server_settings={"role": "blind"})
    utils.database = Database(pool)
    door = open_door()
    try:
        assert {await refusal(door, path) for path in READS} == {(403, "row_security")}
        act = await door.post("/api/jobs/action", {"action": "complete", "ids": [1]})
        assert (act.status_code, act.json()["code"]) == (403, "row_security")
        assert "row_security" in [w["code"] for w in (await door.get("/api/session")).json()["warnings"]]
    finally:
        await pool.close()
        await table.run("drop owned by blind")
        await table.run("drop role blind")


@pytest.fixture
async def elsewhere(open_door: Opener, utils: WorkerUtils) -> AsyncIterator[Any]:
    """Opens a door on another address."""
    pools = []

    async def build(dsn: str) -> Door:
        pools.append(await connect(dsn))
        utils.database = Database(pools[0])
        return open_door()

    yield build
    for pool in pools:
        await pool.close()


async def test_a_missing_schema_says_so(elsewhere: Any, empty_dsn: str) -> None:
    door = await elsewhere(empty_dsn)
    assert {await refusal(door, path) for path in READS} == {(503, "schema_missing")}
    added = await door.post("/api/jobs", {"identifier": "t"})
    assert (added.status_code, added.json()["code"]) == (503, "schema_missing")
    assert "migrate" in added.json()["hint"]


async def test_a_database_that_is_away_says_so(elsewhere: Any) -> None:
    door = await elsewhere("postgresql://nobody@127.0.0.1:1/nothing")
    assert {await refusal(door, path) for path in READS} == {(503, "database_unavailable")}
    added = await door.post("/api/jobs", {"identifier": "t"})
    assert (added.status_code, added.json()["code"]) == (503, "database_unavailable")


async def test_a_fault_of_ours_is_json_too(open_door: Opener, utils: WorkerUtils, caplog: Any) -> None:
    door = open_door()
    utils.database = None  # type: ignore[assignment]
    answer = await door.get("/api/jobs")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["request_id"] in caplog.text


async def test_an_add_says_what_became_of_the_job_with_its_key(door: Door, utils: WorkerUtils, table: Table) -> None:
    first = (await door.post("/api/jobs", {"identifier": "t", "key": "k"})).json()
    again = (await door.post("/api/jobs", {"identifier": "t", "key": "k"})).json()
    id = first["jobs"][0]["id"]
    await table.lock(id, "1 minute")
    split = (await door.post("/api/jobs", {"identifier": "t", "key": "k"})).json()
    assert [(one["outcome"], one["previous_id"]) for one in (first, again, split)] == [
        ("new", None), ("replaced", id), ("split", id),
    ]  # fmt: skip
    assert first["message"] == again["message"] == f"Added job {id}"


async def test_an_action_on_a_revision_nobody_has_seen(door: Door, utils: WorkerUtils) -> None:
    one = await utils.add_job("t", key="k")
    await utils.add_job("t", {"new": True}, key="k")
    body = {"action": "complete", "ids": [one.id], "revisions": {str(one.id): 0}}
    answer = (await door.post("/api/jobs/action", body)).json()
    assert [result["outcome"] for result in answer["results"]] == ["changed"]
    for wrong in ({"7": 0}, {"x": 0}, {str(one.id): "0"}, [0], {str(one.id): -1}):
        answer = await door.post("/api/jobs/action", body | {"revisions": wrong})
        assert (answer.status_code, answer.json()["field"]) == (400, "revisions"), wrong
    assert (await door.post("/api/jobs/action", body | {"revisions": None})).json()["message"] == "Completed 1 job(s)"


async def test_an_action_on_what_somebody_else_has_rescheduled(door: Door, utils: WorkerUtils) -> None:
    """As the page's Undo asks: back to the former priority, where the job is still as the first action left it."""
    ids = [(await utils.add_job("t", priority=1)).id for _ in range(2)]
    first = (await door.post("/api/jobs/action", {"action": "reschedule", "ids": ids, "priority": 9})).json()
    members = ("priority", "attempts", "max_attempts", "run_at", "updated_at")
    expected = {str(job["id"]): {name: job[name] for name in members} for job in first["jobs"]}
    await utils.reschedule_jobs(ids[:1], priority=5)

    back = {"action": "reschedule", "ids": ids, "priority": 1, "expected": expected}
    answer = (await door.post("/api/jobs/action", back)).json()
    assert [result["outcome"] for result in answer["results"]] == ["changed", "done"]
    assert answer["results"][0]["reason"] == "was changed meanwhile (priority 5, not 9)"
    stored = [(await door.get(f"/api/jobs/{id}")).json()["priority"] for id in ids]
    assert stored == [5, 1]

    id = str(ids[0])
    refused: tuple[Any, ...] = (
        {"7": {}}, {"x": {}}, [0], {id: 0}, {id: {"priority": "5"}}, {id: {"priority": 32768}}, {id: {"revision": 0}},
        {id: {"run_at": "soon"}}, {id: {"updated_at": 1}},
    )  # fmt: skip
    for wrong in refused:
        answer = await door.post("/api/jobs/action", back | {"expected": wrong})
        assert (answer.status_code, answer.json()["field"]) == (400, "expected"), wrong
    assert (await door.post("/api/jobs/action", back | {"expected": None})).json()["message"] == "Rescheduled 2 job(s)"
