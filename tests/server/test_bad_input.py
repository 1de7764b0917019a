"""Bodies that are wrong: each answered with a 4xx that names the field and the rule, and nothing written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.server.app import ENDPOINTS
from graphile_worker.admin.server.endpoint import Endpoint
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener

ADD, ACT, REMOVE = "/api/jobs", "/api/jobs/action", "/api/jobs/remove-by-key"
UP = "/api/maintenance"
BIG = 2**63


def job(member: str, value: str) -> str:
    """An otherwise right body with one more member, as text."""
    return f'{{"identifier": "t", "{member}": {value}}}'


def act(ids: str, more: str = "") -> str:
    return f'{{"action": "retry", "ids": {ids}{more}}}'


def hidden_depth() -> bytes:
    """UTF-16 whose bytes are valid UTF-8, with a quote inside a character to hide the brackets behind it."""
    return ('{"\u2261":' + "[" * 100_000).encode("utf-16-le")


NOT_JSON: list[tuple[str, bytes | str]] = [
    (path, body)
    for path in (ADD, ACT, REMOVE, UP)
    for body in (
        "", "{", "[]", "null", '"t"', "7", "{'identifier': 't'}", '{"identifier": "t",}', '{"identifier": "t"} x',
        '{"payload": ' + "[" * 65 + "]" * 65 + "}", '{"payload": ' + "[" * 200_000, "[" * 200_000,
        '{"identifier": NaN}', '{"ids": [NaN]}', '{"payload": Infinity}', '{"payload": 01}',
        b'{"identifier": "\xff"}', b'{"identifier": "\xed\xa0\x80"}', b'\xef\xbb\xbf{"identifier": "t"}',
        '{"identifier": "\\ud800"}', '{"key": "\\udc00x"}', '{"\\ud800": 1}', job("payload", '["\\udfff"]'), '{"identifier": "a\nb"}',
        '{"identifier": "t"}'.encode("utf-16"), hidden_depth(), '"' + '\\"' * 50_000,
    )
]  # fmt: skip

WRONG: list[tuple[str, str, str]] = [
    (ADD, "{}", "identifier"),
    (ADD, '{"identifier": ""}', "identifier"),
    (ADD, '{"identifier": null}', "identifier"),
    (ADD, '{"identifier": 7}', "identifier"),
    (ADD, '{"identifier": "a\\u0000b"}', "identifier"),
    (ADD, '{"identifier": "' + "x" * 129 + '"}', "identifier"),
    (ADD, job("identifier", '"u"'), "identifier"),
    (ADD, job("priorty", "1"), "priorty"),
    (ADD, job("priority", '"1"'), "priority"),
    (ADD, job("priority", "true"), "priority"),
    (ADD, job("priority", "1.5"), "priority"),
    (ADD, job("priority", "32768"), "priority"),
    (ADD, job("priority", "-32769"), "priority"),
    (ADD, job("priority", "1" + "0" * 5000), "priority"),
    (ADD, job("priority", "1e400"), "priority"),
    (ADD, job("max_attempts", "0"), "max_attempts"),
    (ADD, job("max_attempts", "32768"), "max_attempts"),
    (ADD, job("queue", '""'), "queue"),
    (ADD, job("queue", '"\\u0000"'), "queue"),
    (ADD, job("queue", "[]"), "queue"),
    (ADD, job("key", '""'), "key"),
    (ADD, job("key", '" \\t\\u00a0"'), "key"),
    (ADD, job("key", '"' + "k" * 513 + '"'), "key"),
    (ADD, job("key", '"k", "job_key_mode": "relpace"'), "job_key_mode"),
    (ADD, job("job_key_mode", '"replace"'), "key"),
    (ADD, job("job_key_mode", '"replace", "key": " "'), "key"),
    (ADD, job("run_at", '"now"'), "run_at"),
    (ADD, job("run_at", '"2026-01-01"'), "run_at"),
    (ADD, job("run_at", '"2026-02-30T00:00:00Z"'), "run_at"),
    (ADD, job("run_at", '"0001-01-01T00:00:00+01:00"'), "run_at"),
    (ADD, job("run_at", '"2026-01-01T00:00:00+99:00"'), "run_at"),
    (ADD, job("run_at", "1735689600"), "run_at"),
    (ADD, job("flags", '"urgent"'), "flags"),
    (ADD, job("flags", "[1]"), "flags"),
    (ADD, job("flags", '[""]'), "flags"),
    (ADD, job("flags", '["\\u0000"]'), "flags"),
    (ACT, "{}", "action"),
    (ACT, '{"action": "retry"}', "ids"),
    (ACT, '{"action": "delete", "ids": [1]}', "action"),
    (ACT, act("null"), "ids"),
    (ACT, act("[]"), "ids"),
    (ACT, act('"1"'), "ids"),
    (ACT, act('["1"]'), "ids"),
    (ACT, act("[1, null]"), "ids"),
    (ACT, act("[true]"), "ids"),
    (ACT, act("[1.5]"), "ids"),
    (ACT, act("[1, 0]"), "ids"),
    (ACT, act("[1, -1]"), "ids"),
    (ACT, act(f"[1, {BIG}]"), "ids"),
    (ACT, act("[1" + "0" * 5000 + "]"), "ids"),
    (ACT, act(str(list(range(1, 2002)))), "ids"),
    (ACT, act("[1]", ', "ids": [2]'), "ids"),
    (ACT, act("[1]", ', "id": 1'), "id"),
    (ACT, '{"action": "reschedule", "ids": [1]}', "run_at"),
    (ACT, '{"action": "reschedule", "ids": [1], "attempts": -1}', "attempts"),
    (ACT, '{"action": "reschedule", "ids": [1], "max_attempts": 0}', "max_attempts"),
    (ACT, '{"action": "fail", "ids": [1], "reason": "\\u0000"}', "reason"),
    (ACT, '{"action": "complete", "ids": [1], "priority": 1}', "priority"),
    (REMOVE, "{}", "key"),
    (REMOVE, '{"key": null}', "key"),
    (REMOVE, '{"key": "  "}', "key"),
    (REMOVE, '{"key": "k\\u0000"}', "key"),
    (REMOVE, '{"key": ["k"]}', "key"),
    (UP, '{"action": "drop"}', "action"),
    (UP, '{"action": "cleanup", "cleanup_tasks": null}', "cleanup_tasks"),
    (UP, '{"action": "cleanup", "cleanup_tasks": ["everything"]}', "cleanup_tasks"),
    (UP, '{"action": "force-unlock"}', "worker_ids"),
    (UP, '{"action": "force-unlock", "worker_ids": [7]}', "worker_ids"),
    (UP, '{"action": "force-unlock", "worker_ids": ["\\u0000"]}', "worker_ids"),
    (UP, '{"action": "sweep-stale-workers", "dry_run": null}', "dry_run"),
    (UP, '{"action": "sweep-stale-workers", "sweep_threshold_secs": -1}', "sweep_threshold_secs"),
    (UP, '{"action": "sweep-stale-workers", "recovery_delay_secs": 99999999999999999999}', "recovery_delay_secs"),
]


async def contents(utils: WorkerUtils) -> list[Any]:
    """Everything in the tables a body could change."""
    tables = ("_private_jobs", "_private_tasks", "_private_job_queues", "_private_workers", "_private_job_retirements")
    return [
        await utils.database.pool.fetch(f"select t::text from {utils.schema.quoted}.{table} t order by 1")
        for table in tables
    ]


async def seed(utils: WorkerUtils) -> None:
    await utils.add_job("t", key="k", queue="q")
    failed = await utils.add_job("t")
    await utils.permanently_fail_jobs([failed.id], "no")


async def test_what_is_not_json_writes_nothing(door: Door, utils: WorkerUtils) -> None:
    await seed(utils)
    before = await contents(utils)
    for path, body in NOT_JSON:
        answer = await door.post(path, body)
        said = answer.json()
        assert answer.status_code == 400, (path, body[:60], said)
        assert said["code"] == "invalid_input"
        assert said["field"]
        assert said["error"].startswith(said["field"])
        assert said["request_id"] == answer.headers["x-request-id"]
    assert await contents(utils) == before


async def test_what_breaks_a_rule_names_the_field_and_writes_nothing(door: Door, utils: WorkerUtils) -> None:
    await seed(utils)
    before = await contents(utils)
    wrong = []
    for path, body, field in WRONG:
        answer = await door.post(path, body)
        said = answer.json()
        if (answer.status_code, said["code"], said.get("field")) != (400, "invalid_input", field):
            wrong.append((body[:80], answer.status_code, said))
    assert wrong == []
    assert await contents(utils) == before


@pytest.mark.parametrize("endpoint", [one for one in ENDPOINTS if not one.permission.public], ids=lambda one: one.path)
async def test_an_unknown_parameter_is_refused_by_every_route(door: Door, endpoint: Endpoint) -> None:
    path = endpoint.path.format(id=1)
    query = f"{endpoint.parameters[-1]}x=1" if endpoint.parameters else "limit=1"
    answer = await door.get(f"{path}?{query}") if endpoint.method == "GET" else await door.post(f"{path}?{query}", {})
    said = answer.json()
    assert (answer.status_code, said["code"], said["field"]) == (400, "invalid_input", query.partition("=")[0])
    nearest = f"did you mean `{endpoint.parameters[-1]}`?" if endpoint.parameters else "there are none"
    assert nearest in said["error"]


async def test_unknown_members_name_the_nearest(door: Door) -> None:
    for body, nearest in (
        (job("priorty", "1"), "priority"),
        (job("jobKeyMode", "null"), "job_key_mode"),
        (job("maxAttempts", "1"), "max_attempts"),
    ):
        assert f"did you mean `{nearest}`?" in (await door.post(ADD, body)).json()["error"]


async def test_a_long_body_and_another_type_are_refused_unread(door: Door, utils: WorkerUtils) -> None:
    before = await contents(utils)
    long = await door.post(ADD, job("payload", '"' + "x" * 2 * 1024 * 1024 + '"'))
    assert (long.status_code, long.json()["code"], long.json().get("hint")) == (413, "body_too_large", None)
    ids = ",".join(str(id) for id in range(1_000_000))
    many = await door.post("/api/jobs/action", '{"action": "retry", "ids": [' + ids + "]}")
    hint = "To act on more, POST a filter, or up to 200,000 ids, to api/jobs/bulk."
    assert (many.status_code, many.json()["hint"]) == (413, hint)
    for kind in ("text/plain", "", "application/x-www-form-urlencoded", "application/jsonx"):
        answer = await door.post(ADD, job("payload", "1"), **{"content-type": kind})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert await contents(utils) == before


async def test_a_body_without_length_is_bounded(open_door: Opener) -> None:
    door, sent = open_door(body_limit=10_000), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1000
            yield b" " * 1000

    token = {CSRF_HEADER: (await door.answer("/api/session"))["csrf_token"], "content-type": "application/json"}
    answer = await door.client.post("/api/jobs", content=endless(), headers=door.headers | token)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_the_explicit_nulls_of_the_references_client_are_right(door: Door, utils: WorkerUtils) -> None:
    nulls: dict[str, Any] = dict.fromkeys(
        ["queue", "run_at", "max_attempts", "key", "job_key_mode", "priority", "flags"]
    )
    added = await door.post(ADD, {"identifier": "x", "payload": None} | nulls)
    assert added.status_code == 200
    assert added.json()["jobs"][0]["payload"] is None
    id = added.json()["jobs"][0]["id"]
    nulls = dict.fromkeys(["reason", "run_at", "priority", "attempts", "max_attempts"])
    for action in ("run-now", "fail", "complete"):
        answer = await door.post(ACT, {"action": action, "ids": [id]} | nulls)
        assert (answer.status_code, answer.json()["results"][0]["outcome"]) == (200, "done"), action
    await utils.add_job("t", key=" kk ")
    removed = await door.post(REMOVE, {"key": " kk "})
    assert removed.json()["outcome"] == "removed"
    nulls = {"worker_ids": [], "dry_run": False, "sweep_threshold_secs": None, "recovery_delay_secs": None}
    migrated = await door.post(UP, {"action": "migrate", "cleanup_tasks": []} | nulls)
    assert migrated.json()["message"] == "Migrations complete"


@pytest.mark.parametrize("text", ['{"b" : 1,"a":1e400, "b":"\\u0000"}', "1" + "0" * 5000, " [1 ,\n2] "])
async def test_a_payload_is_stored_as_it_came(door: Door, utils: WorkerUtils, text: str) -> None:
    answer = await door.post(ADD, job("payload", text))
    stored = await utils.database.pool.fetchval("select payload::text from graphile_worker._private_jobs")
    assert answer.status_code == 200, answer.text
    assert stored == text.strip()


async def test_at_most_200_values_of_one_parameter_empty_ones_too(door: Door) -> None:
    for name in vocabulary.REPEATED_PARAMETERS:
        for value in ("all",) if name == "state" else ("", "x"):
            for count, status in ((200, 200), (201, 400)):
                answer = await door.get("/api/jobs", params=[(name, value)] * count)
                assert (answer.status_code, answer.json().get("field", name)) == (status, name), (name, value, count)


@pytest.mark.parametrize(
    "path",
    [
        "/api/jobs",
        "/api/jobs/action",
        "/api/jobs/bulk",
        "/api/jobs/payload",
        "/api/jobs/remove-by-key",
        "/api/maintenance",
    ],
)
async def test_a_write_does_not_overlook_what_stands_in_its_address(door: Door, utils: WorkerUtils, path: str) -> None:
    job = await utils.add_job("send_email", key="k")
    bodies: dict[str, dict[str, Any]] = {
        "/api/jobs": {"identifier": "x"},
        "/api/jobs/action": {"action": "complete", "ids": [job.id]},
        "/api/jobs/bulk": {"action": "complete", "ids": [job.id]},
        "/api/jobs/payload": {"id": job.id, "payload": 1},
        "/api/jobs/remove-by-key": {"key": "k"},
        "/api/maintenance": {"action": "migrate"},
    }
    answer = await door.post(f"{path}?dry_run=true", bodies[path])
    assert (answer.status_code, answer.json()["field"]) == (400, "dry_run")
    assert await utils.database.pool.fetchval("select count(*) from graphile_worker._private_jobs") == 1
