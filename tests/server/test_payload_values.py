"""Values at paths of the payload, as columns of a list: exact, bounded, and never an error of the list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from graphile_worker.admin.api.jobs.cursors import Cursor
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door
from tests.support.table import Table

PAYLOADS = {
    "plain": '{"customer": {"id": 42, "name": "Jane"}, "list": [1, {"a": "b"}]}',
    "digits": '{"customer":{"id":123456789012345678901234567890.10}}',
    "power": '{"customer":{"id":1e400}}',
    "escapes": r'{"customer":{"id":"a\u00fc\n\"<b>\t\\"}}',
    "zero": r'{"customer":{"id":"a\u0000b"}}',
    "other zero": r'{"text":"\u0000","customer":{"id":7}}',
    "surrogate": r'{"customer":{"id":"\ud800 \ud83d\ude00"}}',
    "null": '{"customer":{"id":null}}',
    "object": '{"customer":{"id":{ "b" : 1 }}}',
    "twice": '{"customer":{"id":1},"customer":{"id":2}}',
    "scalar": "42",
    "array": '[{"customer":{"id":1}}]',
    "none": "{}",
    "long": '{"customer":{"id":"%s"}}' % ("é" * 300),
    "large": '{"pad":"%s","customer":{"id":5}}' % ("x" * 900_000),
    "huge": '{"pad":"%s","customer":{"id":5}}' % ("x" * 20_000_000),
    "deep": "[" * 7000 + '{"customer":{"id":42}}' + "]" * 7000,
    "deep within": '{"customer":{"id":5},"pad":%s}' % ("[" * 7000 + "]" * 7000),
}
NOT_READ = {"text": None, "note": "not_read"}  # the time of the list is over
VALUES: dict[str, Any] = {
    "plain": {"text": "42"},
    "digits": {"text": "123456789012345678901234567890.10"},
    "power": {"text": "1e400"},
    "escapes": {"text": 'aü\n"<b>\t\\'},
    "zero": {"text": "a?b"},
    "other zero": {"text": "7"},
    "surrogate": {"text": "? 😀"},
    "null": {"text": "null"},
    "object": {"text": '{ "b" : 1 }'},
    "twice": {"text": "2"},
    "scalar": None,
    "array": None,
    "none": None,
    "long": {"text": "é" * 200, "note": "cut"},
    "large": {"text": "5"},
    "huge": {"text": None, "note": "too_large"},
    "deep": {"text": None, "note": "too_deep"},
    "deep within": {"text": None, "note": "too_deep"},
}


async def added(utils: WorkerUtils, payloads: dict[str, str]) -> dict[int, str]:
    """A job for each payload, stored as it is: the names by id."""
    table = Table.of(utils)
    await utils.add_job("task_one")
    await table.run("delete from {s}._private_jobs")
    rows = await table.pool.fetch(
        f"insert into {table.schema}._private_jobs (task_id, payload) select (select id from {table.schema}._private_tasks), p.payload::json"
        " from unnest($1::text[]) with ordinality as p (payload, place) order by place returning id",
        list(payloads.values()),
    )
    return {row["id"]: name for name, row in zip(payloads, rows, strict=True)}


async def values(door: Door, *paths: str, **more: Any) -> list[Any]:
    """`payload_values` of each job of the list."""
    answer = await door.get("/api/jobs", params={"payload_path": list(paths), "payload": "none", **more})
    assert answer.status_code == 200, answer.text[:300]
    return [(job["id"], job["payload_values"]) for job in answer.json()["jobs"]]


@pytest.mark.any_schema
async def test_hostile_payloads_are_text_or_a_note(door: Door, utils: WorkerUtils) -> None:
    names = await added(utils, PAYLOADS)
    assert (
        await door.get("/api/jobs", params={"payload_path": "customer.id"})
    ).status_code == 200  # too deep for Python
    for form in ("preview", "text", "none"):
        for more in ({}, {"sort": "-run_at"}, {"search": "task_one", "partial": "true"}):
            found = await values(door, "customer.id", **more | {"payload": form})
            for id, [value] in found:
                assert value in (VALUES[names[id]], NOT_READ), (form, more, names[id])
    for id, name in names.items():
        assert await values(door, "customer.id", cursor=before(id), limit=1) == [(id, [VALUES[name]])]


def before(id: int) -> str:
    """The cursor behind which this job is the first."""
    return Cursor("id", "next", str(id - 1), id - 1).encode()


async def test_paths(door: Door, utils: WorkerUtils) -> None:
    await added(utils, {"plain": PAYLOADS["plain"], "odd": r'{"a.b":{"c \" d":true},"payload":{"x":"é"},"":1}'})
    found = await values(door, "payload.customer.name", "list.1.a", "list.9")
    assert found[0][1] == [{"text": "Jane"}, {"text": "b"}, None]
    found = await values(door, r'"a.b"."c \" d"', "payload.payload.x", "payload.customer")
    assert found[1][1] == [{"text": "true"}, {"text": "é"}, None]
    assert "payload_values" not in (await door.answer("/api/jobs"))["jobs"][0]
    for wrong in ("", ".", "a.", ".a", "a b", 'a"', '""', "x" * 201, "a:1"):
        answer = await door.get("/api/jobs", params={"payload_path": wrong})
        assert (answer.status_code, answer.json()["field"]) == (400, "payload_path"), wrong
    answer = await door.get("/api/jobs", params={"payload_path": ["a"] * 4})
    assert (answer.status_code, answer.json()["error"]) == (400, "payload_path takes at most 3 values")


def made(random: Random, depth: int = 0) -> Any:
    """Any JSON value, with odd names and strings."""
    kind = random.randrange(8 if depth < 4 else 5)
    if kind < 5:
        text = "".join(chr(random.choice((0, 10, 34, 92, 0x85, 0x202E, 0xD800, 0x1F600, 97))) for _ in range(4))
        return random.choice((None, True, random.randrange(-(10**30), 10**30), random.random(), text))
    names = ("a", "b", "a.b", "", "0", "\x00", '"')
    if kind == 5:
        return [made(random, depth + 1) for _ in range(random.randrange(4))]
    return {random.choice(names): made(random, depth + 1) for _ in range(random.randrange(4))}


def expected(value: Any, names: tuple[str, ...]) -> Iterator[Any]:
    """The value at a path, where there is one."""
    for name in names:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return
    yield value


def as_stored(text: str) -> str:
    """The characters that the database's text cannot hold are question marks."""
    return "".join("?" if one == "\0" or "\ud800" <= one <= "\udfff" else one for one in text)


async def test_made_payloads(door: Door, utils: WorkerUtils) -> None:
    random = Random(13)
    payloads = {str(number): made(random) for number in range(300)}
    names = await added(utils, {name: json.dumps(payload) for name, payload in payloads.items()})
    paths = ("a", "a.b", '"a.b".0')
    for id, found in await values(door, *paths, limit=500):
        for path, value in zip((("a",), ("a", "b"), ("a.b", "0")), found, strict=True):
            wanted = list(expected(payloads[names[id]], path))
            if not wanted:
                assert value is None
            elif isinstance(wanted[0], str):
                assert value == {"text": as_stored(wanted[0])}
            elif "\\u" not in json.dumps(wanted[0]):
                assert value["text"] == json.dumps(wanted[0])[:200]
            else:
                assert isinstance(value["text"], str)


async def test_a_page_of_large_payloads_ends_in_time(door: Door, utils: WorkerUtils) -> None:
    """A page of 50 MB is answered within the time limit of a list, with values as far as the time went."""
    table = Table.of(utils)
    await utils.add_job("task_one")
    await table.run(
        "insert into {s}._private_jobs (task_id, payload) select j.task_id, json_build_object('pad', repeat('{\"[', 100000), 'id', n)"
        " from {s}._private_jobs j, generate_series(1, 120) n"
    )
    found = await values(door, "id", limit=500, payload="preview", sort="-id")
    assert len(found) == 121
    assert {tuple(sorted(one[0])) for _, one in found if one[0]} <= {("text",), ("note", "text")}
