"""The search: escaped text, fragments of JSON, several words, values at a path, and where a job matches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door
from tests.support.table import Table

DEEP = "[" * 6500 + '{"customer":{"id":42}}' + "]" * 6500
PAYLOADS = {
    "plain": '{"customer": {"id": 42, "name": "Jane Doe"}, "tags": ["a", "b"]}',
    "escaped": r'{"customer":{"id":"42","name":"J\u00fcrgen"},"url":"https:\/\/x.example\/y","path":"C:\\temp\\new","say":"\"hi\""}',
    "upper": r'{"city":"M\u00DCNCHEN","smile":"\ud83d\ude00","less":"a\u003cb"}',
    "backslashes": r'{"text":"a\\u00fcb"}',
    "exact": '{"customer":{"id":9007199254740993}}',
    "rounded": '{"customer":{"id":9007199254740992}}',
    "decimal": '{"customer":{"id":42.0},"total":1.50}',
    "exponent": '{"customer":{"id":4.2e1}}',
    "elsewhere": '{"order":{"id":42},"customer":{"id":421}}',
    "zero": r'{"text":"\u0000","customer":{"id":43}}',
    "surrogates": r'{"text":"\ud800 \udc00\ud83d\ude00 \\ud800","customer":{"id":44,"smile":"\ud83d\ude00"}}',
    "repeated": '{"customer":{"id":1},"customer":{"id":45}}',
    "null": '{"customer":null,"a.b":{"c d":true},"list":[{"id":7},{"id":8}]}',
    "many": '{"lines":[' + ",".join(['{"n":1}'] * 3000) + '],"customer":{"id":46}}',
    "huge": '{"text":"' + "x\\u00e9" * 70_000 + '","customer":{"id":47}}',
    "nested": r'{"body":"{\"order\": {\"id\": 77}}"}',
    "white": '{ "a" :\n\t[ 1 ,\r\n 2 ] }',
    "scalar": "42",
    "deep": DEEP,
}


@pytest.fixture
async def ids(utils: WorkerUtils) -> dict[str, int]:
    """A job for each payload."""
    table = Table.of(utils)
    await utils.add_job("task_one")
    await table.run("delete from {s}._private_jobs")
    rows = await table.pool.fetch(
        f"insert into {table.schema}._private_jobs (task_id, payload, key) select (select id from {table.schema}._private_tasks), p.payload::json,"
        " 'k-' || p.name from unnest($1::text[], $2::text[]) with ordinality as p (name, payload, place) order by place returning id",
        list(PAYLOADS),
        list(PAYLOADS.values()),
    )
    return {name: row["id"] for name, row in zip(PAYLOADS, rows, strict=True)}


async def matching(door: Door, ids: dict[str, int], search: str, **more: Any) -> set[str]:
    """The names of the jobs that a list finds, and a search in slices, a count and the preview of an action."""
    params = {"search": search, "payload": "none", **more}
    listed = (await door.get("/api/jobs", params=params)).json()
    assert "jobs" in listed, (search, listed)
    found = [job["id"] for job in listed["jobs"]]
    sliced = (await door.get("/api/jobs", params=params | {"partial": "true"})).json()
    assert [job["id"] for job in sliced["jobs"]] == found, search
    counted = (await door.get("/api/jobs/count", params={"search": search})).json()
    body = {"action": "complete", "dry_run": True, "filter": {"search": search}}
    preview = (await door.post("/api/jobs/bulk", body)).json()
    assert (counted.get("count"), preview.get("count")) == (len(found), len(found)), (search, counted, preview)
    names = {id: name for name, id in ids.items()}
    return {names[id] for id in found}


FOUND: dict[str, set[str]] = {
    # what escaped text says
    "Jürgen": {"escaped"},
    "jürgen": {"escaped"},
    "münchen": {"upper"},
    "😀": {"upper", "surrogates"},
    "a<b": {"upper"},
    "https://x.example/y": {"escaped"},
    r"C:\temp": {"escaped"},
    r"temp\new": {"escaped"},
    'say "hi"': {"escaped"},
    "aüb": set(),
    r"a\u00fcb": {"backslashes"},
    # words are joined by AND, wherever each of them matches
    "jane task_one": {"plain"},
    "doe jane k-plain": {"plain"},
    "doe jane k-exact": set(),
    '"jane doe"': {"plain"},
    '"doe jane"': set(),
    # fragments
    '"customer": {\n    "id": 42,\n    "name": "Jane Doe"': {"plain"},
    '"customer":{"id":42': {"plain", "decimal", "elsewhere", "deep"},
    'tomer" : { "id" : 42 , "na': {"plain"},
    '"a": [\n  1,\n  2\n]': {"white"},
    '"name": "Jürgen"': {"escaped"},
    r'"name": "J\u00fcrgen"': {"escaped"},
    '"url": "https://x.example/y"': {"escaped"},
    '"name": "JaneDoe"': set(),
    '"order": {"id": 77}': {"nested"},
    '["a","b"]': {"plain"},
    # values at a path
    "payload.customer.id:42": {"plain", "escaped", "decimal", "exponent"},
    "payload.customer.id:42.00": {"plain", "decimal", "exponent"},
    "payload.customer.id:9007199254740993": {"exact"},
    "payload.customer.id:9007199254740992": {"rounded"},
    "payload.customer.id:43": {"zero"},
    "payload.customer.id:44": {"surrogates"},
    "payload.customer.smile:😀": {"surrogates"},
    "payload.customer.id:45": {"repeated"},
    "payload.customer.id:46": {"many"},
    "payload.customer.id:47": {"huge"},
    "payload.customer.id:4": set(),
    "payload.total:1.5": {"decimal"},
    'payload.customer.name:"jane doe"': {"plain"},
    "payload.customer.name:Jürgen": {"escaped"},
    "payload.customer.name:jane": set(),
    "payload.customer:null": {"null"},
    'payload."a.b"."c d":true': {"null"},
    "payload.list.1.id:8": {"null"},
    "payload.list.0.id:8": set(),
    "payload.path:C:\\temp\\new": {"escaped"},
    "payload.customer.id:42 jane": {"plain"},
    "payload.order.id:42": {"elsewhere"},
    # what looks like one of these and is text
    '"': set(PAYLOADS) - {"scalar"},
    "payload.x": set(),
    "payload.:1": set(),
    "payload": set(),
    "12:30": set(),
    "%": set(),
    "{": set(PAYLOADS) - {"scalar"},
}


async def test_what_is_found(door: Door, ids: dict[str, int]) -> None:
    found = {search: await matching(door, ids, search) for search in FOUND}
    for search in FOUND:
        if search.startswith("payload.customer.id"):
            found[search] -= {"deep"}  # too many open brackets: compared as text
    assert found == FOUND


async def test_a_fragment_of_the_page_finds_its_own_job(door: Door, utils: WorkerUtils) -> None:
    payload = {"order": {"lines": [{"sku": 'A "1"', "n": 2}, {"sku": "Ü/b", "n": 3.5}], "ok": True, "note": "x\ny"}}
    job = await utils.add_job("t", payload)
    await utils.add_job("t", {"order": {"lines": [{"sku": 'A "1"', "n": 2}]}})
    for text in (json.dumps(payload, indent=2), json.dumps(payload, ensure_ascii=False), json.dumps(payload, indent=1)):
        for start, end in ((0, len(text)), (12, len(text) - 9), (20, 130)):
            answer = (await door.get("/api/jobs", params={"search": text[start:end]})).json()
            assert [found["id"] for found in answer["jobs"]] == [job.id], text[start:end]


@pytest.mark.parametrize(
    ("error", "cut"),
    [
        ("e" * 39 + "x" + "f" * 80, []),
        ("e" * 40 + "x" + "f" * 80, []),  # all of it
        ("e" * 41 + "x" + "f" * 81, ["before", "after"]),
        ("x" + "f" * 81, ["after"]),
        ("e" * 41 + "x", ["before"]),
        ("f" * 65535 + "x" + "g", ["before", "after"]),  # the excerpt is of the first 64 KiB
    ],
)
async def test_an_excerpt_says_at_which_ends_it_is_cut(
    door: Door, utils: WorkerUtils, error: str, cut: list[str]
) -> None:
    job = await utils.add_job("t")
    await Table.of(utils).run("update {s}._private_jobs set last_error = $1 where id = $2", error, job.id)
    answer = await door.answer("/api/jobs?search=x&identifier=t")
    [[match]] = [found["matched"] for found in answer["jobs"]]
    assert (match["field"], match["text"], match["cut"]) == ("error", "x", cut)


async def test_a_long_match_is_cut_and_so_is_what_follows_it(door: Door, utils: WorkerUtils) -> None:
    job = await utils.add_job("t")
    stored = r'{"a": "%s!"}' % (r"\u00fc" * 50)
    await Table.of(utils).run("update {s}._private_jobs set payload = $1 where id = $2", stored, job.id)
    answer = await door.get("/api/jobs", params={"search": "ü" * 50, "identifier": "t"})
    [[match]] = [found["matched"] for found in answer.json()["jobs"]]
    assert (match["before"], len(match["text"]), match["after"], match["cut"]) == ('{"a": "', 200, "", ["text"])


async def test_where_it_matches(door: Door, ids: dict[str, int], utils: WorkerUtils) -> None:
    async def matched(search: str, **more: Any) -> Any:
        answer = (await door.get("/api/jobs", params={"search": search, **more})).json()
        return [job["matched"] for job in answer["jobs"]]

    before, after = '{"customer": {"id": 42, "name": "', ' Doe"}, "tags": ["a", "b"]}'
    for form in ("full", "preview", "text", "none"):
        assert await matched("jane", payload=form) == [
            [{"field": "payload", "before": before, "text": "Jane", "after": after, "cut": []}]
        ]
    assert (await matched("münchen"))[0][0]["text"] == r"M\u00DCNCHEN"
    words = await matched("jane task_one k-plain")
    assert [[one["field"], one["text"]] for one in words[0]] == [
        ["payload", "Jane"],
        ["task", "task_one"],
        ["key", "k-plain"],
    ]
    [[path]] = await matched("payload.customer.id:9007199254740993")
    assert path == {"field": "payload", "before": "customer.id: ", "text": "9007199254740993", "after": "", "cut": []}
    assert all(len(one) <= 4 for one in await matched("a b c d e f g"))
    table = Table.of(utils)
    await table.run(
        "update {s}._private_jobs set last_error = $1 where id = $2", "e" * 100 + "No such user", ids["plain"]
    )
    [[error]] = await matched('"no such"')
    assert error == {"field": "error", "before": "e" * 40, "text": "No such", "after": " user", "cut": ["before"]}
    unsearched = await door.answer("/api/jobs?limit=1")
    assert "matched" not in unsearched["jobs"][0]
    page = await utils.list_jobs(search="jane")
    assert [job.id for job in page.jobs] == [ids["plain"]]


async def test_long_searches(door: Door, ids: dict[str, int]) -> None:
    for search in (
        "a " * 499,
        "ü" * 1000,
        '"' * 999,
        "{" * 1000,
        '{"a":' * 200,
        "\\" * 20,
        "payload." + "a." * 300 + "a:1",
    ):
        assert (await door.get("/api/jobs", params={"search": search, "payload": "none"})).status_code == 200, search[
            :9
        ]
    twenty = " ".join(PAYLOADS["plain"].replace('"', "").replace(",", " ").split()[:3] + ["jane", "doe"] * 10)
    assert (await door.get("/api/jobs", params={"search": twenty})).status_code == 200
    many = "jane doe customer id 42 name tags a b k-plain task_one jan ane do oe cust omer tag"
    assert await matching(door, ids, many.rsplit(" ", 3)[0]) == {"plain"}
