"""`POST /api/jobs/payload`: the answer of each outcome, wrong bodies, and who may send it."""

from __future__ import annotations

import pytest

from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.support.table import Table

PATH = "/api/jobs/payload"
LIMIT = 1024 * 1024


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    """The rows."""
    return Table.of(utils)


async def test_the_bytes_of_the_request_are_stored(door: Door, utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t", {"old": 1})
    payload = '{"n":  12345678901234567890.10, "big": 1e400, "nul": "\\u0000", "a": 1, "a": 2}'
    answer = await door.post(
        PATH, f'{{"id": {job.id}, "payload": {payload}, "expected_payload": "{{\\"old\\": 1}}", "revision": 0}}'
    )
    assert (answer.status_code, answer.json()["message"]) == (200, f"Changed the payload of job {job.id}")
    assert f'"payload":{payload}' in answer.text
    assert (await table.row(job.id))["text"] == payload
    assert payload in (await door.get(f"/api/jobs/{job.id}")).text


async def test_a_lost_race_answers_with_the_present_payload(door: Door, utils: WorkerUtils) -> None:
    job = await utils.add_job("t", {"theirs": 1})
    for condition in ({"expected_payload": "{}"}, {"revision": 5}, {"expected": {"priority": 3}}):
        answer = (await door.post(PATH, {"id": job.id, "payload": {"mine": 1}, **condition})).json()
        assert [result["outcome"] for result in answer["results"]] == ["changed"]
        assert answer["message"].startswith(f"Job {job.id} was not changed: was ")
        assert answer["jobs"][0]["payload"] == {"theirs": 1}


async def test_a_running_and_a_missing_job(door: Door, utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t", {"old": 1})
    await table.lock(job.id, "1 minute")
    for id, outcome in ((job.id, "running"), (9999, "not_found")):
        answer = (await door.post(PATH, {"id": id, "payload": {}})).json()
        assert ([result["outcome"] for result in answer["results"]], answer["jobs"]) == ([outcome], [])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{}", "id"),
        ('{"id": 1}', "payload"),
        ('{"id": 0, "payload": 1}', "id"),
        ('{"id": "1", "payload": 1}', "id"),
        ('{"id": 1, "payload": }', "payload"),
        ('{"id": 1, "payload": ' + "[" * 7000 + "]" * 7000 + "}", "body"),
        ('{"id": 1, "payload": "\\ud800"}', "body"),
        ('{"id": 1, "payload": "\ud800"}'.encode("utf-8", "surrogatepass"), "body"),
        ('{"id": 1, "payload": NaN}', "body"),
        ('{"id": 1, "payload": 1, "expected_payload": {}}', "expected_payload"),
        ('{"id": 1, "payload": 1, "expected_payload": "\\u0000"}', "expected_payload"),
        ('{"id": 1, "payload": 1, "expected": {"payload": 1}}', "expected"),
        ('{"id": 1, "payload": 1, "dry_run": true}', "dry_run"),
    ],
)
async def test_a_wrong_body_names_the_member(
    door: Door, utils: WorkerUtils, table: Table, body: str | bytes, field: str
) -> None:
    await utils.add_job("t", {"old": 1})
    answer = await door.post(PATH, body)
    told = answer.json()
    assert (answer.status_code, told["field"]) == (400, field), told
    assert "\n" not in told["error"]
    assert (await table.row(1))["text"] == '{"old": 1}'


async def test_a_payload_above_the_limit_of_a_body_is_413(open_door: Opener, utils: WorkerUtils, table: Table) -> None:
    await utils.add_job("t", {"old": 1})
    door = open_door()
    answer = await door.post(PATH, '{"id": 1, "payload": "' + "x" * (20 * LIMIT) + '"}')
    assert answer.status_code == 413 and answer.json()["error"].startswith("the body must be at most ")
    assert (await table.row(1))["text"] == '{"old": 1}'


async def test_viewers_and_requests_without_the_token_change_nothing(
    open_door: Opener, utils: WorkerUtils, table: Table
) -> None:
    await utils.add_job("t", {"old": 1})
    body = {"id": 1, "payload": {"new": 1}, "expected_payload": "{}"}
    operator = open_door("host", redact=("all",))
    for rights, status in (("read", 403), ("read retry", 403), ("read change-payload", 200)):
        door = Door(operator.client, {"x-user": f"vera:{rights}"})
        answer = await door.post(PATH, body)
        assert answer.status_code == status
        assert ("old" in answer.text) is (status == 200)
    read_only = open_door(read_only=True, redact=("all",))
    assert (await read_only.post(PATH, body)).status_code == 403
    door = open_door()
    assert (await door.client.post(PATH, json=body, headers=door.headers)).status_code == 403
    assert (await table.row(1))["text"] == '{"old": 1}'
