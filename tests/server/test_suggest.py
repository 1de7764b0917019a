"""Names by how they begin."""

from __future__ import annotations

from typing import Any

import pytest

from graphile_worker.core.jobs import JobSpec
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door
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
