"""Names by how they begin."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from graphile_worker.admin.api.names import similar as module
from graphile_worker.admin.api.names.similar import edit_distance, similar
from graphile_worker.admin.server import context
from graphile_worker.core.jobs import JobSpec
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.support.table import Table


async def suggested(door: Door, query: str) -> Any:
    """An answer that must be right."""
    answer = await door.get(f"/api/suggest?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.any_schema
async def test_names_by_prefix(door: Door, utils: WorkerUtils) -> None:
    names = ["100%", "100_", "a\\b", 'a"b', "Mail", "mail_all", "mailer", "Über"]
    await utils.add_jobs([JobSpec(name, queue=f"Q {name}") for name in names])
    table = Table.of(utils)
    for place, name in enumerate(names, 1):
        await table.lock(place, "1 second", f"W {name}")
    await table.lock((await utils.add_job("Mail")).id, "1 second", None)
    for field, start in (("identifier", ""), ("queue", "q+"), ("worker", "W+")):
        for prefix, expected in {
            "mail": ["Mail", "mail_all", "mailer"], "MAILE": ["mailer"], "100%25": ["100%"], "100_": ["100_"],
            "a%5C": ["a\\b"], 'a"': ['a"b'], "ÜB": ["Über"], "ail": [], "": names,
        }.items():  # fmt: skip
            answer = await suggested(door, f"field={field}&prefix={start}{prefix}")
            values = [value.removeprefix("Q ").removeprefix("W ") for value in answer["values"]]
            assert sorted(values) == sorted(expected), (field, prefix)
            assert (answer["field"], answer["more"]) == (field, False)


async def test_no_more_than_asked(door: Door, utils: WorkerUtils) -> None:
    await utils.add_jobs([JobSpec(f"t{n:03}", queue=f"q{n:03}") for n in range(60)])
    await Table.of(utils).run("update {s}._private_jobs set locked_at = now(), locked_by = 'w' || to_char(id, 'FM000')")
    for field, letter, first in (("identifier", "t", 0), ("queue", "q", 0), ("worker", "w", 1)):
        for query, count in (("", 20), ("&limit=3", 3), ("&limit=1000", 50), ("&limit=0", 0)):
            answer = await suggested(door, f"field={field}{query}")
            assert answer["values"] == [f"{letter}{n:03}" for n in range(first, first + count)]
            assert answer["more"]
        assert not (await suggested(door, f"field={field}&prefix={letter}05"))["more"]


async def test_wrong_parameters_name_themselves(door: Door) -> None:
    for query, field in {
        "": "field", "field=": "field", "field=task": "field", "field=Queue": "field", "field=queue&field=queue": "field",
        "field=queue&prefix=%00": "prefix", "field=worker&prefix=" + "x" * 1001: "prefix", "field=queue&limit=": "limit",
        "field=queue&limit=-1": "limit", "field=queue&prefx=a": "prefx", "field=queue&prefix=%ff": "query",
    }.items():  # fmt: skip
        answer = await door.get(f"/api/suggest?{query}")
        assert (answer.status_code, answer.json().get("field")) == (400, field), (query[:40], answer.text)
    assert "did you mean `prefix`?" in (await door.get("/api/suggest?prefx=a")).json()["error"]
    assert "field must be one of identifier, queue, worker" in (await door.get("/api/suggest")).json()["error"]


async def test_counts_of_names(door: Door, utils: WorkerUtils) -> None:
    await utils.add_jobs([JobSpec(name, queue=f"q-{name}") for name in ("mail", "mail", "mailer", "other")])
    await Table.of(utils).lock(1, "1 second", "w-1")
    answer = await suggested(door, "field=identifier&prefix=mail")
    assert (answer["values"], answer["counts"]) == (["mail", "mailer"], [2, 1])
    assert answer["counts_as_of"].endswith("Z")
    answer = await suggested(door, "field=queue&prefix=q-m&limit=1")
    assert (answer["values"], answer["counts"]) == (["q-mail"], [2])
    assert (await suggested(door, "field=worker"))["counts"] == [1]


async def test_no_count_where_none_is_known(
    open_door: Opener, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    await utils.add_job("mail")
    door = open_door("basic", freshness=60.0)
    assert (await suggested(door, "field=identifier"))["counts"] == [1]
    await utils.add_job("mailer")  # after the sample
    answer = await suggested(door, "field=identifier&prefix=m")
    assert (answer["values"], answer["counts"]) == (["mail", "mailer"], [1, None])
    monkeypatch.setattr(context, "KNOWN_SECONDS", 0.0)
    late = open_door("basic", freshness=60.0)
    async with Table.of(utils).held("_private_jobs"):
        assert "counts" not in await suggested(late, "field=identifier")
        monkeypatch.setattr(context, "KNOWN_SECONDS", 60.0)
        assert "counts" not in await suggested(late, "field=identifier&prefix=m")  # not again within a minute
    assert (await suggested(late, "field=queue"))["values"] == []


@pytest.mark.any_schema
async def test_similar_names(door: Door, utils: WorkerUtils) -> None:
    names = ("send_email", "send_mail", "resize", "Über", "x" * 128)
    await utils.add_jobs([JobSpec(name, queue=name) for name in names])
    table = Table.of(utils)
    for place, name in enumerate(names, 1):
        await table.lock(place, "1 second", name)
    for field in ("identifier", "queue", "worker"):
        for name, near in {
            "send_emial": ["send_email", "send_mail"], "SEND_EMAIL": ["send_email", "send_mail"], "sendmail": ["send_mail", "send_email"],
            "rezise": ["resize"], "uber": ["Über"], "x" * 126: ["x" * 128], "nothing": [], "%": [], "x" * 1000: [],
        }.items():  # fmt: skip
            answer = await suggested(door, f"field={field}&near=true&prefix={quote(name)}")
            assert (answer["known"], answer["near"]) == (False, near), (field, name)
        answer = await suggested(door, f"field={field}&near=true&prefix=resize")
        assert (answer["known"], answer["near"]) == (True, [])
        refused = await door.get(f"/api/suggest?field={field}&near=true")
        assert (refused.status_code, refused.json()["field"]) == (400, "prefix")


def test_the_distance_of_two_names() -> None:
    def slow(one: str, other: str) -> int:
        """By its definition."""
        if not one or not other:
            return len(one) + len(other)
        best = min(slow(one[1:], other) + 1, slow(one, other[1:]) + 1, slow(one[1:], other[1:]) + (one[0] != other[0]))
        if len(one) > 1 and len(other) > 1 and one[:2] == other[1::-1]:
            best = min(best, slow(one[2:], other[2:]) + 1)
        return best

    random = Random(3)
    for _ in range(300):
        one, other = ("".join(random.choice("abc") for _ in range(random.randrange(6))) for _ in range(2))
        for most in (1, 2, 3):
            assert edit_distance(one, other, most) == min(slow(one, other), most + 1), (one, other)
    many = [f"{'a' * 60}{number:05}{'b' * 60}" for number in range(20_000)]
    assert similar("a" * 60 + "0000x" + "b" * 60, many)[0] == many[0]


def test_long_names_compute_a_bounded_number_of_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worst case: each name differs at its first and at its last letter, and by no more than the allowed letters."""
    cells = 0

    def counted(*bounds: int) -> Iterator[int]:
        nonlocal cells
        for one in range(*bounds):
            cells += 1
            yield one

    monkeypatch.setattr(module, "range", counted, raising=False)
    name, row = "a" + "xy" * 63 + "a", 2 * module.MISTAKES_MAX + 1
    similar(name, ["b" + "xy" * 63 + "b"])
    assert 128 <= cells <= 128 * row + 129, "the band of the rows, and the row before the first"
    cells = 0
    found = similar(name, ["b" + "xy" * 63 + "b"] * 1000)
    assert found and cells <= module.CELLS_MAX + 128 * row + 129 * 1000
    cells = 0
    assert similar("x" * 201, ["x" * 200]) == similar("x" * 200, ["x" * 201]) == [] and cells == 0
    assert similar("x" * 199, ["x" * 200]) == ["x" * 200]


async def test_suggestions_reuse_the_sample_that_is_read_anyway(
    open_door: Opener, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No scan is started for a keystroke: not without freshness, not after a write, not after a notification."""
    door = open_door("basic", freshness=0)
    await utils.add_jobs([JobSpec("mail", queue="q") for _ in range(3)])
    await Table.of(utils).lock(1, "1 second", "w-1")
    for kind in ("tasks", "queues", "workers"):
        await door.answer(f"/api/{kind}")

    async def never(*_: Any) -> Any:
        raise AssertionError("a scan")

    monkeypatch.setattr(context, "sample", never)
    assert (await door.post("/api/jobs", {"identifier": "mail", "payload": {}})).status_code == 200
    for field, prefix, count in (("identifier", "mail", 3), ("queue", "q", 3), ("worker", "w-1", 1)):
        for length in range(1, len(prefix) + 1):
            answer = await suggested(door, f"field={field}&prefix={prefix[:length]}")
            assert (answer["values"], answer["counts"]) == ([prefix], [count])


async def test_a_scan_for_workers_that_takes_too_long_is_not_repeated(
    open_door: Opener, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Table.of(utils).lock((await utils.add_job("mail")).id, "1 second", "w-1")
    monkeypatch.setattr(context, "WORKERS_SECONDS", 0.2)
    door = open_door("basic")
    async with Table.of(utils).held("_private_jobs"):
        answer = await door.get("/api/suggest?field=worker&prefix=w")
        assert (answer.status_code, answer.json()["code"]) == (503, "query_timeout")
    again = await door.get("/api/suggest?field=worker&prefix=w-")
    assert (again.status_code, again.json()["code"]) == (503, "query_timeout")
    assert len((await door.answer("/api/workers"))["workers"]) == 1
    assert (await suggested(door, "field=worker&prefix=w-1"))["counts"] == [1]  # from the sample of the table
